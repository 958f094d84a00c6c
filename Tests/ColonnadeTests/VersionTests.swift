// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeStore
import Foundation
import Testing

/// Tests buffers over data sets of many files.
@Suite(.timeLimit(.minutes(15))) struct VersionTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("many-\(UUID().uuidString)").path

    /// Makes a data set of files with the given numbers of rows, all of them in one file too, and returns both as buffers.
    private func make(_ counts: [Int]) throws -> (folder: Buffer, file: Buffer) {
        let schema = try Schema([Field("image", .uint8, [4]), Field("label", .int32), Field("text", kind: .string)])
        var row = 0
        func sample() -> Sample {
            defer { row += 1 }
            return Sample(
                schema: schema,
                tensors: [
                    Tensor([UInt8](repeating: UInt8(row), count: 4), shape: [4]), Tensor(scalar: Int32(row)),
                    Tensor(utf8: String(repeating: "a", count: row % 4)),
                ])
        }
        for (index, count) in counts.enumerated() {
            var writer =
                try index == 0
                ? FolderWriter(creating: folder, schema: schema) : FolderWriter(appendingTo: folder)
            for _ in 0..<count { try writer.append(sample()) }
            try writer.finish()
        }
        row = 0
        let path = folder + ".colonnade"
        var writer = try DatasetWriter(creating: path, schema: schema)
        for _ in 0..<counts.reduce(0, +) { try writer.append(sample()) }
        try writer.finish()
        return (try Buffer(at: folder), try Buffer(at: path))
    }

    private func remove() {
        for path in [folder, folder + ".colonnade"] { try? FileManager.default.removeItem(atPath: path) }
    }

    @Test func `a version gives the samples of one file with the same rows`() async throws {
        defer { remove() }
        let (many, one) = try make([7, 1, 20, 3])
        #expect(many.count == 31 && many.schema == one.schema)
        #expect(many.explain().contains("version 4"))
        for change: @Sendable (Buffer) throws -> Buffer in [
            { $0 }, { try $0.shuffled(seed: 3).batched(by: 8) }, { try $0.batched(by: 9) },
            { try $0.shuffled(seed: 3).cast("image", to: .float32).scaled("image", by: 0.5).batched(by: 8) },
            { try $0.shuffled(seed: 5).map("label") { $0 }.batched(by: 6) },
            { try $0.appending($0).shuffled(seed: 1).batched(by: 5) },
        ] {
            let (found, expected) = (try change(many), try change(one))
            #expect(found.count == expected.count)
            for index in 0..<found.count {
                #expect(try found[index].tensors == expected[index].tensors)
            }
            let same = try zip(samples(of: found.stream(), most: 99), samples(of: expected.stream(), most: 99))
                .allSatisfy { $0.keys == $1.keys && zip($0.tensors, $1.tensors).allSatisfy { $0 == $1 } }
            #expect(same)
        }
        let normalized = try (many.normalized("image")[30], one.normalized("image")[30])
        let pairs = try zip(
            normalized.0["image"].elements(as: Float.self), normalized.1["image"].elements(as: Float.self))
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-5 })
        let batches = try many.shuffled(seed: 2).batched(by: 4)
        try await checkTransform(batches)
        try checkResumable(batches.stream())
    }

    @Test func `columns of several files are read as those of one file`() throws {
        defer { remove() }
        let (_, one) = try make([7, 1, 20])
        let added = try Schema([Field("twice", .int32, [2]), Field("note", kind: .string)])
        var writer = try ColumnWriter(addingTo: folder, added)
        for row in 0..<28 {
            let twice = Tensor([Int32(row), Int32(2 * row)], shape: [2])
            try writer.append(
                Sample(schema: added, tensors: [twice, Tensor(utf8: String(repeating: "b", count: row % 3))]))
        }
        try writer.finish()
        let many = try Buffer(at: folder)
        for change: @Sendable (Buffer) throws -> Buffer in [
            { $0 }, { try $0.shuffled(seed: 3).batched(by: 8) }, { try $0.batched(by: 9) },
            { try $0.shuffled(seed: 3).cast("image", to: .float32).batched(by: 8) },
        ] {
            let (found, expected) = (try change(many), try change(one))
            for index in 0..<found.count {
                for key in ["image", "label", "text"] { #expect(try found[index][key] == expected[index][key]) }
                let labels = try found[index]["label"].elements(as: Int32.self)
                #expect(try found[index]["twice"].elements(as: Int32.self) == labels.flatMap { [$0, 2 * $0] })
                let notes = try found[index]["note"].strings()
                #expect(notes == labels.map { String(repeating: "b", count: Int($0) % 3) })
            }
        }
        let batches = try many.shuffled(seed: 2).batched(by: 4)
        try checkResumable(batches.stream())
    }

    @Test func `rows that are appended after a column was added are read with the others`() throws {
        defer { remove() }
        _ = try make([7, 1, 20])
        func values(_ row: Int) -> [String: Tensor] {
            [
                "image": Tensor([UInt8](repeating: UInt8(row), count: 4), shape: [4]),
                "label": Tensor(scalar: Int32(row)),
                "text": Tensor(utf8: String(repeating: "a", count: row % 4)),
                "twice": Tensor([Int32(row), Int32(2 * row)], shape: [2]),
                "note": Tensor(utf8: String(repeating: "b", count: row % 3)),
            ]
        }
        let added = try Schema([Field("twice", .int32, [2]), Field("note", kind: .string)])
        var columns = try ColumnWriter(addingTo: folder, added)
        for row in 0..<28 {
            try columns.append(Sample(schema: added, tensors: added.names.compactMap { values(row)[$0] }))
        }
        try columns.finish()
        var writer = try FolderWriter(appendingTo: folder)
        for row in 28..<40 {
            try writer.append(
                Sample(schema: writer.schema, tensors: writer.schema.names.compactMap { values(row)[$0] }))
        }
        try writer.finish()
        let version = try DatasetVersion(path: folder)
        let parts = try #require(version.joinableFiles())
        #expect(
            parts.map { $0.columns.map { version.schema.names[$0] } } == [
                ["image", "label", "text"], ["twice", "note"],
            ])
        for part in parts {
            let joined = JoinedDatasets(part.datasets, columns: part.numbers)
            #expect(part.datasets.count == 4 && part.columns.indices.allSatisfy(joined.canRead))
        }
        let many = try Buffer(at: folder)
        for keys in [["label", "image"], ["note", "label", "twice"], many.schema.names] {
            let chosen = try many.selecting(keys)
            for buffer in [chosen, chosen.shuffled(seed: 5)] {
                var rows: [Int32] = []
                for batch in try samples(of: buffer.batched(by: 9).stream().prefetched(depth: 3, threads: 2), most: 99)
                {
                    let labels = try batch["label"].elements(as: Int32.self)
                    rows += labels
                    for (index, label) in labels.enumerated() {
                        for key in keys {
                            let expected = try #require(values(Int(label))[key])
                            if expected.dtype == .uint8 && key != "image" {
                                #expect(try batch[key].strings()[index] == expected.strings()[0])
                            } else {
                                #expect(batch[key][index] == expected)
                            }
                        }
                    }
                }
                #expect(rows.sorted() == Array(0..<40))
            }
        }
        try checkResumable(many.shuffled(seed: 2).batched(by: 4).stream())
    }

    @Test func `a position names the commit`() throws {
        defer { remove() }
        _ = try make([4, 4])
        let (first, second) = (try Buffer(at: folder, version: 1), try Buffer(at: folder))
        #expect(first.count == 4 && second.count == 8)
        var pass = first.stream().makeIterator()
        _ = try pass.next()
        let position = pass.position
        #expect(throws: Never.self) { try Buffer(at: folder, version: 1).stream().resumed(at: position) }
        #expect(throws: ColonnadeError.self) { try second.stream().resumed(at: position) }
    }

    @Test func `columns that one of the files compresses are read file by file`() throws {
        let vectors =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/formats/vectors/many-files/two-layouts"
        let buffer = try Buffer(at: vectors)
        let batches = try buffer.selecting(["x", "text"]).shuffled(seed: 1).batched(by: 4)
        var found: [Int16: String] = [:]
        for batch in try samples(of: batches.stream(), most: 9) {
            found.merge(zip(try batch["x"].elements(as: Int16.self), try batch["text"].strings())) { $1 }
        }
        #expect(found == [-250: "", -150: "b", -50: "aa", 50: "bbb", 150: "", 250: "b"])
        #expect(
            try buffer.cast("x", to: .float32).batched(by: 6)[0]["x"].elements(as: Float.self) == [
                -250, -150, -50, 50, 150, 250,
            ])
    }

    @Test func `damage in one file is an error of the stream, and a missing one of its rows`() throws {
        defer { remove() }
        let (many, _) = try make([3, 3])
        #expect(try many[0]["label"].elements(as: Int32.self) == [0])
        let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/data").map { "\(folder)/data/\($0)" }
        for file in files {
            let good = try Data(contentsOf: URL(fileURLWithPath: file))
            var bad = good
            bad[130] ^= 1
            try bad.write(to: URL(fileURLWithPath: file))
            #expect(throws: ColonnadeError.self) {
                try samples(of: Buffer(at: folder).batched(by: 2).stream(), most: 9)
            }
            try FileManager.default.removeItem(atPath: file)
            let error = #expect(throws: ColonnadeError.self) {
                try samples(of: Buffer(at: folder).shuffled(seed: 1).batched(by: 6).stream(), most: 9)
            }
            #expect(error?.rule == 113)
            try good.write(to: URL(fileURLWithPath: file))
        }
        #expect(try Buffer(at: folder).batched(by: 6)[0]["label"].elements(as: Int32.self) == [0, 1, 2, 3, 4, 5])
        #expect(
            #expect(throws: ColonnadeError.self) { try Buffer(at: folder + ".colonnade", version: 1) }?.code
                == .invalidArgument)
    }
}
