// SPDX-License-Identifier: Apache-2.0

/// One value of a column: its bytes, and its varying dimensions if the column has several.
struct SourceValue: Hashable, Sendable {
    var bytes: [UInt8]
    var dimensions: [Int] = []
}
