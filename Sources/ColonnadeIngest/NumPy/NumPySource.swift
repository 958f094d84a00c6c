// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// An `.npy` file, plain or gzip. The first dimension counts the records; the column is called as the file is.
///
/// `datetime64` and `timedelta64` become times. Numbers from bool to float64 become tensors, in C or Fortran order and any byte
/// order; `S` strings become bytes and `U` strings UTF-8, without the zeros that pad them. Memory is that of a chunk; of an array in Fortran order 64 MiB, which
/// is also the most that such an array can have in a gzip file.
public final class NumPySource: RecordSource {
    public let name: String
    public let reasons: [String]
    private let columns: ArrayColumns

    public var schema: Schema { columns.schema }
    public var rowCount: Int? { columns.rowCount }

    /// Reads the header. Throws `invalidSource` for another file, for element types that cannot be columns, and
    /// for a plain file of another length than its header says; `fileNotFound`, `unsupported`, `system`.
    /// `timeFill` has the time to put in place of `NaT` in a column of that name; nil for an error.
    public convenience init(
        path: String, timeFill: (String) -> String? = { _ in nil }
    ) throws(ColonnadeError) {
        try self.init(path: path, fortranBlock: FortranRows.usualBlockSize, timeFill: timeFill)
    }

    /// Opens a source that reads smaller blocks, for tests.
    package init(
        path: String, fortranBlock: Int, timeFill: (String) -> String? = { _ in nil }
    ) throws(ColonnadeError) {
        var stream = try ByteStream(path: path)
        let header = try NumPyHeader(&stream, source: path)
        let column = ColumnName.of(path: path)
        let reader = try ArrayReader(
            named: column, layout: header.layout, stream: stream, source: path, fortranBlock: fortranBlock,
            timeFill: timeFill(column))
        name = path
        columns = try ArrayColumns([reader], source: path)
        reasons = ["\(reader.field.name): \(reader.field.typeDescription), as the .npy header says"]
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try columns.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit)
    }
}
