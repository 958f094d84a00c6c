// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A writer of rows to a file or to a data set of many files, as the path asks for; of columns for existing rows; or of a task of a job.
public struct RowWriter: ~Copyable {
    public let schema: Schema

    // Exactly one of the writers is there.
    private var file: DatasetWriter?
    private var folder: FolderWriter?
    private var columns: ColumnWriter?
    private var task: TaskWriter?

    /// Starts a data set of many files if the path ends with a slash or leads to an empty folder, and a new file otherwise.
    /// Throws the errors of `FolderWriter` and `DatasetWriter`.
    public init(
        creating path: String, schema: Schema, options: WriterOptions = WriterOptions()
    ) throws(ColonnadeError) {
        if try DatasetFolder.canBeMade(at: path) {
            self.init(nil, try FolderWriter(creating: path, schema: schema, options: options), schema)
        } else {
            self.init(try DatasetWriter(creating: path, schema: schema, options: options), nil, schema)
        }
    }

    /// Opens a file, or a data set of many files if the path leads to a folder, for appending. Throws the errors of
    /// `FolderWriter` and `DatasetWriter`.
    ///
    /// - Parameters:
    ///   - path: the path of the data set.
    ///   - entryPoints: see `DatasetWriter`.
    public init(
        appendingTo path: String, entryPoints: (any EntryPointFinder)? = nil
    ) throws(ColonnadeError) {
        if try DatasetFolder.isFolder(path) {
            let writer = try FolderWriter(appendingTo: path, entryPoints: entryPoints)
            let schema = writer.schema
            self.init(nil, writer, schema)
        } else {
            let writer = try DatasetWriter(appendingTo: path, entryPoints: entryPoints)
            let schema = writer.schema
            self.init(writer, nil, schema)
        }
    }

    /// Makes a writer of columns for existing rows.
    public init(_ columns: consuming ColumnWriter) {
        schema = columns.schema
        self.columns = consume columns
        file = nil
        folder = nil
        task = nil
    }

    /// Makes a writer of the rows of a task.
    public init(_ task: consuming TaskWriter) {
        schema = task.schema
        self.task = consume task
        file = nil
        folder = nil
        columns = nil
    }

    private init(_ file: consuming DatasetWriter?, _ folder: consuming FolderWriter?, _ schema: Schema) {
        self.file = file
        self.folder = folder
        columns = nil
        task = nil
        self.schema = schema
    }

    /// Returns the number of existing rows without values, of columns that are added, and the version that has these rows: see
    /// `ColumnWriter.missingRowCount()`. Both are 0 for other writers.
    public mutating func missingRows() throws(ColonnadeError) -> (count: Int, version: Int) {
        guard let count = try columns?.missingRowCount() else { return (0, 0) }
        return (count, columns?.version ?? 0)
    }

    /// Appends rows. Throws `invalidArgument` if they do not match the schema, or `system`. After an error the writer
    /// cannot be used.
    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        try file?.append(chunk)
        try folder?.append(chunk)
        try columns?.append(chunk)
        try task?.append(chunk)
    }

    /// Appends one row. Throws the errors of `append(_:)` with a chunk.
    public mutating func append(_ sample: Sample) throws(ColonnadeError) {
        try file?.append(sample)
        try folder?.append(sample)
        try columns?.append(sample)
        try task?.append(sample)
    }

    /// Publishes the rows; those of a task are only written. Throws the errors of `FolderWriter` and the other writers.
    @discardableResult
    public consuming func finish() throws(ColonnadeError) -> DatasetSummary {
        if let writer = file.take() { return try writer.finish() }
        if let writer = columns.take() { return try writer.finish() }
        if let writer = task.take() { return try writer.finish() }
        guard let writer = folder.take() else { preconditionFailure("one of the writers is there") }
        return try writer.finish()
    }
}
