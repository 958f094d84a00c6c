// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A selection of columns of a file by name; no names select all columns.
struct ColumnSelection {
    let indices: [Int]
    let fields: [Field]

    /// Makes a selection. Throws `unknownKey`, or `invalidArgument` for a name that occurs twice.
    init(_ names: [String], of schema: Schema) throws(ColonnadeError) {
        let names = names.isEmpty ? schema.names : names
        var indices: [Int] = []
        for name in names { indices.append(try schema.index(ofColumn: name)) }
        fields = try schema.selecting(names).fields
        self.indices = indices
    }
}
