// SPDX-License-Identifier: Apache-2.0

import CColonnade
internal import ColonnadeCore
internal import ColonnadeStore

/// The object of a `colonnade_writer`. As the header says, only one thread at a time may use it.
final class WriterHandle {
    private var writer: RowWriter?
    let schema: Schema
    private(set) var appendCount = 0

    init(_ writer: consuming RowWriter) {
        schema = writer.schema
        self.writer = consume writer
    }

    private static let closed = ColonnadeError(.invalidArgument, "the writer is closed: begin another one")

    func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        guard writer != nil else { throw WriterHandle.closed }
        try writer?.append(chunk)
    }

    func append(_ sample: Sample) throws(ColonnadeError) {
        guard writer != nil else { throw WriterHandle.closed }
        try writer?.append(sample)
    }

    /// Returns the number of rows without values of columns that are added, and the version that has the rows.
    func missingRows() throws(ColonnadeError) -> (count: Int, version: Int) {
        guard writer != nil else { throw WriterHandle.closed }
        return try writer?.missingRows() ?? (0, 0)
    }

    func finish() throws(ColonnadeError) -> DatasetSummary {
        guard let writer = writer.take() else { throw WriterHandle.closed }
        let summary = try writer.finish()
        appendCount = summary.appendCount
        return summary
    }

    /// Appends rows that are stored consecutively, for columns of fixed shape.
    func append(stacked tensors: [Tensor], count: Int) throws(ColonnadeError) {
        var columns: [ColumnChunk] = []
        for (field, tensor) in zip(schema, tensors) {
            guard let shape = field.fixedShape else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(field.name)\" is \(field.typeDescription): add its rows one by one")
            }
            guard tensor.dtype == field.dtype, tensor.shape == [count] + shape else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(field.name)\" is \(tensor), and \(count) rows of \(field.typeDescription) are wanted")
            }
            let bytes = tensor.byteOffset..<tensor.byteOffset + tensor.byteCount
            columns.append(ColumnChunk(lending: bytes, of: tensor.storage))
        }
        try append(RecordChunk(rowCount: count, columns: columns))
    }
}
