// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The ingest of one task of a job: it reads its part of the sources. See `DatasetJob`.
///
///     let job = try DatasetJob("night", in: "train.colonnade")
///     let task = try IngestTask(paths: files, job: job, task: 3, of: 8)
///     if try task.finishedRowCount() == nil { try task.run() }
///
/// All tasks get the same sources and options. Each reads consecutive files of them, so that the rows of all tasks are in the order of
/// the sources. A folder that is the only source is divided by its files.
public struct IngestTask {
    public let job: DatasetJob
    public let task: Int
    public let count: Int
    private let paths: [String]
    private let options: IngestOptions
    private let share: SourceShare
    private let extra: String

    /// Divides the sources. Throws `invalidArgument` if there is no such task, or for a folder with a table; the errors of listing a
    /// folder.
    ///
    /// - Parameters:
    ///   - paths: the sources of all tasks.
    ///   - job: the job.
    ///   - task: the number of the task, from 0.
    ///   - count: the number of tasks.
    ///   - options: the options of all tasks.
    ///   - extra: a text that differs for other options, so that tasks with other options are an error.
    public init(
        paths: [String], job: DatasetJob, task: Int, of count: Int, options: IngestOptions = IngestOptions(),
        extra: String = ""
    ) throws(ColonnadeError) {
        guard count > 0, 0..<count ~= task else {
            throw ColonnadeError(
                .invalidArgument, "task \(task) is out of range (0..<\(count)): number the tasks from 0")
        }
        self.job = job
        self.task = task
        self.count = count
        self.paths = paths
        self.options = options
        self.extra = extra
        share = try SourceShare(paths, task: task, of: count, options, extra: extra)
    }

    /// The number of files that the tasks share.
    public var fileCount: Int { share.unitCount }

    /// Returns the number of rows of the task if it is finished, and nil otherwise. Throws the errors of `DatasetJob`.
    public func finishedRowCount() throws(ColonnadeError) -> Int? {
        try job.rowCount(ofTask: task, of: count, sources: share.sources)
    }

    /// Settles the columns of a new data set, from all sources, and returns them with the reasons. Throws `invalidArgument` if other tasks
    /// settled other ones, and the errors of opening sources.
    public func settle() throws(ColonnadeError) -> IngestPlan {
        var options = options
        options.listing = share.listingOfAll
        let ingestor = try Ingestor(paths: paths, options: options)
        try job.settle(ingestor.source.schema, ingestor.options)
        return ingestor.plan
    }

    /// Returns the data set, or the file without rows, that has the columns of all tasks.
    private func target() throws(ColonnadeError) -> any OpenDataset {
        if let dataset = try job.target() { return dataset }
        _ = try settle()
        guard let dataset = try job.target() else {
            throw ColonnadeError(
                .system, "the columns of job \"\(job.name)\" were removed: run this again", at: .file(job.schemaPath))
        }
        return dataset
    }

    /// Reads the part of the task, and writes its rows for a commit. Returns their number.
    ///
    /// Throws `invalidArgument` if another task ran with other sources, options or another number of tasks, `invalidSource` if a source has
    /// other columns than the data set or the other tasks, and with record and column for values that do not fit, `cancelled` if `progress` says so, `system`.
    @discardableResult
    public func run(progress: Ingestor.Progress = { _, _ in true }) throws(ColonnadeError) -> Int {
        do throws(ColonnadeError) {
            return try write(progress)
        } catch {
            // Another process may have finished the task meanwhile.
            guard error.code == .fileExists, let rows = try finishedRowCount() else { throw error }
            return rows
        }
    }

    private func write(_ progress: Ingestor.Progress) throws(ColonnadeError) -> Int {
        try job.check(task, of: count, share.sources)
        let dataset = try target()
        var options = options
        options.listing = share.listing
        let source =
            share.paths.isEmpty ? nil : try AppendedSource.open(share.paths, options, for: dataset)
        var writer = try TaskWriter(
            job, task: task, of: count, schema: dataset.schema, sources: share.sources,
            options: try options.writerDescribingImages(of: dataset.schema))
        if let source {
            try Ingestor.pour(source, progress) { (chunk) throws(ColonnadeError) in try writer.append(chunk) }
        }
        return try writer.finish().rowCount
    }
}
