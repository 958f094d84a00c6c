// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

@testable import ColonnadeStore

/// Tests that jobs that overlap with other writers, or meet errors of the system, neither lose nor double rows.
@Suite struct DatasetJobRaceTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("train.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .uint8)])
    }

    private func job(_ name: String = "night") throws -> DatasetJob { try DatasetJob(name, in: path) }

    private func run(
        _ task: Int, of count: Int? = nil, in job: DatasetJob? = nil, _ value: UInt8, metadata: String? = nil
    ) throws {
        var options = WriterOptions()
        options.metadata["origin"] = metadata
        var writer = try TaskWriter(try job ?? self.job(), task: task, of: count, schema: schema, options: options)
        try writer.append(chunk(of: [[StoredValue(bytes: [value])]], schema))
        try writer.finish()
    }

    private func numbers() throws -> [UInt8]? {
        guard try DatasetFolder.isThere(path), try DatasetFolder(path).newestIfAny() != nil else { return nil }
        return try columns(of: try DatasetVersion(path: path, verification: .full))[0].map { $0.bytes[0] }
    }

    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return (error as? ColonnadeError).map { "\($0.code): \($0.message)" } ?? "\(error)" }
        return ""
    }

    private func clear() { try? FileManager.default.removeItem(atPath: path) }

    @Test func `jobs that began before the data set append only with its codecs, groups and metadata`() throws {
        for (name, origin) in [("a", "x"), ("b", "x"), ("c", "y"), ("d", nil)] as [(String, String?)] {
            try run(0, in: job(name), 1, metadata: origin)
        }
        try job("a").commit()
        #expect(message { try job("c").commit() }.contains("made here after job \"c\" began"))
        #expect(message { try job("d").commit() }.contains("other codecs, groups or metadata"))
        #expect(
            message { try job("b").commit(.all(1), isCreating: true) }.hasPrefix("fileExists: another writer has"))
        #expect(try numbers() == [1])
        try job("b").commit()
        #expect(try numbers() == [1, 1])
    }

    @Test func `a commit whose outcome is not known removes no rows`() throws {
        for call in 0... {
            clear()
            try run(0, 0)
            try run(1, 1)
            let faults = FaultInjection(failing: call, through: call + 1, with: 5)
            FaultInjection.$current.withValue(faults) {
                do { try job().commit() } catch { (try? job())?.discard(andEmpty: true) }
            }
            let visible = try numbers()
            #expect(visible == nil || visible == [0, 1], "call \(call), \(faults.failed ?? "")")
            guard faults.failed != nil else { break }
        }
    }

    @Test func `the rows of a record that cannot be read stay`() throws {
        for call in 0... {
            clear()
            let faults = FaultInjection(failing: call, through: call + 1, with: 5)
            FaultInjection.$current.withValue(faults) { try? run(0, 7) }
            if try DatasetFolder.isThere(path), try job().finishedTasks() == [0] {
                try job().commit()
                #expect(try numbers() == [7], "call \(call), \(faults.failed ?? "")")
            }
            guard faults.failed != nil else { break }
        }
    }

    @Test func `a task that finishes during a commit is part of it, or an error`() throws {
        var outcomes: Set<String> = []
        for call in 0... {
            clear()
            try run(0, 0)
            let late = Monitor("")
            let faults = FaultInjection(before: call) { [self] in
                let text = message { try run(1, 1) }
                late.withLock { $0 = text }
            }
            let error = FaultInjection.$current.withValue(faults) { message { try job().commit() } }
            guard faults.failed != nil else { break }
            let ofTask = late.withLock { $0 }
            #expect(try numbers() == (error.isEmpty && ofTask.isEmpty ? [0, 1] : [0]), "call \(call): \(error)")
            outcomes.insert(error.isEmpty ? ofTask.isEmpty ? "part" : "late task" : "late for the commit")
            guard !error.isEmpty else { continue }
            #expect(error.contains("before task 1 finished, whose rows are not part of it"))
            #expect(message { try job().commit() } == error)
        }
        #expect(outcomes == ["part", "late task", "late for the commit"])
    }

    @Test func `a job that has committed tells other numbers of tasks`() throws {
        try run(0, of: 2, 0)
        try run(1, of: 2, 1)
        try job().commit(taskCount: 2)
        #expect(try job().commit(taskCount: 2).rowCount == 2 && job().commit().rowCount == 2)
        #expect(message { try job().commit(taskCount: 8) }.contains("as version 1 with 2 tasks, and not with 8"))
    }

    @Test func `columns that are replaced after the commit do not make a task late`() throws {
        try run(0, 3)
        let record = try #require(try job().record(ofTask: 0))
        try job().commit()
        var columns = try ColumnWriter(addingTo: path, schema, isReplacing: true)
        try columns.append(chunk(of: [[StoredValue(bytes: [4])]], columns.schema))
        try columns.finish()
        try job().checkIsOpen(for: record)
        #expect(try job().finishedTasks() == [0] && numbers() == [4])
        let names = Set(try DatasetFolder(path).manifest(1).files.map(\.name))
        #expect(names == [try #require(record.file)])
    }
}
