// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests that a data set of many files and the file that is made of it are equal, in both directions.
@Suite struct DatasetPackerTests {
    /// Finds one entry point in each file that begins with 1.
    private struct Finder: EntryPointFinder {
        func appendEntryPoints(of file: Span<UInt8>, to bytes: inout [UInt8]) throws(ColonnadeError) {
            if file[0] == 1 { bytes += [16, 0, 0, 0, 8, 0, 0, 0, file[1], 0, 0, 0, 0, 0] }
        }
    }

    private let folder: TemporaryFolder
    private var path: String { folder.file("train.colonnade") }
    private var packed: String { folder.file("packed.colonnade") }
    private var back: String { folder.file("back/") }

    init() throws { folder = try TemporaryFolder() }

    /// Makes four fragments with pictures that have entry points, class labels that were corrected, and a column that was added.
    private func make() throws {
        let schema = try Schema([
            Field("image", kind: .bytes, meaning: .media("image/jpeg")),
            Field("label", .uint8, meaning: .classLabels(["a", "b"])), Field("box", .float32, [nil, 4]),
            Field("gone", .int8),
        ])
        func rows(_ numbers: Range<Int>) -> RecordChunk {
            chunk(
                of: [
                    numbers.map { StoredValue(bytes: [UInt8($0 % 2 + 1), UInt8($0), 7]) },
                    numbers.map { StoredValue(bytes: [UInt8($0 % 2)]) },
                    numbers.map { StoredValue(bytes: [UInt8](repeating: UInt8($0), count: $0 % 3 * 16)) },
                    numbers.map { StoredValue(bytes: [UInt8($0)]) },
                ], schema)
        }
        var options = WriterOptions()
        options.entryPoints = Finder()
        options.codecs = ["label": .zstd, "box": .lz4]
        options.metadata = ["origin": "test", "b": "2"]
        var writer = try FolderWriter(creating: path, schema: schema, options: options)
        try writer.append(rows(0..<5))
        try writer.finish()
        for start in [5, 8, 11] {
            var writer = try FolderWriter(appendingTo: path, entryPoints: Finder())
            try writer.append(rows(start..<start + 3))
            try writer.finish()
        }
        var added = try ColumnWriter(addingTo: path, Schema([Field("weight", .float64)]))
        try added.append(
            chunk(of: [(0..<14).map { StoredValue(bytes: [UInt8](repeating: $0, count: 8)) }], added.schema))
        try added.finish()
        try DatasetVersion.renameColumns([("label", "class")], at: path)
        try DatasetVersion.setClassLabels(["cat", "dog"], ofColumn: "class", at: path)
        try DatasetVersion.dropColumns(["gone"], at: path)
    }

    private func expectEqual(_ first: any OpenDataset, _ second: any OpenDataset) throws {
        #expect(first.schema == second.schema && first.rowCount == second.rowCount)
        #expect(try columns(of: first) == columns(of: second))
        #expect(first.metadata.map { [$0.key, $0.value] } == second.metadata.map { [$0.key, $0.value] })
        for index in first.schema.indices {
            let (one, other) = (first.statistics(ofColumn: index), second.statistics(ofColumn: index))
            #expect(one.elements == other.elements && one.min == other.min && one.max == other.max)
        }
    }

