// SPDX-License-Identifier: Apache-2.0

public import CArrow
public import ColonnadeCore
public import ColonnadeStore

/// A source of record batches of another library, read through Arrow's C stream interface: tables and readers of pyarrow, Polars, DuckDB,
/// pandas. Rows come once, and their number is not known before.
///
///     let source = try unsafe ArrowStreamSource(adopting: &stream)
///     try Ingestor(source: source).write(to: "train.colonnade")
///
/// Numbers, text and bytes that lie as the file shall have them go to the writer without a copy; a batch is held as long as a
/// chunk of it is. `docs/arrow.md` has the column type for each Arrow type.
///
/// The stream is asked and released on whichever thread uses this source, one at a time; batches are released on the thread
/// that drops the last chunk of them.
public final class ArrowStreamSource: RecordSource {
    public let name: String
    public let schema: Schema
    public let reasons: [String]
    /// Nil: the number is not known before the end.
    public var rowCount: Int? { nil }

    private let stream: ArrowStream
    private let columns: [ArrowColumn]
    /// The batch that rows are taken of, column by column.
    private var current: [ArrowRows] = []
    private var batchCount = 0
    private var nextInBatch = 0
    private var rowsBefore = 0
    /// Read when the source was opened, and not used yet.
    private var pending: ArrowBatch?
    private var failure: ColonnadeError?

    /// Takes ownership of the stream: marks the structure as released, also if this throws. The contents are released once, at
    /// the end of the stream or of this source.
    ///
    /// Reads the schema and the first batch that has rows. Throws `invalidArgument` for a stream that is released already and
    /// for options that do not fit, `unknownKey`, `unsupported` for types that no column can hold, `invalidSource` for errors
    /// of the producer.
    @unsafe
    public init(
        adopting stream: UnsafeMutablePointer<ArrowArrayStream>, options: ArrowOptions = ArrowOptions()
    ) throws(ColonnadeError) {
        name = options.name
        let stream = try unsafe ArrowStream(moving: stream, name: options.name)
        self.stream = stream
        let plan = try ArrowPlan(try stream.schema(), options)
        var columns = plan.columns
        pending = try Self.nextFilled(stream, columns, options.name)
        if let pending {
            for index in columns.indices {
                do throws(ColonnadeError) {
                    try columns[index].settle(pending, source: options.name)
                } catch {
                    let gaps = ArrowGaps()
                    gaps.look(in: pending, columns, from: 0, options.name)
                    try gaps.report(columns, stream, from: pending.rowCount, options.name)
                    throw Self.located(error, options.name, 0, columns[index].name)
                }
            }
        }
        schema = try Schema(
            columns.flatMap { column in [column.field] + (column.maskName.map { [Field($0, .bool)] } ?? []) })
        reasons = columns.flatMap { column in
            ["\(column.field.name): \(column.reason ?? "\(column.field.typeDescription), as the Arrow schema says")"]
                + (column.maskName.map { ["\($0): bool[], false where \(column.field.name) was missing"] } ?? [])
        }
        self.columns = columns
    }

    /// Throws `invalidSource` with record and column for missing values without a fill and for values that do not fit the
    /// schema, and with the producer's message for an error of the producer.
    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        if let failure { throw failure }
        do throws(ColonnadeError) {
            return try chunk(rowLimit: rowLimit, byteLimit: byteLimit)
        } catch {
            // A stream that was read in part is not continued, and its memory is released.
            failure = error
            current = []
            throw error
        }
    }

    private func chunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        if nextInBatch == batchCount, try !openBatch() { return nil }
        let maximum = max(1, min(rowLimit, batchCount - nextInBatch))
        let rows = nextInBatch..<nextInBatch + fitting(maximum, byteLimit)
        var chunks: [ColumnChunk] = []
        for column in current {
            do throws(ColonnadeError) {
                chunks.append(try column.chunk(rows))
                if column.column.maskName != nil { chunks.append(ColumnChunk(values: try column.validity(rows))) }
            } catch {
                throw Self.located(error, name, rowsBefore + rows.lowerBound, column.column.name)
            }
        }
        nextInBatch = rows.upperBound
        // A batch that is used up is kept alive by its chunks alone.
        if nextInBatch == batchCount { current = [] }
        return RecordChunk(rowCount: rows.count, columns: chunks)
    }

    private func openBatch() throws(ColonnadeError) -> Bool {
        var next = pending
        pending = nil
        if next == nil { next = try Self.nextFilled(stream, columns, name) }
        rowsBefore += batchCount
        nextInBatch = 0
        batchCount = 0
        guard let batch = next else { return false }
        let gaps = ArrowGaps()
        var rows: [ArrowRows] = []
        for column in columns {
            do throws(ColonnadeError) {
                rows.append(try ArrowRows(column, of: batch, source: name, firstRow: rowsBefore, gaps: gaps))
            } catch {
                guard gaps.has(column) else { throw Self.located(error, name, rowsBefore, column.name) }
            }
        }
        try gaps.report(columns, stream, from: rowsBefore + batch.rowCount, name)
        current = rows
        batchCount = rows.first?.count ?? 0
        return true
    }

    /// Returns the number of rows, at least one, that fit in the limit. O(columns × log rows).
    private func fitting(_ maximum: Int, _ limit: Int) -> Int {
        func bytes(_ count: Int) -> Int {
            current.reduce(0) { $0.saturatingSum($1.byteCount(nextInBatch..<nextInBatch + count)) }
        }
        // Most batches fit whole.
        return bytes(maximum) <= limit ? maximum : (1..<max(maximum, 2)).lastByBisection { bytes($0) <= limit }
    }

    /// Returns the next batch that has rows.
    private static func nextFilled(
        _ stream: ArrowStream, _ columns: [ArrowColumn], _ name: String
    ) throws(ColonnadeError) -> ArrowBatch? {
        while let batch = try stream.next() {
            do throws(ColonnadeError) {
                if try batch.root(columns: columns[0].steps[0].count).length > 0 { return batch }
            } catch {
                throw located(error, name, nil, nil)
            }
        }
        return nil
    }

    /// Adds the place to the error of an array, which does not know it.
    private static func located(
        _ error: ColonnadeError, _ name: String, _ row: Int?, _ column: String?
    ) -> ColonnadeError {
        guard error.place == nil else { return error }
        var error = error
        error.place =
            row.map { .tableRow(source: name, row: $0, column: column) }
            ?? .record(source: name, record: nil, column: column)
        return error
    }
}
