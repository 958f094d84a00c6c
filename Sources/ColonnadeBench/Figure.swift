// SPDX-License-Identifier: Apache-2.0

/// A named number of a report, with its unit.
struct Figure {
    var name: String
    var value: Double
    var unit: String
}
