// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests files that grow by many small appends.
@Suite struct ManyAppendsTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("data.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .uint64), Field("text", kind: .string), Field("pairs", .uint8, [nil, 2])])
    }

    private func rows(_ numbers: Range<Int>) -> [[StoredValue]] {
        [
            numbers.map { number in StoredValue(bytes: (0..<8).map { UInt8(number >> (8 * $0) & 0xFF) }) },
            numbers.map { StoredValue(bytes: Array("row \($0)".utf8)) },
            numbers.map { StoredValue(bytes: [UInt8](repeating: UInt8($0 % 251), count: 2 * ($0 % 3))) },
        ]
    }

    /// Appends one row at a time.
    private func appendRows(_ numbers: Range<Int>) throws {
        for number in numbers { try append(rows(number..<number + 1), to: path) }
    }

    @Test func `the file does not grow with the square of the appends`() throws {
        var options = WriterOptions()
        options.metadata = ["by": "hand"]
        try write(rows(0..<1), schema, to: path, options: options)
        var largest = 0
        for number in 1..<150 {
            let summary = try append(rows(number..<number + 1), to: path)
            #expect(try Syscalls.status(path: path)?.byteCount == summary.byteCount)
            largest = max(largest, summary.byteCount)
        }
        // A file that is never rewritten would have 1.9 MB.
        #expect(largest < 1_400_000)
        #expect(try folder.names == ["data.colonnade"])
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        let dataset = try StoredDataset(path: path)
        #expect(try columns(of: dataset) == rows(0..<150))
        #expect(dataset.metadata.map(\.key) == ["by"] && dataset.schema == schema)
        #expect(dataset.statistics(ofColumn: 0).elements == 150)
        let summary = try append(rows(150..<151), to: path)
        #expect(summary.appendCount == 150 && summary.rowCount == 151)
    }

    /// Makes a file of one row with a footer that is so large that a few appends have the effect of many.
    private func writeFirst() throws {
        var options = WriterOptions()
        options.metadata = ["large": String(repeating: "x", count: 60_000)]
        try write(rows(0..<1), schema, to: path, options: options)
    }

    /// Makes a file that the next append will rewrite.
    private func appendUntilDue() throws {
        try writeFirst()
        for number in 1..<40 {
            let before = try bytes(ofFile: path)
            guard try append(rows(number..<number + 1), to: path).byteCount < before.count else { continue }
            try Syscalls.unlink(path)
            return try write(before, toFile: path)
        }
        Issue.record("it was never rewritten")
    }

    @Test func `a file with two names is appended to in place`() throws {
        try writeFirst()
        try Syscalls.link(path, to: folder.file("other"))
        try appendRows(1..<25)
        #expect(try Syscalls.status(path: path)?.linkCount == 2)
        #expect(try columns(of: StoredDataset(path: folder.file("other"))) == rows(0..<25))
    }

    @Test func `damage does not get a new checksum`() throws {
        try writeFirst()
        var content = try bytes(ofFile: path)
        let place = try #require(StoredDataset(path: path).extents.first).offset
        content[place] ^= 0x40
        try write(content, toFile: path)
        try appendRows(1..<25)
        let report = try DatasetVerifier.verify(path: path)
        #expect(report.problems.contains { $0.rule == 29 })
        #expect(try StoredDataset(path: path).rowCount == 25)
    }

    @Test func `readers and permissions are kept, and another name of the folder is not another file`() throws {
        try writeFirst()
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
        let first = try StoredDataset(path: path)
        let before = try #require(try Syscalls.status(path: path)?.identity)
        for number in 1..<25 { try append(rows(number..<number + 1), to: folder.file("link")) }
        let after = try #require(try Syscalls.status(path: path))
        #expect(after.identity != before && after.permissions == 0o640)
        #expect(try Syscalls.statusWithoutFollowing(path: folder.file("link"))?.isLink == true)
        #expect(try columns(of: first) == rows(0..<1))
        #expect(try columns(of: StoredDataset(path: path)) == rows(0..<25))
    }

    @Test func `a failed system call during rewriting keeps the appended rows`() throws {
        try appendUntilDue()
        let due = try bytes(ofFile: path)
        let count = try StoredDataset(path: path).rowCount
        let expected = rows(0..<count + 1)
        var rewrites = 0
        for call in 0... {
            try? Syscalls.unlink(path)
            try write(due, toFile: path)
            let faults = FaultInjection(failing: call, with: 28)
            let isAppended = FaultInjection.$current.withValue(faults) {
                (try? append(rows(count..<count + 1), to: path)) != nil
            }
            let found = try columns(of: StoredDataset(path: path))
            #expect(isAppended ? found == expected : found == expected || found == rows(0..<count), "call \(call)")
            #expect(try DatasetVerifier.verify(path: path).problems.filter { $0.rule != 32 } == [])
            if isAppended, let failed = faults.failed, failed == "unlink" || failed == "rename" { rewrites += 1 }
            if faults.failed == nil { break }
        }
        #expect(rewrites > 0)
    }
}
