// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// A job: tasks in any processes write rows of a data set of many files, and one commit makes the rows of all tasks part of it.
///
///     let job = try DatasetJob("night", in: "train.colonnade")
///     var writer = try TaskWriter(job, task: 3, of: 8, schema: schema)
///     try writer.append(Sample(schema: schema, tensors: [Tensor(scalar: Float(1))]))
///     try writer.finish()
///     // When all tasks are finished:
///     try job.commit()
///
/// Until the commit, nothing of the job is visible. A task that is killed or that throws can run again, also twice at once: its rows
/// are in the data set once. A job commits once. The rows are in the order of the numbers of the tasks.
public struct DatasetJob: Sendable {
    public let name: String
    let folder: DatasetFolder
    /// The number of the job in manifests, which follows from its name.
    let number: RandomNumber

    /// Names a job. Nothing is read or written. Throws `invalidArgument` for a text that cannot be the name of a file.
    ///
    /// - Parameters:
    ///   - name: the name, which no other job of the data set may have: for example, the number that Slurm gives a job.
    ///   - path: the folder of the data set, which the first task makes if it is not there.
    public init(_ name: String, in path: String) throws(ColonnadeError) {
        try DatasetFolder.check(name: name, of: "job")
        self.name = name
        folder = DatasetFolder(path)
        number = RandomNumber(first: name.utf8.hash64, last: name.utf8.reversed().hash64)
    }

    var path: String { "\(folder.jobs)/\(name)" }

    /// The path of a file without rows. A new data set gets its columns, groups, codecs and metadata.
    package var schemaPath: String { "\(path)/schema.colonnade" }

    func path(ofTask task: Int) -> String { "\(path)/\(task).colonnade" }

    /// Returns the version that the job made; nil if it has not committed. Throws the errors of reading the newest version.
    public func committedVersion() throws(ColonnadeError) -> Int? {
        try newest().flatMap(version)
    }

    func version(in manifest: Manifest) -> Int? {
        manifest.jobs.first { $0.number == number }.map { Int($0.version) }
    }

    func newest() throws(ColonnadeError) -> Manifest? {
        try DatasetFolder.isThere(folder.path) ? folder.newestIfAny(isNoted: true) : nil
    }

    /// Returns the number of rows of a task that is finished; nil for other tasks.
    ///
    /// Throws `invalidArgument` if the task wrote rows of other sources, if the job has another number of tasks, or if it has
    /// committed; `corruptFile` for a damaged record; `system`.
    ///
    /// - Parameters:
    ///   - task: the number of the task, from 0.
    ///   - count: the number of tasks; nil if it is not known.
    ///   - sources: the texts that tell the rows of the task from others; nil if there are none.
    public func rowCount(
        ofTask task: Int, of count: Int? = nil, sources: TaskSources? = nil
    ) throws(ColonnadeError) -> Int? {
        let record = TaskRecord(task: task, taskCount: count, sources: sources)
        return try finished(record, in: try newest())?.rowCount
    }

    /// Returns the record of a task that has finished, which must be one of the same work. Throws the errors of `rowCount(ofTask:)`.
    func finished(_ record: TaskRecord, in newest: Manifest?) throws(ColonnadeError) -> TaskRecord? {
        try record.check()
        let other = try self.record(ofTask: record.task)
        if let version = newest.flatMap(version) {
            // Without the sources nothing tells whether these are rows that the job has.
            if let other, other.sources != nil, other.isOfSameWork(as: record) { return other }
            throw ColonnadeError(
                .invalidArgument,
                "job \"\(name)\" has committed already, as version \(version): give a job with other rows another name",
                at: .file(folder.path))
        }
        guard let other else { return nil }
        guard other.isOfSameWork(as: record) else { throw isOfOtherWork(record.task) }
        guard let file = other.file, try Syscalls.status(path: folder.path(ofFile: file)) == nil else { return other }
        // Its rows were removed as those of a job that nobody will commit. Another process may have written the task again meanwhile.
        guard try self.record(ofTask: record.task)?.file == file else { return try finished(record, in: newest) }
        try Syscalls.unlink(path(ofTask: record.task))
        return nil
    }

    /// Throws `invalidArgument` if a task that has finished ran with other sources or options, or with another number of tasks, so that
    /// a commit would refuse this one. O(tasks).
    package func check(_ task: Int, of count: Int, _ sources: TaskSources) throws(ColonnadeError) {
        guard let first = try finishedTasks().first(where: { $0 != task }), let other = try record(ofTask: first) else {
            return
        }
        let difference: String
        if let known = other.taskCount, known != count {
            difference = "as one of \(known) tasks, and task \(task) is one of \(count)"
        } else if let known = other.sources, !known.ofJob.hasBytes(of: sources.ofJob) {
            difference = "with other sources or options than task \(task)"
        } else {
            return
        }
        throw ColonnadeError(
            .invalidArgument,
            "task \(first) of job \"\(name)\" ran \(difference), so that rows could be missing or double: run this task with the same sources, "
                + "options and number of tasks, or give another job another name", at: .file(path(ofTask: first)))
    }

    func isOfOtherWork(_ task: Int) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument,
            "task \(task) of job \"\(name)\" has finished, with other sources or another number of tasks: give this job another name, or "
                + "remove the folder of that one", at: .file(path(ofTask: task)))
    }

    /// Throws `invalidArgument`, and removes the record, if the job has committed without its rows. These stay until they are garbage.
    func checkIsOpen(for record: TaskRecord) throws(ColonnadeError) {
        guard let file = record.file, let newest = try newest(), let version = version(in: newest),
            !newest.files.contains(where: { $0.name == file })
        else { return }
        // Later versions may have other columns, in other files.
        guard !(try folder.manifest(UInt64(version)).files.contains { $0.name == file }) else { return }
        try Syscalls.unlink(path(ofTask: record.task))
        throw ColonnadeError(
            .invalidArgument,
            "job \"\(name)\" committed as version \(version) before task \(record.task) finished, whose rows are not part of it: write them "
                + "again in another job", at: .file(folder.path))
    }

    /// Reads the record of a task; nil if there is none. Throws `corruptFile`, `system`.
    func record(ofTask task: Int) throws(ColonnadeError) -> TaskRecord? {
        do throws(ColonnadeError) {
            return try TaskRecord(path: path(ofTask: task), task: task)
        } catch {
            guard error.code == .fileNotFound else { throw error }
            return nil
        }
    }

    /// Returns the numbers of the tasks that are finished, in order. O(tasks).
    public func finishedTasks() throws(ColonnadeError) -> [Int] {
        guard try Syscalls.status(path: path)?.isFolder == true else { return [] }
        return try Syscalls.names(inFolder: path).compactMap(TaskRecord.task).sorted()
    }

    /// Removes the records of the job, as far as that is possible, and what its tasks have written unless it is committed.
    ///
    /// - Parameter root: whether the folder of the data set is removed too if it is empty.
    package func discard(andEmpty root: Bool) {
        let isCommitted: Bool
        do throws(ColonnadeError) {
            isCommitted = try committedVersion() != nil
        } catch {
            // The job may have committed, and then a version names what the tasks have written.
            return
        }
        for name in (try? Syscalls.names(inFolder: path)) ?? [] {
            if !isCommitted, let task = TaskRecord.task(ofName: name), let file = (try? record(ofTask: task))?.file {
                try? Syscalls.unlink(folder.path(ofFile: file))
            }
            try? Syscalls.unlink("\(path)/\(name)")
        }
        for folder in [path, folder.jobs] { try? Syscalls.removeFolder(folder) }
        if !isCommitted { folder.removeIfEmpty(itself: root) }
    }
}
