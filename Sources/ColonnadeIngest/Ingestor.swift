// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// One ingest: sources that are open and have a settled schema, ready to be written.
///
///     let ingestor = try Ingestor(paths: ["images.npy", "labels.npy"])
///     print(ingestor.plan.schema.map(\.description))
///     let summary = try ingestor.write(to: "train.colonnade")
///
/// Opening a source of text reads it once, to settle its types from all of its values. Memory is bounded whatever the size
/// of the sources.
public struct Ingestor: ~Copyable {
    /// Told after each chunk how many rows and bytes of values are written; false stops the ingest.
    public typealias Progress = (_ rows: Int, _ bytes: Int) -> Bool

    public let plan: IngestPlan
    let source: any RecordSource
    let options: WriterOptions
    /// The data set that is appended to.
    private let target: String?

    /// Enough for the work per chunk to vanish, and little enough to stay in the cache in part.
    private static let chunkBytes = 4 << 20
    private static let chunkRows = 1 << 18

    /// Opens sources for a new data set.
    ///
    /// Throws `invalidSource`, `invalidArgument`, `unknownKey`, `unsupported`, `fileNotFound`, `system`, with what is wrong
    /// where; nothing has been written then.
    public init(paths: [String], options: IngestOptions = IngestOptions()) throws(ColonnadeError) {
        let source = try SourceOpener.open(paths, options)
        try self.init(source: source, options: try options.writerDescribingImages(of: source.schema))
    }

    /// Ingests records from any source.
    public init(source: any RecordSource, options: WriterOptions = WriterOptions()) throws(ColonnadeError) {
        let groups = try options.groups(of: source.schema)
        plan = IngestPlan(
            schema: source.schema, rowCount: source.rowCount, reasons: source.reasons, groups: groups)
        self.source = source
        self.options = options
        target = nil
    }

    /// Opens sources whose rows are to be added to a data set. Their columns must be those of the data set, in any order.
    ///
    /// Values of text are read as the types of the data set. Labels and media types are those of the data set, and values
    /// are checked to have a label. Throws `invalidSource` with all differences if the columns are others.
    public init(
        paths: [String], appendingTo path: String, options: IngestOptions = IngestOptions()
    ) throws(ColonnadeError) {
        let dataset = try StoredDataset.open(path)
        let source = try AppendedSource.open(paths, options, for: dataset)
        plan = IngestPlan(
            schema: source.schema, rowCount: source.rowCount, reasons: source.reasons, groups: [])
        self.source = source
        self.options = options.writerWithMedia
        target = path
    }

    /// Reads every record and writes none: afterwards it is certain that all values fit.
    public consuming func rehearse(progress: Progress = { _, _ in true }) throws(ColonnadeError) {
        try Self.pour(source, progress) { _ throws(ColonnadeError) in }
    }

    /// Writes a new data set: a file, or a data set of many files if `path` ends with a slash or leads to an empty folder. Nothing
    /// appears under `path` before it is complete. Not for an ingestor that appends.
    ///
    /// Throws `invalidSource` with record and column for values that do not fit, `fileExists` unless replacing is allowed,
    /// `fileNotFound` for a folder that is not there, `cancelled` if `progress` says so, `system`.
    public consuming func write(
        to path: String, progress: Progress = { _, _ in true }
    ) throws(ColonnadeError) -> DatasetSummary {
        precondition(target == nil, "an ingestor that appends is finished with append(progress:)")
        return try write(to: RowWriter(creating: path, schema: source.schema, options: options), progress: progress)
    }

    /// Writes the rows with a writer of the columns of the plan, and finishes it: for example, that of a task of a job.
    ///
    /// Throws the errors of `write(to:progress:)`, and those of the writer.
    public consuming func write(
        to writer: consuming RowWriter, progress: Progress = { _, _ in true }
    ) throws(ColonnadeError) -> DatasetSummary {
        try Self.pour(source, progress) { (chunk) throws(ColonnadeError) in try writer.append(chunk) }
        return try writer.finish()
    }

    /// Adds the rows to the data set, all at once: until the end, and after an error, it is as it was.
    ///
    /// Throws as `write` does. Only for an ingestor that appends.
    public consuming func append(progress: Progress = { _, _ in true }) throws(ColonnadeError) -> DatasetSummary {
        guard let target else { preconditionFailure("an ingestor for a new data set is finished with write(to:)") }
        var writer = try RowWriter(appendingTo: target, entryPoints: options.entryPoints)
        guard writer.schema == source.schema else {
            throw ColonnadeError(
                .invalidArgument, "it has been replaced by one of other columns meanwhile: run this again",
                at: .file(target))
        }
        try Self.pour(source, progress) { (chunk) throws(ColonnadeError) in try writer.append(chunk) }
        return try writer.finish()
    }

    /// Adds the columns of the sources to the rows of a data set, all at once: until the end, and after an error, it is as it was.
    /// A file becomes a data set of many files. See `ColumnWriter`. Not for an ingestor that appends.
    ///
    /// - Parameters:
    ///   - path: the path of the data set.
    ///   - isReplacing: whether the columns take the places of those with the same names.
    ///   - progress: the function that Colonnade calls as `write` does.
    public consuming func addColumns(
        to path: String, isReplacing: Bool = false, progress: Progress = { _, _ in true }
    ) throws(ColonnadeError) -> DatasetSummary {
        precondition(target == nil, "an ingestor that appends is finished with append(progress:)")
        var writer = try ColumnWriter(
            addingTo: path, source.schema, isReplacing: isReplacing, options: options)
        try Self.pour(source, progress) { (chunk) throws(ColonnadeError) in try writer.append(chunk) }
        return try writer.finish()
    }

    static func pour(
        _ source: any RecordSource, _ progress: Progress, into sink: (RecordChunk) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        var rows = 0
        var bytes = 0
        while let chunk = try source.nextChunk(rowLimit: chunkRows, byteLimit: chunkBytes) {
            try sink(chunk)
            rows += chunk.rowCount
            bytes += chunk.columns.reduce(0) { $0 + $1.byteCount }
            guard progress(rows, bytes) else {
                throw ColonnadeError(.cancelled, "stopped on request after \(rows) rows; nothing was written")
            }
        }
        guard let announced = source.rowCount, rows != announced else { return }
        throw ColonnadeError(
            .invalidSource, "it gave \(rows) rows of \(announced): it has changed meanwhile, run this again",
            at: .record(source: source.name, record: nil, column: nil))
    }
}
