// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// The record that a task of a job leaves when its rows are written (manifest-1.md, section 3.1).
struct TaskRecord: Sendable {
    let task: Int
    /// The number of tasks; nil if it was not known.
    let taskCount: Int?
    /// The texts that tell the rows of the task from others; nil if there were none.
    let sources: TaskSources?
    /// The file with the rows; nil for a task without rows.
    var file: RandomNumber?
    var rowCount = 0
    /// The data set for which the rows were written, and the numbers of its columns; nil if it had no version then.
    var pinned: (dataset: RandomNumber, numbers: [UInt32])?

    private static let fields = [Field("file", .uint8, [16])]
    private static let ending = ".colonnade"
    private static let mostTasks = 1_000_000

    init(task: Int, taskCount: Int?, sources: TaskSources?) {
        self.task = task
        self.taskCount = taskCount
        self.sources = sources
    }

    /// Throws `invalidArgument` unless the number is one of a task.
    func check() throws(ColonnadeError) {
        // An engine that lists the tasks of the commit may give them any numbers.
        let count = taskCount ?? Int.max
        guard 1...TaskRecord.mostTasks ~= taskCount ?? 1, 0..<count ~= task else {
            throw ColonnadeError(
                .invalidArgument,
                "task \(task) is out of range (0..<\(count)): the tasks of a job are numbered from 0, and the number of tasks is at most "
                    + "\(TaskRecord.mostTasks)")
        }
    }

    /// Returns the number of the task whose record has a name; nil for other files.
    static func task(ofName name: String) -> Int? {
        guard name.endsWithBytes(of: ending),
            let task = Int(String(decoding: name.utf8.dropLast(ending.utf8.count), as: UTF8.self)),
            "\(task)\(ending)" == name, 0..<Int.max ~= task
        else { return nil }
        return task
    }

    func isOfSameWork(as other: TaskRecord) -> Bool { taskCount == other.taskCount && sources == other.sources }

    /// Publishes the record. Throws `fileExists` if the task has one, `system`.
    func write(to path: String) throws(ColonnadeError) {
        var options = WriterOptions()
        options.metadata["rows"] = String(rowCount)
        options.metadata["tasks"] = taskCount.map { String($0) }
        options.metadata["job"] = sources?.ofJob
        options.metadata["sources"] = sources?.ofTask
        options.metadata["dataset"] = pinned?.dataset.description
        options.metadata["columns"] = pinned?.numbers.map { String($0) }.joined(separator: ",")
        let schema = try Schema(TaskRecord.fields)
        var writer = try DatasetWriter(creating: path, schema: schema, options: options)
        if let file { try writer.append(Sample(schema: schema, tensors: [Tensor(file.bytes, shape: [16])])) }
        try writer.finish()
    }

    /// Reads a record. Throws `fileNotFound`, `corruptFile`, `unsupported`, `system`.
    init(path: String, task: Int) throws(ColonnadeError) {
        let damaged = ColonnadeError(
            .corruptFile, "it is no record of a task: remove it, and run task \(task) again", at: .file(path))
        let dataset: StoredDataset
        do throws(ColonnadeError) {
            dataset = try StoredDataset(path: path, verification: .full)
        } catch {
            throw error.code == .corruptFile ? damaged : error
        }
        let texts = Dictionary(dataset.metadata.map { ($0.key, $0.value) }) { first, _ in first }
        guard dataset.schema.fields == TaskRecord.fields, dataset.rowCount <= 1,
            let rows = texts["rows"].flatMap({ Int($0) }), rows >= 0, (rows > 0) == (dataset.rowCount == 1)
        else { throw damaged }
        self.init(
            task: task, taskCount: texts["tasks"].flatMap { Int($0) },
            sources: texts["sources"].map { TaskSources(ofJob: texts["job"] ?? "", ofTask: $0) })
        if texts["tasks"] != nil, taskCount ?? 0 <= task { throw damaged }
        rowCount = rows
        if rows > 0 { file = RandomNumber(bytes: try dataset.row(0, columns: [0])[0].elements(as: UInt8.self)) }
        guard let number = texts["dataset"] else { return }
        let numbers = (texts["columns"] ?? "").split(separator: ",").map { UInt32($0) }
        guard let pinnedTo = RandomNumber(number), !numbers.isEmpty, !numbers.contains(nil) else { throw damaged }
        pinned = (pinnedTo, numbers.compactMap { $0 })
    }

    /// Returns the rows for a commit; nil for a task without rows. Throws `fileNotFound` if they are gone, `corruptFile`.
    func fragment(of job: DatasetJob) throws(ColonnadeError) -> WrittenFragment? {
        guard let file else { return nil }
        var fragment: WrittenFragment
        do throws(ColonnadeError) {
            fragment = try WrittenFragment(file, in: job.folder)
        } catch {
            guard error.code == .fileNotFound else { throw error }
            throw ColonnadeError(
                .fileNotFound,
                "task \(task) of job \"\(job.name)\" wrote this file, and it is gone: run the task again",
                at: .file(job.folder.path(ofFile: file)))
        }
        let columns = fragment.layout.footer.columns
        guard fragment.rowCount == rowCount, pinned.map({ $0.numbers.count == columns.count }) ?? true else {
            throw ColonnadeError(
                .corruptFile, "it does not describe the rows of the task: remove it, and run task \(task) again",
                at: .file(job.path(ofTask: task)))
        }
        fragment.pinned = pinned.map { PinnedColumns(dataset: $0.dataset, columns: columns, numbers: $0.numbers) }
        return fragment
    }
}
