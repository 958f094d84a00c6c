// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests columns with entry points: who sees them, and what writers and readers do with them.
@Suite struct EntryPointTests {
    /// Finds one entry point in each file that begins with 1, whose DC value tells the second byte.
    private struct FirstBytes: EntryPointFinder {
        func appendEntryPoints(of file: Span<UInt8>, to bytes: inout [UInt8]) throws(ColonnadeError) {
            guard file.count > 1, file[0] == 1 else { return }
            bytes += [16, 0, 0, 0, 8, 0, 0, 0, file[1], 0, 0, 0, 0, 0]
        }
    }

    private let folder: TemporaryFolder
    private let schema: Schema
    private var path: String { folder.file("data.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([
            Field("image", kind: .bytes, meaning: .media("image/jpeg")), Field("label", .uint8),
            Field("image.entry_points", kind: .bytes), Field("any", kind: .bytes, meaning: .media("image/*")),
            Field("png", kind: .bytes, meaning: .media("image/png")),
        ])
    }

    private static func options(_ finder: (any EntryPointFinder)? = FirstBytes()) -> WriterOptions {
        var options = WriterOptions()
        options.entryPoints = finder
        return options
    }

    /// Returns rows whose pictures have entry points, except each third one.
    private func rows(_ numbers: Range<Int>) -> [[StoredValue]] {
        let files = numbers.map { StoredValue(bytes: [$0 % 3 == 2 ? 2 : 1, UInt8($0 % 200), 7]) }
        return [
            files, numbers.map { StoredValue(bytes: [UInt8($0 % 200)]) },
            numbers.map { _ in StoredValue(bytes: [9]) }, files.reversed(), files,
        ]
    }

    private func entryPoints(_ dataset: StoredDataset, _ column: Int) throws -> [[UInt8]] {
        try (0..<dataset.rowCount).map { row in
            let found = try dataset.entryPoints(ofRow: row, column: column, from: TensorPool(keeping: 0))
            return try found?.elements(as: UInt8.self) ?? []
        }
    }

    private func expected(_ numbers: Range<Int>) -> [[UInt8]] {
        numbers.map { $0 % 3 == 2 ? [] : [16, 0, 0, 0, 8, 0, 0, 0, UInt8($0 % 200), 0, 0, 0, 0, 0] }
    }

    @Test func `entry points are found for pictures, are no part of the schema, and the reference reads them`() throws {
        try write(rows(0..<8), schema, to: path, options: EntryPointTests.options(), rowsPerChunk: 3)
        let dataset = try StoredDataset(path: path)
        #expect(dataset.schema == schema)
        #expect(schema.indices.map { dataset.hasEntryPoints(ofColumn: $0) } == [true, false, false, true, false])
        #expect(dataset.entryPointByteCount(ofColumn: 0) == 6 * 14 + 8 * 8)
        #expect(dataset.entryPointByteCount(ofColumn: 1) == nil)
        #expect(try entryPoints(dataset, 0) == expected(0..<8) && entryPoints(dataset, 3) == expected(0..<8).reversed())
        #expect(try columns(of: dataset) == rows(0..<8))
        let json = try Reference.readVerified(path)
        #expect(try JSONContents.differences(dataset, json, exactStatistics: true) == [])
        let names = (json["columns"]?.array ?? []).compactMap { $0["name"]?.string }
        #expect(names == schema.names + ["image.entry_points_2", "any.entry_points"])
        #expect(try DatasetVerifier.verify(path: path).problems == [])
        try write(rows(0..<8), schema, to: folder.file("without"), options: EntryPointTests.options(nil))
        #expect(try StoredDataset(path: folder.file("without")).hasEntryPoints(ofColumn: 0) == false)
    }

    @Test func `an append finds entry points in a file that has them, and rewriting keeps them`() throws {
        try write(rows(0..<5), schema, to: path, options: EntryPointTests.options())
        for finder in [FirstBytes(), nil] as [FirstBytes?] {
            var writer = try DatasetWriter(appendingTo: path, entryPoints: finder)
            #expect(writer.schema == schema)
            try writer.append(chunk(of: rows(5..<8), schema))
            try writer.finish()
        }
        let dataset = try StoredDataset(path: path)
        #expect(try entryPoints(dataset, 0) == expected(0..<8) + [[], [], []])
        // A footer that is so large that a few appends have the effect of many.
        var options = EntryPointTests.options()
        options.metadata = ["large": String(repeating: "x", count: 300_000)]
        try write(rows(0..<5), schema, to: folder.file("large"), options: options)
        var (count, size, isRewritten) = (5, 0, false)
        while !isRewritten, count < 20 {
            var writer = try DatasetWriter(appendingTo: folder.file("large"), entryPoints: FirstBytes())
            try writer.append(chunk(of: rows(count..<count + 1), schema))
            try writer.finish()
            count += 1
            let before = size
            size = try bytes(ofFile: folder.file("large")).count
            isRewritten = size < before
        }
        #expect(isRewritten)
        let rewritten = try StoredDataset(path: folder.file("large"))
        #expect(try entryPoints(rewritten, 0) == expected(0..<count))
        #expect(try DatasetVerifier.verify(path: folder.file("large")).problems == [])
    }

    @Test func `files of a data set of many files have entry points`() throws {
        let path = folder.file("many/")
        var writer = try FolderWriter(creating: path, schema: schema, options: EntryPointTests.options())
        try writer.append(chunk(of: rows(0..<4), schema))
        try writer.finish()
        var more = try FolderWriter(appendingTo: path, entryPoints: FirstBytes())
        #expect(more.schema == schema)
        try more.append(chunk(of: rows(4..<7), schema))
        try more.finish()
        let version = try DatasetVersion(path: path)
        #expect(version.schema == schema && version.hasEntryPoints(ofColumn: 3) && !version.hasEntryPoints(ofColumn: 4))
        let found = try (0..<7).map { row in
            let found = try version.entryPoints(ofRow: row, column: 0, from: TensorPool(keeping: 0))
            return try found?.elements(as: UInt8.self) ?? []
        }
        #expect(found == expected(0..<7))
        #expect(try FolderVerifier.verify(path: path).problems == [])
    }

    @Test func `columns are added, renamed and dropped beside entry points`() throws {
        let path = folder.file("many/")
        var writer = try FolderWriter(creating: path, schema: schema, options: EntryPointTests.options())
        try writer.append(chunk(of: rows(0..<4), schema))
        try writer.finish()
        func found(_ version: DatasetVersion, _ name: String) throws -> [[UInt8]] {
            let column = try version.schema.index(of: name)
            return try (0..<version.rowCount).map { row in
                let found = try version.entryPoints(ofRow: row, column: column, from: TensorPool(keeping: 0))
                return try found?.elements(as: UInt8.self) ?? []
            }
        }
        // One of the new columns has the name of a column that nobody sees.
        let added = try Schema([
            Field("new", kind: .bytes, meaning: .media("image/jpeg")), Field("any.entry_points", .uint8),
        ])
        var columns = try ColumnWriter(addingTo: path, added, options: EntryPointTests.options())
        try columns.append(chunk(of: [rows(0..<4)[0], rows(0..<4)[1]], added))
        try columns.finish()
        var version = try DatasetVersion(path: path)
        #expect(version.schema.names == schema.names + added.names)
        #expect(try found(version, "image") == expected(0..<4) && found(version, "any") == expected(0..<4).reversed())
        #expect(try found(version, "new") == expected(0..<4))
        try DatasetVersion.renameColumns([("png", "image.entry_points_2"), ("new", "newer")], at: path)
        try DatasetVersion.dropColumns(["any", "label"], at: path)
        version = try DatasetVersion(path: path)
        #expect(
            version.schema.names == [
                "image", "image.entry_points", "image.entry_points_2", "newer", "any.entry_points",
            ])
        #expect(try found(version, "image") == expected(0..<4) && found(version, "newer") == expected(0..<4))
        #expect(throws: ColonnadeError.self) { try DatasetVersion.dropColumns(["any.entry_points_2"], at: path) }
        var more = try FolderWriter(appendingTo: path, entryPoints: FirstBytes())
        try more.append(chunk(of: [0, 2, 4, 0, 1].map { rows(4..<6)[$0] }, more.schema))
        try more.finish()
        #expect(try found(DatasetVersion(path: path), "newer") == expected(0..<6))
        #expect(try FolderVerifier.verify(path: path).problems == [])
    }

    @Test func `damaged entry points are ignored, and a verifier reports them`() throws {
        var options = EntryPointTests.options()
        options.checksumBlockExponent = 12
        let picture = [UInt8](repeating: 1, count: 5000)
        let rows = self.rows(0..<3).map { column in
            column.map { $0.bytes.count == 3 ? StoredValue(bytes: $0.bytes + picture) : $0 }
        }
        try write(rows, schema, to: path, options: options)
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        let start = try #require((0..<bytes.count - 8).last { bytes[$0..<$0 + 8] == [16, 0, 0, 0, 8, 0, 0, 0] })
        bytes[start + 4] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        for verification in [StoredDataset.Verification.automatic, .onFirstTouch] {
            let dataset = try StoredDataset(path: path, verification: verification)
            #expect(try entryPoints(dataset, 3) == [[], [], []])
            for row in 0..<3 {
                let files = try dataset.row(row, columns: [0, 3]).map { try $0.elements(as: UInt8.self) }
                #expect(files == [rows[0][row].bytes, rows[3][row].bytes])
            }
        }
        #expect(try DatasetVerifier.verify(path: path).problems.map(\.rule) == [29])
        #expect(throws: ColonnadeError.self) { try StoredDataset(path: path, verification: .full) }
    }
}
