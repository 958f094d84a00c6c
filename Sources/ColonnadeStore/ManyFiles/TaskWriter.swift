// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
package import ColonnadeFormat
import ColonnadeSystem

/// A writer of the rows of one task of a job. See `DatasetJob`.
///
/// `finish()` makes the rows durable, and leaves a record with which the job commits them. Until then, and after an error, the task
/// has written nothing. Of several writers of one task the first that finishes counts, and the rows of the others are removed.
public struct TaskWriter: ~Copyable {
    public let schema: Schema

    private let job: DatasetJob
    private let record: TaskRecord
    private let name: RandomNumber
    private var writer: DatasetWriter
    private var rowCount = 0

    /// Starts the rows of a task. The first task of a new data set settles its columns, and the others must have the same ones.
    ///
    /// Throws `fileExists` if the task is finished, or if there is a file, or a folder with other files; `invalidArgument` if the
    /// columns differ from those of the data set or of other tasks, and the errors of `DatasetJob.rowCount(ofTask:)` and
    /// `DatasetWriter`.
    ///
    /// - Parameters:
    ///   - job: the job.
    ///   - task: the number of the task, from 0.
    ///   - count: the number of tasks; nil if it is not known.
    ///   - schema: the columns.
    ///   - sources: the texts that tell the rows of the task from others, so that a job with other rows is an error; nil for none.
    ///   - options: groups, codecs and metadata of a new data set; entry points and segments. An existing data set has its own
    ///     groups, codecs and metadata.
    public init(
        _ job: DatasetJob, task: Int, of count: Int? = nil, schema: Schema, sources: TaskSources? = nil,
        options: WriterOptions = WriterOptions()
    ) throws(ColonnadeError) {
        var record = TaskRecord(task: task, taskCount: count, sources: sources)
        let newest = try job.newest()
        guard try job.finished(record, in: newest) == nil else {
            throw ColonnadeError(
                .fileExists, "task \(task) of job \"\(job.name)\" is finished: commit the job",
                at: .file(job.path(ofTask: task)))
        }
        let footer: FileFooter
        if let newest {
            try newest.checkExtensions(job.folder.path)
            footer = newest.footer
            record.pinned = (newest.commit.dataset, newest.columnNumbers)
            try job.folder.make([job.folder.jobs, job.path])
        } else {
            footer = try job.settle(schema, options)
        }
        let own = try Schema(footer.valueFields)
        guard own == schema else {
            let difference = zip(own, schema).first { $0 != $1 }.map { "\($0) and not \($1)" }
            throw ColonnadeError(
                .invalidArgument,
                "the columns of task \(task) are not those of the data set or of other tasks: "
                    + (difference ?? "there are \(own.count) and not \(schema.count)"), at: .file(job.folder.path))
        }
        let given = options.describingPixels(of: schema)
        try Field.checkChannels(of: given.fields, in: own.fields, job.folder.path)
        for field in own where field.kind == .bytes {
            guard let storage = options.metadata[field.storageKey] else { continue }
            try field.checkStorage(storage, isThat: footer.metadataText(field.storageKey), of: job.folder.path)
        }
        let name = RandomNumber.make()
        let writer = try DatasetWriter(
            part: name, of: job.folder, like: footer, entryPoints: options.entryPoints,
            segmentBytes: options.segmentBytes, codecOptions: options)
        self.init(job, record, name, writer)
    }

    private init(
        _ job: DatasetJob, _ record: TaskRecord, _ name: RandomNumber, _ writer: consuming DatasetWriter
    ) {
        schema = writer.schema
        self.job = job
        self.record = record
        self.name = name
        self.writer = writer
    }

    /// Appends rows. Throws `invalidArgument` if they do not match the schema, or `system`. After an error the writer
    /// cannot be used.
    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        try writer.append(chunk)
        rowCount += chunk.rowCount
    }

    /// Appends one row. Throws the errors of `append(_:)` with a chunk.
    public mutating func append(_ sample: Sample) throws(ColonnadeError) {
        try writer.append(sample)
        rowCount += 1
    }

    /// Ends the task, and returns the size of its rows. If another process finished it meanwhile, its rows count, and these are removed.
    ///
    /// Throws `invalidArgument` if the rows of that process are of other sources, `system`.
    @discardableResult
    public consuming func finish() throws(ColonnadeError) -> DatasetSummary {
        let (job, name, count) = (job, name, rowCount)
        var record = record
        var summary = DatasetSummary(rowCount: 0, byteCount: 0, segmentCount: 0, appendCount: 0)
        record.rowCount = count
        if count > 0 {
            record.file = name
            summary = try writer.finish()
        }
        do throws(ColonnadeError) {
            try record.write(to: job.path(ofTask: record.task))
        } catch {
            let failure = error
            let other: TaskRecord?
            do throws(ColonnadeError) {
                other = try job.record(ofTask: record.task)
            } catch {
                // It may be the own record, so that the rows stay.
                throw failure.code == .fileExists ? error : failure
            }
            // The record may be in its place after an error.
            if count > 0, other?.file != name { try? Syscalls.unlink(job.folder.path(ofFile: name)) }
            guard error.code == .fileExists, let other else { throw error }
            guard other.isOfSameWork(as: record) else { throw job.isOfOtherWork(record.task) }
            return DatasetSummary(rowCount: other.rowCount, byteCount: 0, segmentCount: 0, appendCount: 0)
        }
        try job.checkIsOpen(for: record)
        return summary
    }
}

extension DatasetJob {
    /// Returns the data set, or without one a file that has the columns, or nil if no task has settled them. Throws the errors of opening
    /// it.
    package func target() throws(ColonnadeError) -> (any OpenDataset)? {
        if try newest() != nil { return try DatasetVersion(path: folder.path) }
        do throws(ColonnadeError) {
            return try StoredDataset(path: schemaPath)
        } catch {
            guard error.code == .fileNotFound else { throw error }
            return nil
        }
    }

    /// Settles the columns of a new data set, unless another task did, and returns its footer. Throws `fileExists` if the path leads to
    /// something else, `invalidArgument` if other tasks have other columns, groups, codecs or metadata, `system`.
    @discardableResult
    package func settle(_ schema: Schema, _ options: WriterOptions) throws(ColonnadeError) -> FileFooter {
        var footer = try DatasetWriter.footer(schema, options)
        guard try DatasetFolder.canBeMade(at: "\(folder.path)/") else {
            throw ColonnadeError(
                .fileExists, "a file is there, and a job writes to a data set of many files: name a folder",
                at: .file(folder.path))
        }
        try folder.make([folder.jobs, path])
        do throws(ColonnadeError) {
            var options = options
            options.replacing = false
            try DatasetWriter(creating: schemaPath, schema: schema, options: options).finish()
        } catch {
            guard error.code == .fileExists else { throw error }
        }
        let settled = try StoredDataset(path: schemaPath, verification: .full).layout.footer
        try Field.checkChannels(of: footer.valueFields, in: settled.valueFields, folder.path)
        // Only columns are compared by the caller, whose message names the first that differs.
        let isSame =
            settled.groups == footer.groups && settled.metadata == footer.metadata
            && settled.columns.map(\.codec) == footer.columns.map(\.codec)
        guard isSame || settled.valueFields != footer.valueFields else {
            throw ColonnadeError(
                .invalidArgument,
                "other tasks of job \"\(name)\" have other codecs, groups or metadata: give all tasks the same",
                at: .file(schemaPath))
        }
        footer = settled.withoutRows()
        footer.metadata = settled.metadata
        return footer
    }
}
