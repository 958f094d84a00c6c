// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension RecordChunk {
    /// Appends one row. `row` is its index in the data set, for error messages. Throws `invalidArgument`, with row and
    /// column, if the sample does not match the schema.
    package mutating func append(_ sample: Sample, _ schema: Schema, row: Int) throws(ColonnadeError) {
        guard sample.schema.count == schema.count else {
            throw ColonnadeError(
                .invalidArgument, "the sample has the keys \(sample.keys), and the data set \(schema.names)",
                at: .row(row, column: nil))
        }
        for (index, field) in schema.enumerated() {
            let position = try sample.schema.index(of: field.name)
            let tensor = sample.tensors[position]
            let fits =
                tensor.dtype == field.dtype && tensor.shape.count == field.shape.count
                && zip(tensor.shape, field.shape).allSatisfy { $1 == nil || $0 == $1 }
            guard fits else {
                throw ColonnadeError(
                    .invalidArgument, "the value is \(tensor), and the column \(field.typeDescription)",
                    at: .row(row, column: field.name))
            }
            if let place = field.channelPlace {
                let given = sample.schema[position].channelPlace
                let other = given?.dimensions == nil ? place.other(in: tensor.shape) : given
                try field.checkChannels(other, at: .row(row, column: field.name))
            }
            columns[index].append(tensor, field)
        }
        rowCount += 1
    }
}

extension ColumnChunk {
    fileprivate mutating func append(_ tensor: Tensor, _ field: Field) {
        unsafe tensor.withUnsafeBytes { unsafe values.append(contentsOf: $0) }
        guard field.isRagged else { return }
        ends.append(byteCount)
        if field.varyingCount > 1 {
            dimensions.append(contentsOf: zip(tensor.shape, field.shape).lazy.filter { $1 == nil }.map { $0.0 })
        }
    }
}
