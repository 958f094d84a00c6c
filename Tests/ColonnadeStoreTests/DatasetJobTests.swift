// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests jobs: tasks that write, are retried or stopped at any system call, and the commit of their rows.
@Suite struct DatasetJobTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("train.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .int16), Field("text", kind: .string)])
    }

    private func job(_ name: String = "night") throws -> DatasetJob { try DatasetJob(name, in: path) }

    private func rows(_ numbers: Range<Int>) -> RecordChunk {
        chunk(
            of: [
                numbers.map { StoredValue(bytes: [UInt8(truncatingIfNeeded: $0), 0]) },
                numbers.map { StoredValue(bytes: Array("row \($0)".utf8)) },
            ], schema)
    }

    private func begin(
        _ task: Int, of count: Int? = 3, in job: DatasetJob? = nil, schema: Schema? = nil, sources: TaskSources? = nil,
        codec: ColumnCodec = .plain
    ) throws -> TaskWriter {
        var options = WriterOptions()
        options.metadata = ["origin": "test"]
        options.defaultCodec = codec
        return try TaskWriter(
            try job ?? self.job(), task: task, of: count, schema: schema ?? self.schema, sources: sources,
            options: options)
    }

    private func run(
        _ task: Int, of count: Int? = 3, in job: DatasetJob? = nil, _ numbers: Range<Int>, sources: TaskSources? = nil
    ) throws {
        var writer = try begin(task, of: count, in: job, sources: sources)
        if !numbers.isEmpty { try writer.append(rows(numbers)) }
        try writer.finish()
    }

    /// Returns the first column of all rows of the newest version; nil if there is none. Every file is verified.
    private func numbers() throws -> [Int]? {
        guard try DatasetFolder.isThere(path), try DatasetFolder(path).newestIfAny() != nil else { return nil }
        let values = try columns(of: try DatasetVersion(path: path, verification: .full))
        #expect(values[1].map { String(decoding: $0.bytes, as: UTF8.self) } == values[0].map { "row \($0.bytes[0])" })
        return values[0].map { Int($0.bytes[0]) }
    }

    private func dataFiles() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: "\(path)/data") }

    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return (error as? ColonnadeError).map { "\($0.code): \($0.message)" } ?? "\(error)" }
        return ""
    }

    private func message(finishing writer: consuming TaskWriter) -> String {
        do { try writer.finish() } catch { return "\(error)" }
        return ""
    }

    @Test func `rows are committed once, in the order of the tasks, and not visible before`() throws {
        try run(2, 5..<6)
        try run(0, 0..<3)
        #expect(try numbers() == nil)
        #expect(
            message { try job().commit() }.contains("of the 3 tasks of job \"night\" 1 are not finished: 1; run them"))
        try run(1, 0..<0)
        #expect(try job().finishedTasks() == [0, 1, 2] && job().rowCount(ofTask: 1, of: 3) == 0)
        #expect(try numbers() == nil && job().committedVersion() == nil)
        let made = try job().commit()
        #expect(made.version == 1 && made.rowCount == 4)
        #expect(try job().commit().version == 1)
        #expect(try numbers() == [0, 1, 2, 5])
        let version = try DatasetVersion(path: path)
        #expect(version.metadata.map(\.value) == ["test"] && version.record.job != nil && version.fileCount == 2)
        // A second job appends.
        try run(0, of: 1, in: job("day"), 7..<9)
        #expect(try numbers() == [0, 1, 2, 5])
        #expect(try job("day").commit().version == 2)
        #expect(try numbers() == [0, 1, 2, 5, 7, 8])
        #expect(try job().commit().version == 2 && job().committedVersion() == 1)
        #expect(try DatasetFolder(path).log().map(\.record.operation) == ["append", "create"])
        #expect(try FolderVerifier.verify(path: path).problems.isEmpty)
        // A manifest forgets old jobs; the files tell that the rows are there.
        #expect(
            message { try run(0, of: 1, in: job("day"), 7..<9) }.contains(
                "has committed already, as version 2: give a job"))
    }

    @Test func `a task that is finished is not written again, and of two at once one counts`() throws {
        let (a, b) = (TaskSources(ofJob: "all", ofTask: "a"), TaskSources(ofJob: "all", ofTask: "b"))
        var first = try begin(0, of: 1, sources: a)
        var second = try begin(0, of: 1, sources: a)
        var other = try begin(0, of: 1, sources: b)
        try first.append(rows(0..<2))
        try second.append(rows(0..<2))
        try other.append(rows(2..<4))
        #expect(try second.finish().rowCount == 2)
        #expect(try first.finish().rowCount == 2)
        #expect(message(finishing: other).contains("with other sources or another number of tasks"))
        #expect(try dataFiles().count == 1)
        #expect(message { _ = try begin(0, of: 1, sources: a) }.hasPrefix("fileExists: task 0 of job"))
        #expect(message { _ = try begin(0, of: 1, sources: b) }.contains("with other sources"))
        #expect(message { _ = try begin(0, of: 2, sources: a) }.contains("another number of tasks"))
        #expect(try job().rowCount(ofTask: 0, of: 1, sources: a) == 2 && job().rowCount(ofTask: 1) == nil)
        try job().commit()
        // Restarted after the commit, the same work is done, and other work is an error.
        #expect(try job().rowCount(ofTask: 0, of: 1, sources: a) == 2)
        #expect(message { _ = try job().rowCount(ofTask: 0, of: 1, sources: b) }.contains("committed already"))
        #expect(try numbers() == [0, 1])
        // Tasks that divide other sources.
        try run(0, of: 2, in: job("day"), 2..<3, sources: a)
        try run(1, of: 2, in: job("day"), 3..<4, sources: TaskSources(ofJob: "other", ofTask: "a"))
        #expect(
            message { try job("day").commit() }.contains(
                "the sources of task 1 of job \"day\" are not those of the others"))
    }

    @Test func `tasks with other columns, codecs or numbers are refused`() throws {
        try run(0, of: nil, 0..<1)
        let wider = try Schema([Field("x", .int32), Field("text", kind: .string)])
        #expect(message { _ = try begin(1, schema: wider) }.contains("x int16[] and not x int32[]"))
        #expect(
            message { _ = try begin(1, schema: try Schema([Field("x", .int16)])) }.contains("there are 2 and not 1"))
        #expect(message { _ = try begin(1, codec: .zlib) }.contains("other codecs, groups or metadata"))
        for (task, count) in [(-1, 3), (3, 3), (0, 0), (0, -1), (Int.max, nil), (5, 2_000_000)] as [(Int, Int?)] {
            #expect(message { _ = try begin(task, of: count) }.contains("out of range"))
        }
        try run(2, of: nil, 2..<3)
        #expect(message { try job().commit() }.contains("1 are not finished: 1"))
        #expect(message { try job().commit(taskCount: 5) }.contains("3 are not finished: 1, 3, 4"))
        #expect(message { try job().commit(taskCount: 2) }.contains("has a task 2, and 2 tasks"))
        try run(1, of: 4, 1..<2)
        #expect(message { try job().commit(taskCount: 3) }.contains("ran as one of 4 tasks, and others as one of 3"))
        #expect(message { try job("none").commit() }.hasPrefix("fileNotFound: no task of job \"none\""))
        for name in ["", "a/b", ".a", "a b", String(repeating: "a", count: 129)] {
            #expect(message { _ = try job(name) }.contains("a job has 1 to 128 bytes"))
        }
        #expect(try numbers() == nil)
        try write([1], toFile: folder.file("file"))
        let inFile = try DatasetJob("a", in: folder.file("file"))
        #expect(message { _ = try begin(0, in: inFile) }.hasPrefix("fileExists: a file is there"))
    }

    @Test func `a commit of chosen tasks adds their rows alone, in the order of the list`() throws {
        for (task, row) in [(4, 1), (1 << 61, 2), (0, 3), (9, 4)] { try run(task, of: nil, row..<row + 1) }
        try run(2, of: nil, 0..<0)
        #expect(message { try job().commit(tasks: [4, 3]) }.contains("task 3 of job \"night\" is not finished"))
        #expect(message { try job().commit(tasks: [4, 4]) }.contains("task 4 of job \"night\" is listed twice"))
        for name in ["none", "night"] {
            #expect(
                message { try job(name).commit(tasks: []) }.contains("the list of tasks of job \"\(name)\" is empty"))
        }
        #expect(try numbers() == nil)
        #expect(try job().commit(tasks: [1 << 61, 2, 0, 4]).version == 1)
        #expect(try numbers() == [2, 3, 1] && job().commit(tasks: [4, 0, 1 << 61]).version == 1)
        #expect(message { try job().commit(tasks: [0]) }.contains("version 1 with the rows of task 4 too"))
        #expect(message { try job().commit(tasks: []) }.contains("version 1 with the rows of task 0 too"))
        #expect(message { try job().commit(tasks: [9]) }.contains("before task 9 finished"))
        try FolderGarbage(in: path, olderThan: 0).remove()
        #expect(try dataFiles().count == 3 && numbers() == [2, 3, 1])
    }

    @Test func `gc removes what a job left that never committed`() throws {
        #expect(message { _ = try FolderGarbage(in: path) }.hasPrefix("fileNotFound"))
        try run(0, of: 2, 0..<1)
        try write([1], toFile: "\(path)/data/notes.txt")
        #expect(try FolderGarbage(in: path).files.isEmpty)
        let old = try FolderGarbage(in: path, olderThan: 0)
        // The record, the schema and the rows.
        #expect(old.files.count == 3 && old.versions.isEmpty && !old.hasVersions)
        try old.remove()
        #expect(try dataFiles() == ["notes.txt"] && numbers() == nil)
    }

    @Test func `rows for columns that changed meanwhile are refused`() throws {
        try run(0, of: 1, 0..<2)
        try job().commit()
        try run(0, of: 1, in: job("day"), 2..<3)
        try DatasetVersion.renameColumns([("x", "y")], at: path)
        #expect(message { try job("day").commit() }.contains("\"x\" is none of the data set's"))
        try DatasetVersion.renameColumns([("y", "x")], at: path)
        try job("day").commit()
        #expect(try numbers() == [0, 1, 2])
        // Another column with the same name and type.
        try run(0, of: 1, in: job("eve"), 3..<4)
        var columns = try ColumnWriter(addingTo: path, Schema([Field("x", .int16)]), isReplacing: true)
        try columns.append(chunk(of: [(0..<3).map { StoredValue(bytes: [$0, 0]) }], columns.schema))
        try columns.finish()
        #expect(message { try job("eve").commit() }.contains("another writer has replaced or renamed column \"x\""))
    }

    @Test func `a task and a commit that stop at any call lose and double no row`() throws {
        var failed: Set<String> = []
        for call in 0... {
            try? FileManager.default.removeItem(atPath: path)
            try run(1, of: 2, 2..<3)
            // After a call that fails for good, the process does as little as a killed one.
            let faults = FaultInjection(failing: call, with: 5, persistent: call.isMultiple(of: 2))
            let isDone: Bool = FaultInjection.$current.withValue(faults) {
                do {
                    try run(0, of: 2, 0..<2)
                    try job().commit()
                    return true
                } catch { return false }
            }
            let visible = try numbers()
            #expect(visible == [0, 1, 2] || visible == nil && !isDone)
            if visible == nil, try job().rowCount(ofTask: 0, of: 2) == nil { try run(0, of: 2, 0..<2) }
            try job().commit()
            try FolderGarbage(in: path, olderThan: 0).remove()
            #expect(try dataFiles().count == 2 && numbers() == [0, 1, 2], "call \(call), \(faults.failed ?? "")")
            #expect(!FileManager.default.fileExists(atPath: "\(path)/jobs/night"))
            guard let name = faults.failed else { break }
            failed.insert(name)
        }
        #expect(failed.isSuperset(of: ["open", "fsync", "write", "link", "opendir"]), "\(failed)")
    }

    @Test func `another process that commits before any call loses and doubles no row`() throws {
        for call in 0... {
            try? FileManager.default.removeItem(atPath: path)
            try run(0, of: 1, 0..<1)
            try job().commit()
            try run(0, of: 1, in: job("day"), 1..<2)
            let faults = FaultInjection(before: call) { [self] in
                _ = try? job("day").commit()
                if let writer = try? FolderWriter(appendingTo: path) {
                    var writer = writer
                    try? writer.append(rows(5..<6))
                    _ = try? writer.finish()
                }
            }
            _ = try FaultInjection.$current.withValue(faults) { try job("day").commit() }
            guard faults.failed != nil else { break }
            #expect(try numbers() == [0, 1, 5], "call \(call)")
        }
    }

    @Test func `gc keeps what young jobs wrote, and removes old jobs`() throws {
        try run(0, of: 1, 0..<1)
        try job().commit()
        try run(0, of: 2, in: job("day"), 1..<2)
        let young = try FolderGarbage(in: path, olderThan: 3600)
        #expect(young.files.isEmpty)
        let old = try FolderGarbage(in: path, olderThan: 0)
        // Two records and the schema of the first job, and the rows that no version has.
        #expect(old.files.count == 4 && old.versions.isEmpty)
        try old.remove()
        #expect(try dataFiles().count == 1 && numbers() == [0])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/jobs").isEmpty)
        // The rows of a finished task are gone, and the task writes them again.
        try run(0, of: 1, in: job("day"), 1..<2)
        for file in try dataFiles() where !file.hasPrefix(".") {
            if try DatasetVersion(path: path).record.fileCount == 1, !(try namedFiles().contains(file)) {
                try FileManager.default.removeItem(atPath: "\(path)/data/\(file)")
            }
        }
        #expect(message { try job("day").commit() }.contains("and it is gone: run the task again"))
        try run(0, of: 1, in: job("day"), 1..<2)
        try write([1], toFile: "\(path)/jobs/day/0.colonnade")
        #expect(
            message { try job("day").commit() }.contains("it is no record of a task: remove it, and run task 0 again"))
        #expect(throws: ColonnadeError.self) { try FolderGarbage(in: path) }
        #expect(try numbers() == [0])
    }

    @Test func `records that were copied never double rows`() throws {
        try run(0, of: nil, 0..<1)
        try job().commit()
        try run(0, of: nil, in: job("day"), 1..<2)
        let records = "\(path)/jobs/day"
        try FileManager.default.copyItem(atPath: "\(records)/0.colonnade", toPath: "\(records)/1.colonnade")
        #expect(message { try job("day").commit() }.contains("two tasks of job \"day\" have the same rows"))
        try FileManager.default.removeItem(atPath: "\(records)/1.colonnade")
        try FileManager.default.copyItem(atPath: "\(path)/jobs/night/0.colonnade", toPath: "\(records)/1.colonnade")
        #expect(
            message { try job("day").commit() }.contains("1 of the 2 files of the job are part of version 1 already"))
        #expect(try numbers() == [0])
        // All rows of a job are there under another name.
        try FileManager.default.copyItem(atPath: "\(path)/jobs/night", toPath: "\(path)/jobs/eve")
        #expect(try job("eve").commit().version == 1)
        #expect(try numbers() == [0])
    }

    private func namedFiles() throws -> [String] {
        try DatasetFolder(path).newest().files.map { "\($0.name).colonnade" }
    }

    @Test func `a task that finishes after the commit is an error`() throws {
        try run(0, of: nil, 0..<1)
        var late = try begin(1, of: nil)
        try late.append(rows(1..<2))
        try job().commit()
        #expect(message(finishing: late).contains("committed as version 1 before task 1 finished"))
        #expect(try job().finishedTasks() == [0] && numbers() == [0])
        try FolderGarbage(in: path, olderThan: 0).remove()
        #expect(try dataFiles().count == 1 && numbers() == [0])
    }
}