    @Test func `a packed data set and its way back have the same rows, labels and entry points`()
        throws
    {
        try make()
        let version = try DatasetVersion(path: path)
        var seen: [Int] = []
        let summary = try DatasetPacker.pack(path, to: packed) { rows, total in
            seen.append(rows)
            return total == 14
        }
        #expect(summary.rowCount == 14 && summary.version == nil && seen.last == 14)
        let file = try StoredDataset(path: packed, verification: .full)
        try expectEqual(version, file)
        #expect(file.schema.first { $0.name == "class" }?.meaning == .classLabels(["cat", "dog"]))
        #expect(try DatasetVerifier.verify(path: packed).problems == [])
        let made = try DatasetPacker.pack(packed, to: back)
        #expect(made.rowCount == 14 && made.version == 1)
        let again = try DatasetVersion(path: back)
        try expectEqual(version, again)
        let pool = TensorPool(keeping: 0)
        for row in 0..<14 {
            let expected: [UInt8] = row % 2 == 0 ? [16, 0, 0, 0, 8, 0, 0, 0, UInt8(row), 0, 0, 0, 0, 0] : []
            let found = [
                try version.entryPoints(ofRow: row, column: 0, from: pool),
                try file.entryPoints(ofRow: row, column: 0, from: pool),
                try again.entryPoints(ofRow: row, column: 0, from: pool),
            ]
            for one in found { #expect(try one?.elements(as: UInt8.self) ?? [] == expected) }
        }
        for index in version.schema.indices {
            #expect(version.codec(ofColumn: index) == again.codec(ofColumn: index))
        }
        #expect(try FolderVerifier.verify(path: back).problems.isEmpty)
        // Rows are added to both as before.
        var writer = try FolderWriter(appendingTo: back)
        try writer.append(try version.chunk(rows: 3..<4, columns: Array(version.schema.indices)))
        #expect(try writer.finish().rowCount == 15)
    }

    @Test func `versions, tags, empty data sets and files are packed, and a target is replaced only if asked`() throws {
        try make()
        _ = try DatasetFolder(path).setTag("first", version: 1)
        try DatasetPacker.pack(path, tag: "first", to: packed)
        #expect(try StoredDataset(path: packed).schema.names == ["image", "label", "box", "gone"])
        #expect(throws: ColonnadeError.self) { try DatasetPacker.pack(path, version: 2, to: packed) }
        #expect(try StoredDataset(path: packed).rowCount == 5)
        try DatasetPacker.pack(path, version: 2, to: packed, replacing: true)
        #expect(try StoredDataset(path: packed).rowCount == 8)
        // A file is copied too, but not onto itself, and not onto a data set.
        try DatasetPacker.pack(packed, to: folder.file("copy"))
        try expectEqual(StoredDataset(path: packed), StoredDataset(path: folder.file("copy")))
        #expect(throws: ColonnadeError.self) { try DatasetPacker.pack(packed, to: packed, replacing: true) }
        #expect(throws: ColonnadeError.self) { try DatasetPacker.pack(packed, to: path) }
        #expect(throws: ColonnadeError.self) { try DatasetPacker.pack(packed, version: 1, to: folder.file("x")) }
        // Targets in the folder that is read, also by another name.
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/data")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
        for target in ["\(path)/data/\(names[0])", "\(folder.file("link"))/data/new", "\(path)/many/"] {
            let error = #expect(throws: ColonnadeError.self) {
                try DatasetPacker.pack(path, to: target, replacing: true)
            }
            #expect(error?.code == .fileExists && error?.message.hasPrefix("it is in the folder") == true)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/data") == names)
        let empty = "\(Repository.vectors)/many-files/empty"
        try DatasetPacker.pack(empty, to: folder.file("empty"))
        try expectEqual(DatasetVersion(path: empty), StoredDataset(path: folder.file("empty")))
        for name in ["appended", "columns", "two-layouts"] {
            let vector = "\(Repository.vectors)/many-files/\(name)"
            try DatasetPacker.pack(vector, to: folder.file(name))
            try expectEqual(DatasetVersion(path: vector), StoredDataset(path: folder.file(name), verification: .full))
        }
    }

    @Test func `damage, a stop and a call that fails leave no target`() throws {
        try make()
        let stopped = #expect(throws: ColonnadeError.self) {
            try DatasetPacker.pack(path, to: packed) { _, _ in false }
        }
        #expect(stopped?.code == .cancelled)
        for call in stride(from: 0, to: 1000, by: 3) {
            let faults = FaultInjection(failing: call, with: 28, persistent: true)
            FaultInjection.$current.withValue(faults) { _ = try? DatasetPacker.pack(path, to: packed) }
            guard faults.failed != nil else { break }
            if FileManager.default.fileExists(atPath: packed) {
                #expect(try StoredDataset(path: packed, verification: .full).rowCount == 14)
                try FileManager.default.removeItem(atPath: packed)
            }
        }
        try FileManager.default.removeItem(atPath: packed)
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/data").sorted()
        var bytes = try bytes(ofFile: "\(path)/data/\(names[0])")
        bytes[140] ^= 1
        try write(bytes, toFile: "\(path)/data/\(names[0])")
        let error = #expect(throws: ColonnadeError.self) { try DatasetPacker.pack(path, to: packed) }
        #expect(error?.code == .corruptFile)
        #expect(throws: ColonnadeError.self) { try DatasetPacker.pack(path, to: back) }
        #expect(!FileManager.default.fileExists(atPath: packed))
    }
}
