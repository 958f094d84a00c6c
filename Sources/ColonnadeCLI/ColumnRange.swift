// SPDX-License-Identifier: Apache-2.0

/// A range of columns, given by the names of its first and last column: `p0:p783`.
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
