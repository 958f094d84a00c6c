// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

/// Tests changes of columns: values, files that stay, other writers, and every system call that fails.
@Suite struct ColumnWriterTests {
    private let folder: TemporaryFolder
    private let schema: Schema
    private let added: Schema
    private var path: String { folder.file("train.colonnade") }

    init() throws {
        folder = try TemporaryFolder()
        schema = try Schema([
            Field("x", .uint8), Field("class", .uint8, meaning: .classLabels(["cat", "dgo"])),
            Field("text", kind: .string),
        ])
        added = try Schema([Field("y", .uint8), Field("name", kind: .string)])
    }

    private func rows(_ numbers: Range<Int>) -> RecordChunk {
        chunk(
            of: [
                numbers.map { StoredValue(bytes: [UInt8($0)]) }, numbers.map { StoredValue(bytes: [UInt8($0 % 2)]) },
                numbers.map { StoredValue(bytes: Array("row \($0)".utf8)) },
            ], schema)
    }

    private func further(_ numbers: Range<Int>, _ schema: Schema) -> RecordChunk {
        chunk(
            of: schema.map { field in
                numbers.map { StoredValue(bytes: field.kind == .string ? Array("new \($0)".utf8) : [UInt8(2 * $0)]) }
            }, schema)
    }

    /// Makes a data set with a fragment for each count.
    private func create(_ counts: [Int]) throws {
        try? FileManager.default.removeItem(atPath: path)
        var first = 0
        for count in counts {
            var writer = try first == 0 ? FolderWriter(creating: path, schema: schema) : FolderWriter(appendingTo: path)
            try writer.append(rows(first..<first + count))
            try writer.finish()
            first += count
        }
    }

    private func append(_ numbers: Range<Int>) throws {
        var writer = try FolderWriter(appendingTo: path)
        try writer.append(rows(numbers))
        try writer.finish()
    }

    private func add(_ count: Int, _ schema: Schema? = nil, replacing: Bool = false, inputs: [String] = []) throws {
        let schema = schema ?? added
        var writer = try ColumnWriter(addingTo: path, schema, inputs: inputs, isReplacing: replacing)
        try writer.append(further(0..<count, schema))
        try writer.finish()
    }

    /// Returns the rows of a version as texts, column by column. All files are verified.
    private func texts(_ version: Int? = nil) throws -> [String: [String]] {
        let dataset = try DatasetVersion(path: path, version: version, verification: .full)
        let values = try columns(of: dataset)
        var result: [String: [String]] = [:]
        for (field, column) in zip(dataset.schema, values) {
            result[field.name] = column.map {
                field.kind == .string ? String(decoding: $0.bytes, as: UTF8.self) : "\($0.bytes[0])"
            }
        }
        return result
    }

    private func error(_ body: () throws -> Void) -> ColonnadeError? {
        do { try body() } catch { return error as? ColonnadeError }
        return nil
    }

    private func files() throws -> [String: String] {
        var result: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(path)/data") {
            let info = try FileManager.default.attributesOfItem(atPath: "\(path)/data/\(name)")
            let time = (info[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            result[name] = "\(time) \(try bytes(ofFile: "\(path)/data/\(name)").hashValue)"
        }
        return result
    }

    @Test func `columns are added to fragments, and no other file changes`() throws {
        try create([3, 1, 4])
        let before = try files()
        var writer = try ColumnWriter(addingTo: path, added)
        // Chunks and samples that do not end where fragments do.
        try writer.append(further(0..<2, added))
        try writer.append(
            Sample(schema: added, tensors: [Tensor(scalar: 4 as UInt8), Tensor(utf8: "new 2")]))
        try writer.append(further(3..<8, added))
        #expect(writer.writtenRowCount == 8)
        let summary = try writer.finish()
        #expect(summary.rowCount == 8 && summary.version == 4 && summary.segmentCount == 3)
        let after = try files()
        #expect(after.count == 6 && before.allSatisfy { after[$0.key] == $0.value })
        let found = try texts()
        #expect(found["y"] == (0..<8).map { "\(2 * $0)" } && found["name"] == (0..<8).map { "new \($0)" })
        #expect(found["text"] == (0..<8).map { "row \($0)" } && found["x"] == (0..<8).map { "\($0)" })
        #expect(try texts(3).keys.sorted() == ["class", "text", "x"])
        let version = try DatasetVersion(path: path)
        #expect(
            version.record.operation == "add columns" && version.schema.names == ["x", "class", "text", "y", "name"])
        #expect(version.statistics(ofColumn: 3).max.double == 14 && version.statistics(ofColumn: 4).longest == 5)
        #expect(try version.row(5, columns: [4, 0, 3])[0].strings() == ["new 5"])
        let pool = TensorPool()
        let batch = try version.gather(rows: [7, 0, 3], columns: [3, 0], from: pool)
        #expect(try batch[0].elements(as: UInt8.self) == [14, 0, 6] && batch[1].elements(as: UInt8.self) == [7, 0, 3])
        // Appended rows have all columns in one file.
        var appending = try FolderWriter(appendingTo: path)
        try appending.append(
            RecordChunk(rowCount: 2, columns: rows(8..<10).columns + further(8..<10, added).columns))
        try appending.finish()
        #expect(try texts()["name"] == (0..<10).map { "new \($0)" })
        #expect(try DatasetVersion(path: path).valueCounts(ofColumn: 3)?.count == 10)
        let report = try FolderVerifier.verify(path: path)
        #expect(report.problems.isEmpty && report.unreferenced.isEmpty && report.fileCount == 7)
    }

