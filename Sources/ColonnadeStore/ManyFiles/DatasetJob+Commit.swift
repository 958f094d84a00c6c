// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat

extension DatasetJob {
    /// Makes the rows of all tasks part of the data set, as one version, in the order of their numbers. A job that has committed
    /// does nothing, so any number of processes may call this, at once too.
    ///
    /// Throws `invalidArgument` if tasks are missing, or wrote other columns than those of the data set; `fileNotFound` if no task
    /// is finished, or if the rows of one were removed; the errors of a commit. Then nothing is changed. Also throws `invalidArgument` if
    /// the job has committed with another number of tasks, or before a task finished: its rows are not part of the data set.
    ///
    /// - Parameter taskCount: the number of tasks. By default it is the one with which they ran; if they ran without, it is one
    ///   more than the greatest number of a task. Then all tasks must have ended before.
    @discardableResult
    public func commit(taskCount: Int? = nil) throws(ColonnadeError) -> DatasetSummary {
        try commit(.all(taskCount))
    }

    /// Makes the rows of the given tasks part of the data set, as one version, in the order of the list. What other tasks have written
    /// stays until it is garbage. For an engine that numbers the tasks itself, and knows which of them belong to its result.
    ///
    /// Throws `invalidArgument` if one of them is not finished, if the job has committed without it, or if the list is empty and there is
    /// no data set yet; the other errors of a commit.
    @discardableResult
    public func commit(tasks: [Int]) throws(ColonnadeError) -> DatasetSummary { try commit(.these(tasks)) }

    /// The tasks whose rows a commit adds.
    package enum Tasks: Sendable {
        /// All of them; their number, if it is known.
        case all(Int?)
        case these([Int])
    }

    /// - Parameter isCreating: whether it is an error if there is a data set already.
    @discardableResult
    package func commit(_ tasks: Tasks, isCreating: Bool = false) throws(ColonnadeError) -> DatasetSummary {
        let newest = try newest()
        if let newest, version(in: newest) != nil {
            try check(tasks, in: newest)
            return DatasetSummary(newest, segmentCount: 0)
        }
        guard newest == nil || !isCreating else {
            throw ColonnadeError(
                .fileExists, "another writer has made a data set here meanwhile: name another folder, or append to it",
                at: .file(folder.path))
        }
        let records: [TaskRecord]
        switch tasks {
        case .all(let count): records = try self.records(count)
        case .these(let list):
            guard newest != nil || !list.isEmpty else {
                throw ColonnadeError(
                    .invalidArgument,
                    "the list of tasks of job \"\(name)\" is empty, so the new data set would have no rows: list its finished tasks",
                    at: .file(folder.path))
            }
            records = try self.records(of: list)
        }
        var fragments: [WrittenFragment] = []
        for record in records {
            if let fragment = try record.fragment(of: self) { fragments.append(fragment) }
        }
        guard Set(fragments.map(\.file.name)).count == fragments.count else {
            throw ColonnadeError(
                .corruptFile,
                "two tasks of job \"\(name)\" have the same rows: remove their records, and run them again",
                at: .file(path))
        }
        if let newest, fragments.isEmpty { return DatasetSummary(newest, segmentCount: 0) }
        if let newest, fragments.contains(where: { $0.pinned == nil }) { try checkIsSettled(in: newest) }
        var creating: FileFooter?
        if newest == nil {
            let layout = try StoredDataset(path: schemaPath, verification: .off).layout
            creating = layout.footer.withoutRows()
            creating?.metadata = layout.footer.metadata
        }
        do throws(ColonnadeError) {
            let manifest = try FolderCommit(folder, creating: creating, fragments, job: number).publish(after: newest)
            try check(tasks, in: manifest)
            return DatasetSummary(manifest, segmentCount: fragments.reduce(0) { $0 + $1.segmentCount })
        } catch {
            throw error.located(in: folder.path)
        }
    }

    /// Returns the records of some tasks, in their order. Throws `invalidArgument` if one is missing, or listed twice.
    private func records(of tasks: [Int]) throws(ColonnadeError) -> [TaskRecord] {
        var records: [TaskRecord] = []
        var listed: Set<Int> = []
        for task in tasks {
            guard listed.insert(task).inserted, let record = try record(ofTask: task) else {
                let isTwice = records.contains { $0.task == task }
                throw ColonnadeError(
                    .invalidArgument,
                    "task \(task) of job \"\(name)\" \(isTwice ? "is listed twice" : "is not finished: run it, and then commit")",
                    at: .file(folder.path))
            }
            records.append(record)
        }
        return records
    }

    /// Returns the records of all tasks in order. Throws `invalidArgument` if one is missing.
    private func records(_ given: Int?) throws(ColonnadeError) -> [TaskRecord] {
        let tasks = try finishedTasks()
        guard let last = tasks.last else {
            throw ColonnadeError(
                .fileNotFound, "no task of job \"\(name)\" has finished here: there is nothing to commit",
                at: .file(folder.path))
        }
        var records: [TaskRecord] = []
        var count = given
        for task in tasks {
            guard let record = try record(ofTask: task) else { continue }
            guard record.sources?.ofJob == (records.first ?? record).sources?.ofJob else {
                throw ColonnadeError(
                    .invalidArgument,
                    "the sources of task \(task) of job \"\(name)\" are not those of the others, so that rows may be missing or double: run "
                        + "all tasks again with the same sources and options under another name",
                    at: .file(path(ofTask: task)))
            }
            if let known = record.taskCount {
                guard count ?? known == known else {
                    throw ColonnadeError(
                        .invalidArgument,
                        "task \(task) of job \"\(name)\" ran as one of \(known) tasks, and others as one of \(count ?? 0): their rows may "
                            + "overlap, so run all of them again under another name", at: .file(path(ofTask: task)))
                }
                count = known
            }
            records.append(record)
        }
        let total = count ?? last + 1
        let finished = Set(records.map(\.task))
        let missing = (0..<total).lazy.filter { !finished.contains($0) }
        let excess = tasks.last { $0 >= total }
        guard missing.isEmpty, excess == nil else {
            let some = missing.prefix(12).map(String.init).joined(separator: ", ")
            throw ColonnadeError(
                .invalidArgument,
                excess.map { "job \"\(name)\" has a task \($0), and \(total) tasks: they are numbered from 0" }
                    ?? "of the \(total) tasks of job \"\(name)\" \(total - finished.count) are not finished: \(some)"
                    + "\(total - finished.count > 12 ? ", …" : ""); run them, and then commit", at: .file(folder.path))
        }
        return records
    }
}
