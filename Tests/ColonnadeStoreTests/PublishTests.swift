// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Testing

/// Makes each system call of the writer fail in turn. The target must be the old file or the complete new one.
@Suite struct PublishTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("data.colonnade") }
    private let old: [[StoredValue]]
    private let new: [[StoredValue]]

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .int16), Field("text", kind: .string)])
        func rows(_ numbers: Range<Int>) -> [[StoredValue]] {
            [
                numbers.map { StoredValue(bytes: [UInt8(truncatingIfNeeded: $0), 0]) },
                numbers.map { StoredValue(bytes: Array("row \($0)".utf8)) },
            ]
        }
        old = rows(0..<40)
        new = rows(100..<250)
    }

    enum Action: CaseIterable { case creating, replacing, appending }

    struct Failure: CustomTestStringConvertible {
        let name: String
        let code: Int32
        let persistent: Bool
        var testDescription: String { persistent ? name + " from then on" : name }

        /// The error numbers of Linux. On other systems they mean other errors, which test equally well.
        static let all = [
            Failure(name: "EIO", code: 5, persistent: false), Failure(name: "ENOSPC", code: 28, persistent: false),
            Failure(name: "ENOSPC", code: 28, persistent: true), Failure(name: "EACCES", code: 13, persistent: false),
        ]
    }

    private func perform(_ action: Action) throws {
        var options = WriterOptions()
        options.segmentBytes = 512
        switch action {
        case .creating: try write(new, schema, to: path, options: options, rowsPerChunk: 20)
        case .replacing:
            options.replacing = true
            try write(new, schema, to: path, options: options, rowsPerChunk: 20)
        case .appending: try append(new, to: path, segmentBytes: 512, rowsPerChunk: 20)
        }
    }

    /// Returns the contents of the target before the action, and the possible contents after it; nil means that there
    /// is no file.
    private func contents(_ action: Action) -> (before: [[StoredValue]]?, after: [[StoredValue]]) {
        switch action {
        case .creating: (nil, new)
        case .replacing: (old, new)
        case .appending: (old, zip(old, new).map { $0 + $1 })
        }
    }

    private func prepare(_ action: Action) throws {
        try? Syscalls.unlink(path)
        if action != .creating { try write(old, schema, to: path) }
    }

    private func stored() throws -> [[StoredValue]]? {
        guard try Syscalls.status(path: path) != nil else { return nil }
        // Only slots of a torn write may be reported.
        #expect(try DatasetVerifier.verify(path: path).problems.filter { $0.rule != 32 } == [])
        return try columns(of: StoredDataset(path: path))
    }

    @Test(arguments: Action.allCases, Failure.all)
    func `a call that fails leaves the old file or the new one`(action: Action, failure: Failure) throws {
        var outcomes: Set<String> = []
        var failed: Set<String> = []
        for call in 0... {
            try prepare(action)
            let faults = FaultInjection(failing: call, with: failure.code, persistent: failure.persistent)
            var error: ColonnadeError?
            FaultInjection.$current.withValue(faults) {
                do { try perform(action) } catch let thrown as ColonnadeError { error = thrown } catch {
                    Issue.record("\(error)")
                }
            }
            let found = try stored()
            let (before, after) = contents(action)
            guard let name = faults.failed else {
                #expect(error == nil && found == after)
                break
            }
            failed.insert(name)
            // After a success the target is the new file.
            if error == nil { #expect(found == after, "call \(call), \(name)") }
            #expect(found == before || found == after, "call \(call), \(name): \(String(describing: error))")
            outcomes.insert(found == after ? "new" : "old")
            if let error {
                #expect(!error.message.isEmpty && error.place != nil)
                #expect([.system, .fileExists, .fileNotFound].contains(error.code), "\(error)")
            }
            // A staging file remains only if its removal failed. The next run removes it.
            let names = try folder.names
            if !failure.persistent, name != "unlink" {
                #expect(names.allSatisfy { $0 == "data.colonnade" }, "call \(call), \(name) left \(names)")
            }
            try prepare(action)
            try perform(action)
            #expect(try stored() == after)
            #expect(try folder.names == ["data.colonnade"])
        }
        #expect(outcomes.contains("old"))
        let wanted: Set<String> =
            action == .appending
            ? ["open", "flock", "fstat", "mmap", "write", "fsync", "stat"]
            : ["stat", "opendir", "open", "flock", "fstat", "write", "fsync", action == .creating ? "link" : "rename"]
        #expect(failed.isSuperset(of: wanted.subtracting(failure.persistent ? ["unlink"] : [])), "\(failed)")
    }

    @Test(arguments: Action.allCases) func `a signal that interrupts a call is not a failure`(action: Action) throws {
        for call in 0... {
            try prepare(action)
            let faults = FaultInjection(failing: call, with: 4)
            try FaultInjection.$current.withValue(faults) { try perform(action) }
            #expect(try stored() == contents(action).after)
            if faults.failed == nil { break }
        }
    }

    @Test(arguments: Action.allCases) func `an error says whether the new data is in force`(action: Action)
        throws
    {
        var (said, inForce) = (0, 0)
        for call in 0... {
            try prepare(action)
            let faults = FaultInjection(failing: call, with: 5)
            var error: ColonnadeError?
            FaultInjection.$current.withValue(faults) {
                do { try perform(action) } catch let thrown { error = thrown as? ColonnadeError }
            }
            guard faults.failed != nil else { break }
            guard let error else { continue }
            let isNew = try stored() == contents(action).after
            let isSaid = error.message.contains("may not survive a loss of power")
            #expect(isNew == isSaid, "call \(call), \(faults.failed ?? ""): \(error)")
            (said, inForce) = (said + (isSaid ? 1 : 0), inForce + (isNew ? 1 : 0))
        }
        #expect(said > 0 && inForce == said)
    }

    @Test func `the error for a full disk says so`() throws {
        let faults = FaultInjection(failing: 12, with: 28, persistent: true)
        let error = FaultInjection.$current.withValue(faults) {
            #expect(throws: ColonnadeError.self) { try perform(.creating) }
        }
        #expect(error?.code == .system && error?.message.contains("disk is full") == true)
    }

    @Test func `a dropped writer leaves no file`() throws {
        try write(old, schema, to: path)
        let before = try bytes(ofFile: path)
        do {
            var writer = try DatasetWriter(creating: folder.file("other"), schema: schema)
            try writer.append(chunk(of: new, schema))
            #expect(try folder.names.count == 2)
        }
        do {
            // More than the writer collects before it writes.
            let long = [StoredValue(bytes: Array(repeating: 65, count: 1 << 17))]
            var writer = try DatasetWriter(appendingTo: path, segmentBytes: 64)
            for _ in 0..<2 { try writer.append(chunk(of: [[StoredValue(bytes: [1, 0])], long], schema)) }
            #expect(try bytes(ofFile: path).count > before.count)
        }
        #expect(try bytes(ofFile: path) == before)
        #expect(try folder.names == ["data.colonnade"])
    }

    @Test func `a writer fails after a chunk that does not fit, and publishes nothing`() throws {
        for bad in [
            RecordChunk(rowCount: 1, columns: []),
            RecordChunk(rowCount: 2, columns: [ColumnChunk(values: [1, 2]), ColumnChunk(ends: [0, 0])]),
            RecordChunk(rowCount: 1, columns: [ColumnChunk(values: [1, 2]), ColumnChunk(values: [65], ends: [2])]),
            RecordChunk(rowCount: 1, columns: [ColumnChunk(values: [1, 2]), ColumnChunk(values: [0xC3], ends: [1])]),
            RecordChunk(rowCount: -1, columns: [ColumnChunk(), ColumnChunk()]),
            RecordChunk(rowCount: Int.max, columns: [ColumnChunk(), ColumnChunk()]),
        ] {
            var writer = try DatasetWriter(creating: path, schema: schema)
            try writer.append(chunk(of: old, schema))
            var codes: [ColonnadeError.Code] = []
            do { try writer.append(bad) } catch { codes.append(error.code) }
            do { try writer.append(chunk(of: old, schema)) } catch { codes.append(error.code) }
            do { try writer.finish() } catch { codes.append(error.code) }
            #expect(codes == [.invalidArgument, .invalidArgument, .invalidArgument])
            #expect(try folder.names == [])
        }
    }
}