    @Test func `columns are replaced, dropped and renamed, and class labels corrected`() throws {
        try create([2, 3])
        let count = try files().count
        try add(5, try Schema([Field("text", kind: .string), Field("x", .uint8)]), replacing: true)
        #expect(try texts()["text"] == (0..<5).map { "new \($0)" } && texts()["x"] == ["0", "2", "4", "6", "8"])
        #expect(try DatasetVersion(path: path).schema.names == ["x", "class", "text"])
        #expect(try texts(2)["text"] == (0..<5).map { "row \($0)" })
        try DatasetVersion.renameColumns([("x", "text"), ("text", "x")], at: path)
        #expect(try texts()["x"]?[1] == "new 1" && texts()["text"]?[1] == "2")
        try DatasetVersion.setClassLabels(["cat", "dog", "cow"], ofColumn: "class", at: path)
        #expect(try DatasetVersion(path: path).schema[1].meaning == .classLabels(["cat", "dog", "cow"]))
        #expect(try DatasetVersion(path: path, version: 4).schema[1].meaning == .classLabels(["cat", "dgo"]))
        // The first files have no column but "class", and then none.
        #expect(try DatasetVersion(path: path).fileCount == 4)
        let version = try DatasetVersion.dropColumns(["class"], at: path)
        #expect(try version == 6 && DatasetVersion(path: path).fileCount == 2)
        #expect(try texts().keys.sorted() == ["text", "x"])
        try DatasetVersion.dropColumns(["text"], at: path)
        #expect(try texts() == ["x": (0..<5).map { "new \($0)" }])
        #expect(try files().count == count + 2)
        let log = try DatasetFolder(path).log().map(\.record.operation)
        #expect(
            log == [
                "drop columns", "drop columns", "class labels", "rename columns", "replace columns", "append", "create",
            ])
        #expect(try FolderVerifier.verify(path: path).problems.isEmpty)
        // Old versions are removed, and with them the files that only they need.
        try FolderGarbage(in: path, keeping: 1, olderThan: 0).remove()
        #expect(try files().count == 2 && texts() == ["x": (0..<5).map { "new \($0)" }])
    }

    @Test func `metadata that describes a column goes with it`() throws {
        func metadata() throws -> [String] {
            try DatasetVersion(path: path).metadata.map { "\($0.key)=\($0.value)" }.sorted()
        }
        var options = WriterOptions()
        options.metadata = ["x.storage": "raw", "text.storage": "t", "origin": "test"]
        var writer = try FolderWriter(creating: path, schema: schema, options: options)
        try writer.append(rows(0..<2))
        try writer.finish()
        try DatasetVersion.renameColumns([("x", "text"), ("text", "x")], at: path)
        #expect(try metadata() == ["origin=test", "text.storage=raw", "x.storage=t"])
        try add(2, try Schema([Field("x", .uint8)]), replacing: true)
        #expect(try metadata() == ["origin=test", "text.storage=raw"])
        options.metadata = ["z.storage": "raw"]
        var added = try ColumnWriter(addingTo: path, try Schema([Field("z", .uint8)]), options: options)
        try added.append(further(0..<2, added.schema))
        try added.finish()
        try DatasetVersion.dropColumns(["text"], at: path)
        #expect(try metadata() == ["origin=test", "z.storage=raw"])
        options.metadata = ["class.storage": "mine"]
        // A name whose metadata would be another column's.
        var last = try ColumnWriter(addingTo: path, try Schema([Field("w", .uint8)]), options: options)
        try last.append(further(0..<2, last.schema))
        try last.finish()
        let error = error { try DatasetVersion.renameColumns([("z", "class"), ("class", "z")], at: path) }
        #expect(error == nil)
        #expect(try metadata() == ["class.storage=raw", "origin=test", "z.storage=mine"])
        // Metadata of the user stays when a column is added that it may describe.
        options.metadata = ["s3.storage": "mine"]
        try FileManager.default.removeItem(atPath: path)
        var other = try FolderWriter(creating: path, schema: schema, options: options)
        try other.append(rows(0..<2))
        try other.finish()
        try add(2, try Schema([Field("s3", .uint8)]))
        #expect(try metadata() == ["s3.storage=mine"])
    }

    @Test func `a change that is impossible changes nothing`() throws {
        try create([2, 2])
        let text = try Schema([Field("text", kind: .string)])
        typealias Code = ColonnadeError.Code
        let cases: [(Code, () throws -> Void)] = [
            (.invalidArgument, { try add(4, text) }),
            (.unknownKey, { try add(4, replacing: true) }),
            (.unknownKey, { try add(4, inputs: ["no"]) }),
            (.invalidArgument, { try add(3) }),
            (.invalidArgument, { try add(5) }),
            (.unknownKey, { try DatasetVersion.dropColumns(["x", "no"], at: path) }),
            (.invalidArgument, { try DatasetVersion.dropColumns(["x", "class", "text"], at: path) }),
            (.unknownKey, { try DatasetVersion.renameColumns([("no", "x")], at: path) }),
            (.invalidArgument, { try DatasetVersion.renameColumns([("x", "text")], at: path) }),
            (.invalidArgument, { try DatasetVersion.dropColumns([], at: path) }),
            (.invalidArgument, { try DatasetVersion.renameColumns([], at: path) }),
            (.invalidArgument, { try DatasetVersion.renameColumns([("x", "a"), ("x", "b")], at: path) }),
            (.invalidArgument, { try DatasetVersion.renameColumns([("x", "")], at: path) }),
            (.invalidArgument, { try DatasetVersion.setClassLabels(["cat"], ofColumn: "class", at: path) }),
            (.invalidArgument, { try DatasetVersion.setClassLabels(["cat", "a\0b"], ofColumn: "class", at: path) }),
            (.invalidArgument, { try DatasetVersion.setClassLabels(["cat"], ofColumn: "x", at: path) }),
            (.fileNotFound, { try DatasetVersion.dropColumns(["x"], at: folder.file("no")) }),
        ]
        let before = try files()
        for (index, (code, change)) in cases.enumerated() {
            let error = error(change)
            #expect(error?.code == code, "\(index): \(String(describing: error))")
            #expect(try DatasetFolder(path).allVersions() == [1, 2] && files() == before, "\(index)")
        }
    }

    @Test func `a file becomes a data set with itself as the first file`() throws {
        try write(columns(of: rows(0..<5), schema), schema, to: path)
        let content = try bytes(ofFile: path)
        let identity = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        do {
            var writer = try ColumnWriter(addingTo: path, added)
            try writer.append(further(0..<3, added))
            // Nobody appends to the file meanwhile.
            #expect(throws: ColonnadeError.self) { _ = try DatasetWriter(appendingTo: path) }
        }
        for change: () throws -> Void in [
            { try add(4) }, { try DatasetVersion.dropColumns(["no"], at: path) },
            { try DatasetVersion.setClassLabels([], ofColumn: "class", at: path) },
        ] {
            let error = error(change)
            #expect(error?.place?.description == path, "\(String(describing: error))")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["train.colonnade"])
            #expect(try bytes(ofFile: path) == content)
        }
        // Files that a killed process left are removed.
        let left = "\(folder.path)/.train.colonnade.staging-\(String(repeating: "ab", count: 16))"
        try DatasetFolder(left).make()
        try write([1], toFile: "\(left)/data/x")
        try add(5)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["train.colonnade"])
        #expect(try texts()["name"] == (0..<5).map { "new \($0)" } && texts()["text"] == (0..<5).map { "row \($0)" })
        let found = try FileManager.default.contentsOfDirectory(atPath: "\(path)/data").map {
            try FileManager.default.attributesOfItem(atPath: "\(path)/data/\($0)")[.systemFileNumber] as? Int
        }
        #expect(found.contains(identity) && found.count == 2)
        #expect(try texts(1).count == 3)
        // A file without rows, with a change that writes none.
        try FileManager.default.removeItem(atPath: path)
        try write([[], [], []], schema, to: path)
        #expect(try DatasetVersion.renameColumns([("x", "z")], at: path) == 2)
        #expect(try texts() == ["z": [], "class": [], "text": []])
        try add(0)
        #expect(try texts().count == 5)
    }

    @Test func `changes of other writers are kept, or the change is refused`() throws {
        // Another writer adds a column: both are there.
        try create([2])
        var writer = try ColumnWriter(addingTo: path, added)
        try writer.append(further(0..<2, added))
        try add(2, try Schema([Field("z", .uint8)]))
        try writer.finish()
        #expect(try DatasetVersion(path: path).schema.names == ["x", "class", "text", "z", "y", "name"])
        // Another writer appends rows: they lack values, which can be added.
        try create([2])
        for adds in [false, true] {
            var writer = try ColumnWriter(addingTo: path, adds ? added : try Schema([Field("w", .uint8)]))
            try writer.append(further(0..<2, writer.schema))
            if !adds {
                #expect(try writer.missingRowCount() == 0)
                try append(2..<5)
                var code: ColonnadeError.Code?
                do { try writer.finish() } catch { code = error.code }
                #expect(code == .invalidArgument)
            } else {
                #expect(try writer.missingRowCount() == 3)
                try writer.append(further(2..<5, added))
                try writer.finish()
            }
        }
        #expect(try texts()["y"] == ["0", "2", "4", "6", "8"] && texts()["w"] == nil)
        #expect(try FolderVerifier.verify(path: path).unreferenced.isEmpty)
        // Another writer replaces an input, adds a column with the name, or replaces the replaced one.
        for (replacing, inputs, change) in [
            (false, ["x"], { try add(2, try Schema([Field("x", .uint8)]), replacing: true) }),
            (false, [], { try add(2, try Schema([Field("y", .uint8)])) }),
            (true, [], { try add(2, try Schema([Field("text", kind: .string)]), replacing: true) }),
            (true, [], { try DatasetVersion.dropColumns(["text"], at: path) }),
        ] as [(Bool, [String], () throws -> Void)] {
            try create([2])
            let schema = replacing ? try Schema([Field("text", kind: .string)]) : added
            var writer = try ColumnWriter(addingTo: path, schema, inputs: inputs, isReplacing: replacing)
            try writer.append(further(0..<2, schema))
            try change()
            let expected = try texts()
            var error: ColonnadeError?
            do { try writer.finish() } catch let thrown { error = thrown }
            #expect(error?.code == .invalidArgument && error?.message.contains("meanwhile") == true)
            #expect(try texts() == expected && FolderVerifier.verify(path: path).unreferenced.isEmpty)
        }
    }

    @Test(arguments: [false, true]) func `a call that fails leaves the old columns or the new ones`(isFile: Bool) throws
    {
        let one = try Schema([Field("y", .uint8)])
        var synchronizations = 0
        for call in 0... {
            try create(isFile ? [2] : [1, 1])
            if isFile {
                try FileManager.default.removeItem(atPath: path)
                try write(columns(of: rows(0..<2), schema), schema, to: path)
            }
            let faults = FaultInjection(failing: call, with: 5, persistent: false)
            var error: ColonnadeError?
            FaultInjection.$current.withValue(faults) {
                do { try add(2, one) } catch let thrown { error = thrown as? ColonnadeError }
            }
            let names = try StoredDataset.open(path).schema.names
            let isNew = names.contains("y")
            guard faults.failed != nil else {
                #expect(error == nil && isNew)
                break
            }
            // Each new file, the folder with them, the manifest and the folder with it.
            if faults.failed == "fsync" {
                synchronizations += 1
                #expect(error != nil)
            }
            #expect(error != nil || isNew, "call \(call)")
            if isNew, let error { #expect(error.message.contains("may"), "\(error)") }
            if !isNew {
                // All new files are removed, or all of them stay, as the commit may be in force.
                let unreferenced = try isFile ? 0 : FolderVerifier.verify(path: path).unreferenced.count
                #expect(unreferenced == 0 || unreferenced == 2, "call \(call)")
                try add(2, one)
            }
            #expect(try texts()["y"] == ["0", "2"] && texts()["text"] == ["row 0", "row 1"], "call \(call)")
        }
        #expect(synchronizations >= (isFile ? 4 : 5))
    }

    @Test func `another writer that commits before any call loses nothing`() throws {
        for call in 0... {
            try create([2])
            let faults = FaultInjection(before: call) { [self] in
                _ = try? DatasetVersion.renameColumns([("text", "note")], at: path)
            }
            try FaultInjection.$current.withValue(faults) { try add(2, try Schema([Field("y", .uint8)])) }
            #expect(try texts()["y"] == ["0", "2"] && texts()[faults.failed == nil ? "text" : "note"]?.count == 2)
            guard faults.failed != nil else { break }
        }
    }
}
