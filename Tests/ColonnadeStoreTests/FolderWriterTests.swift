// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests writing data sets of many files: commits of several writers, and every system call that fails.
@Suite struct FolderWriterTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("train.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([Field("x", .int16), Field("text", kind: .string)])
    }

    private func rows(_ numbers: Range<Int>) -> [[StoredValue]] {
        [
            numbers.map { StoredValue(bytes: [UInt8(truncatingIfNeeded: $0), 0]) },
            numbers.map { StoredValue(bytes: Array("row \($0)".utf8)) },
        ]
    }

    @discardableResult private func create(_ numbers: Range<Int>) throws -> DatasetSummary {
        var options = WriterOptions()
        options.codecs = ["text": .zlib]
        options.metadata = ["origin": "test"]
        var writer = try FolderWriter(creating: path, schema: schema, options: options)
        try writer.append(chunk(of: rows(numbers), schema))
        return try writer.finish()
    }

    @discardableResult private func append(_ numbers: Range<Int>) throws -> DatasetSummary {
        var writer = try FolderWriter(appendingTo: path)
        try writer.append(chunk(of: rows(numbers), schema))
        return try writer.finish()
    }

    /// Returns the first columns of all rows of the newest version; nil if there is none. Every file is verified.
    private func numbers() throws -> [Int]? {
        guard try DatasetFolder.isThere(path), try DatasetFolder(path).newestIfAny() != nil else { return nil }
        let version = try DatasetVersion(path: path, verification: .full)
        let values = try columns(of: version)
        #expect(values[1].map { String(decoding: $0.bytes, as: UTF8.self) } == values[0].map { "row \($0.bytes[0])" })
        return values[0].map { Int($0.bytes[0]) }
    }

    @Test func `rows are appended as new files, and versions stay`() throws {
        let made = try create(0..<3)
        #expect(made.rowCount == 3 && made.version == 1 && made.segmentCount == 1)
        let first = try DatasetVersion(path: path)
        let added = try append(3..<5)
        #expect(added.rowCount == 5 && added.version == 2)
        #expect(try numbers() == Array(0..<5))
        #expect(first.rowCount == 3 && first.metadata.map(\.value) == ["test"])
        let second = try DatasetVersion(path: path)
        #expect(second.fileCount == 2 && second.metadata.map(\.value) == ["test"])
        #expect(second.statistics(ofColumn: 0).max.double == 4 && second.statistics(ofColumn: 1).longest == 5)
        #expect(second.byteCount == added.byteCount)
        // A file of the data set opens by itself, and has the codecs of the others.
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(path)/data")
        for file in files {
            let dataset = try StoredDataset(path: "\(path)/data/\(file)")
            #expect(dataset.storage(ofColumn: 1).codec == .zlib && dataset.metadata.isEmpty)
        }
        // No rows make no version.
        #expect(try append(0..<0).version == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/data").sorted() == files.sorted())
    }

    @Test func `a data set without rows, and a place that is taken`() throws {
        #expect(try create(0..<0).version == 1)
        #expect(try numbers() == [])
        #expect(try append(7..<8).rowCount == 1)
        #expect(#expect(throws: ColonnadeError.self) { _ = try create(0..<1) }?.code == .fileExists)
        try write([1], toFile: folder.file("file"))
        #expect(
            #expect(throws: ColonnadeError.self) {
                _ = try FolderWriter(creating: folder.file("file"), schema: schema)
            }?.code == .fileExists)
        #expect(
            #expect(throws: ColonnadeError.self) { _ = try FolderWriter(creating: folder.path, schema: schema) }?.code
                == .fileExists)
        #expect(
            #expect(throws: ColonnadeError.self) { _ = try FolderWriter(appendingTo: folder.path) }?.code
                == .fileNotFound)
        #expect(try numbers() == [7])
    }

    @Test func `two writers that make one data set`() throws {
        let (path, schema) = (path, schema)
        var writer = try FolderWriter(creating: path, schema: schema)
        try writer.append(chunk(of: rows(0..<1), schema))
        try create(5..<6)
        var code: ColonnadeError.Code?
        do { try writer.finish() } catch { code = error.code }
        #expect(code == .fileExists)
        #expect(try numbers() == [5])
    }

    @Test(arguments: [false, true], [(5, false), (28, false), (28, true), (13, false)])
    func `a call that fails leaves the old version or the new one`(
        isCreating: Bool, failure: (code: Int32, persistent: Bool)
    ) throws {
        var failed: Set<String> = []
        for call in 0... {
            try? FileManager.default.removeItem(atPath: path)
            if !isCreating { try create(0..<2) }
            let faults = FaultInjection(failing: call, with: failure.code, persistent: failure.persistent)
            var error: ColonnadeError?
            FaultInjection.$current.withValue(faults) {
                do { _ = try isCreating ? create(0..<2) : append(2..<4) } catch let thrown {
                    error = thrown as? ColonnadeError
                }
            }
            let found = try numbers()
            let (before, after) = isCreating ? (nil, [0, 1]) : ([0, 1], [0, 1, 2, 3])
            guard let name = faults.failed else {
                #expect(error == nil && found == after)
                break
            }
            failed.insert(name)
            if let error {
                #expect(
                    found == before || error.message.contains("may not survive a loss of power")
                        || error.message.contains("may be committed"), "\(name): \(error)")
                #expect(found == before || found == after)
                #expect(!error.message.isEmpty && error.place != nil)
            } else {
                #expect(found == after, "call \(call), \(name)")
            }
            if found == nil {
                try create(0..<2)
            } else if found == before {
                try append(2..<4)
            }
            #expect(try numbers() == after, "call \(call), \(name)")
        }
        #expect(failed.isSuperset(of: ["open", "fsync", "write", "link", "opendir"]), "\(failed)")
    }

    @Test func `a first writer that fails leaves no folders, unless they were there`() throws {
        do {
            var writer = try FolderWriter(creating: path, schema: schema)
            try writer.append(chunk(of: rows(0..<2), schema))
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = try FolderWriter(creating: path, schema: schema)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
        try FolderWriter(creating: path, schema: schema).finish()
        #expect(try numbers() == [] && FileManager.default.fileExists(atPath: "\(path)/data"))
    }

    @Test func `another writer that commits before any call loses no rows`() throws {
        for call in 0... {
            try? FileManager.default.removeItem(atPath: path)
            try create(0..<1)
            let faults = FaultInjection(before: call) { [self] in _ = try? append(100..<102) }
            try FaultInjection.$current.withValue(faults) { _ = try append(1..<3) }
            let found = try numbers() ?? []
            guard faults.failed != nil else {
                #expect(found == [0, 1, 2])
                break
            }
            #expect(found.sorted() == [0, 1, 2, 100, 101] && found[0] == 0, "call \(call): \(found)")
            #expect(try DatasetFolder(path).allVersions() == [1, 2, 3])
        }
    }

    @Test func `without links a rename that replaces nothing is used, and without both nothing is committed`() throws {
        try create(0..<1)
        let count = try callsBeforeLink()
        // EPERM for `link` alone, then for `link` and `renameat2`.
        for (last, code, expected) in [(count, Int32(1), [0, 1]), (count + 1, 1, [0, 1]), (count + 1, 38, [0, 1])] {
            let faults = FaultInjection(failing: count, through: last, with: code)
            var error: ColonnadeError?
            FaultInjection.$current.withValue(faults) {
                do { try append(1..<2) } catch let thrown { error = thrown as? ColonnadeError }
            }
            #expect(faults.failed == "link")
            if last > count {
                #expect(error != nil)
                if code == 38 {
                    #expect(error?.code == .unsupported && error?.message.contains("commit safely") == true)
                }
            }
            #expect(try numbers() == expected)
        }
    }

    /// Returns the number of the call of `link` that commits an append of one row: the second one.
    private func callsBeforeLink() throws -> Int {
        var links = 0
        for call in 0... {
            let copy = folder.file("copy")
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let faults = FaultInjection(failing: call, with: 5)
            FaultInjection.$current.withValue(faults) {
                guard var writer = try? FolderWriter(appendingTo: copy) else { return }
                try? writer.append(chunk(of: rows(1..<2), schema))
                _ = try? writer.finish()
            }
            if faults.failed == "link" { links += 1 }
            if links == 2 || faults.failed == nil { return call }
        }
        return 0
    }

    @Test func `a commit whose answer is lost is found again`() throws {
        try create(0..<1)
        let count = try callsBeforeLink()
        let path = path
        // The link is made, and the caller is told that the name exists.
        let faults = FaultInjection(before: count) {
            let versions = "\(path)/versions"
            let names = (try? Syscalls.names(inFolder: versions)) ?? []
            guard let staging = names.first(where: { $0.contains(".staging-") }) else { return }
            try? Syscalls.link("\(versions)/\(staging)", to: DatasetFolder(path).path(ofVersion: 2))
        }
        let summary = try FaultInjection.$current.withValue(faults) { try append(1..<2) }
        #expect(summary.version == 2)
        #expect(try numbers() == [0, 1])
        #expect(try DatasetFolder(path).allVersions() == [1, 2])
    }

    @Test func `a link that is made and answered with an error is no error`() throws {
        try create(0..<1)
        let count = try callsBeforeLink()
        let path = path
        let faults = FaultInjection(before: count, failingWith: 5) {
            let versions = "\(path)/versions"
            let names = (try? Syscalls.names(inFolder: versions)) ?? []
            guard let staging = names.first(where: { $0.contains(".staging-") }) else { return }
            try? Syscalls.link("\(versions)/\(staging)", to: DatasetFolder(path).path(ofVersion: 2))
        }
        #expect(try FaultInjection.$current.withValue(faults) { try append(1..<2) }.version == 2)
        #expect(faults.failed == "link")
        #expect(try numbers() == [0, 1])
    }

    @Test func `a number that is free again loses no rows`() throws {
        try create(0..<1)
        let count = try callsBeforeLink()
        // Others commit versions 2 and 3, and version 2 is removed.
        let faults = FaultInjection(before: count) { [self] in
            for number in 1..<3 { _ = try? append(number..<number + 1) }
            try? Syscalls.unlink(DatasetFolder(path).path(ofVersion: 2))
        }
        let summary = try FaultInjection.$current.withValue(faults) { try append(3..<4) }
        #expect(summary.version == 4)
        #expect(try numbers() == [0, 1, 2, 3])
        #expect(try DatasetFolder(path).allVersions() == [1, 3, 4])
    }

    @Test func `a file that is removed before its commit is an error, and no version`() throws {
        try create(0..<1)
        let count = try callsBeforeLink()
        let path = path
        let old = try Syscalls.names(inFolder: "\(path)/data")
        let faults = FaultInjection(before: count) {
            for name in (try? Syscalls.names(inFolder: "\(path)/data")) ?? [] where !old.contains(name) {
                try? Syscalls.unlink("\(path)/data/\(name)")
            }
        }
        var error: ColonnadeError?
        FaultInjection.$current.withValue(faults) {
            do { try append(1..<2) } catch let thrown { error = thrown as? ColonnadeError }
        }
        #expect(error?.code == .fileNotFound && error?.message.contains("removed while") == true)
        #expect(try numbers() == [0])
    }

    @Test func `columns that change while rows are written are an error`() throws {
        try create(0..<1)
        var writer = try FolderWriter(appendingTo: path)
        try writer.append(chunk(of: rows(1..<2), schema))
        // Another data set takes the place of this one.
        try FileManager.default.removeItem(atPath: "\(path)/versions")
        let other = folder.file("other")
        var another = try FolderWriter(
            creating: other,
            schema: Schema([Field("x", .int16, meaning: .classLabels(["a"])), Field("text", kind: .string)]))
        try another.append(chunk(of: rows(0..<1), schema))
        try another.finish()
        try FileManager.default.moveItem(atPath: "\(other)/versions", toPath: "\(path)/versions")
        var error: ColonnadeError?
        do { try writer.finish() } catch let thrown { error = thrown }
        #expect(error?.code == .invalidArgument && error?.message.contains("class names") == true)
        #expect(try DatasetFolder(path).allVersions() == [1])
    }

    @Test func `tags name versions, and can be moved`() throws {
        try create(0..<1)
        try append(1..<2)
        let folder = DatasetFolder(path)
        #expect(try folder.allTags() == [])
        #expect(try folder.setTag("best", version: 1) == 1)
        #expect(try DatasetVersion(path: path, tag: "best").rowCount == 1)
        #expect(try folder.setTag("best", version: nil) == 2)
        #expect(try DatasetVersion(path: path, tag: "best").rowCount == 2)
        #expect(try folder.allTags() == ["best"])
        for name in ["", ".x", "a/b", "a b", String(repeating: "a", count: 129), "a\0b"] {
            #expect(
                #expect(throws: ColonnadeError.self) { try folder.setTag(name, version: 1) }?.code == .invalidArgument)
        }
        #expect(#expect(throws: ColonnadeError.self) { try folder.setTag("x", version: 9) }?.code == .fileNotFound)
        // A tag of another data set, and a file that is no tag.
        let file = "\(path)/tags/best.colonnade"
        try FileManager.default.removeItem(atPath: "\(path)/versions/00000000000000000002.colonnade")
        try append(5..<6)
        #expect(
            #expect(throws: ColonnadeError.self) { try DatasetVersion(path: path, tag: "best") }?.code == .corruptFile)
        try write(bytes(ofFile: "\(Repository.vectors)/scalars.colonnade"), toFile: file)
        #expect(
            #expect(throws: ColonnadeError.self) { try DatasetVersion(path: path, tag: "best") }?.code == .corruptFile)
    }
}
