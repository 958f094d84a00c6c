// SPDX-License-Identifier: Apache-2.0

/// The names of a first and a last column on the command line: `p0:p783`.
struct ColumnRange: AssignedValue {
    let first: String
    let last: String

    init?(assigned text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        first = String(parts[0])
        last = String(parts[1])
    }
}
