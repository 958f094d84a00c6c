// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Schema {
    /// Throws `userFunction` unless a sample has the keys, data types and shapes of the schema.
    func check(_ sample: Sample, from giver: String, row: Int) throws(ColonnadeError) {
        try check(sample.keys, sample.tensors, from: giver, row: row) { $0.admits($1) }
    }

    /// Throws `userFunction` unless another schema has the keys, data types and shapes of this one.
    func check(_ schema: Schema, from giver: String, row: Int) throws(ColonnadeError) {
        try check(schema.names, schema.fields, from: giver, row: row) { $0.admits($1) }
    }

    private func check<Value>(
        _ keys: [String], _ values: [Value], from giver: String, row: Int, _ admits: (Field, Value) -> Bool
    ) throws(ColonnadeError) {
        guard keys.elementsEqual(names, by: { $0.hasBytes(of: $1) }) else {
            throw ColonnadeError(
                .userFunction, "\(giver) gave the keys \(keys) instead of the promised \(names)",
                at: .sample(row: row, key: nil))
        }
        for (value, field) in zip(values, self) where !admits(field, value) {
            throw ColonnadeError(
                .userFunction, "\(giver) gave \(value) instead of the promised \(field.typeDescription)",
                at: .sample(row: row, key: field.name))
        }
    }
}
