// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import Foundation
import Testing

@Suite struct TextBatchTests {
    static let texts = ["", "a", "a\0", "\0", "日本", "", "a much longer text than the others\0\0"]

    static func file(_ texts: [String]) throws -> TemporaryFile {
        let file = TemporaryFile()
        let schema = try Schema([Field("row", .int64), Field("text", kind: .string)])
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        for (row, text) in texts.enumerated() {
            try writer.append(Sample(schema: schema, tensors: [Tensor(scalar: Int64(row)), Tensor(utf8: text)]))
        }
        try writer.finish()
        return file
    }

    @Test(arguments: [1, 2, 3, 7])
    func `batches have the strings of their samples`(size: Int) throws {
        let file = try Self.file(Self.texts)
        let stored = try Buffer(at: file.path)
        #expect(try (0..<stored.count).map { try stored[$0]["text"].string() } == Self.texts)
        for buffer in [stored, try stored.materialized(), stored.shuffled(seed: 3), try stored.appending(stored)] {
            let single = try (0..<buffer.count).map { try buffer[$0]["text"].string() }
            for batches in try [buffer.batched(by: size), buffer.batched(by: 1).batched(by: size)] {
                let together = try (0..<batches.count).flatMap { try batches[$0]["text"].strings() }
                #expect(together == single)
            }
            var found: [String] = []
            var iterator = try buffer.stream().batched(by: size).prefetched(depth: 2, threads: 2).makeIterator()
            while let batch = try iterator.next() { found += try batch["text"].strings() }
            #expect(found == single)
        }
    }

    @Test func `numbers of text in batches are padded with zeros`() throws {
        let file = try Self.file(["ab", "c"])
        let batch = try Buffer(at: file.path).batched(by: 2).cast("text", to: .int32)[0]
        #expect(try batch["text"].elements(as: Int32.self) == [97, 98, 99, 0])
        let spaced = try Buffer(at: file.path).batched(by: 2, padding: ["text": 32])[0]
        #expect(try spaced["text"].strings() == ["ab", "c "])
        for wrong in [-1.0, 128, 254, 256] {
            #expect(throws: ColonnadeError.self) {
                try Buffer(at: file.path).batched(by: 2, padding: ["text": wrong])
            }
        }
    }

    @Test func `a string that ends in padding is damage, reported at its row`() throws {
        let file = try Self.file(["x", "yyyyyyyy", "z"])
        var content = try Data(contentsOf: URL(filePath: file.path))
        let range = try #require(content.range(of: Data("yyyyyyyy".utf8)))
        content[range.upperBound - 1] = 0xFF
        try content.write(to: URL(filePath: file.path))
        let buffer = try Buffer(at: file.path, verification: .off)
        for read in [
            { try buffer[1] }, { try buffer.batched(by: 3)[0] }, { try buffer.shuffled(seed: 1).batched(by: 3)[0] },
        ] as [() throws -> Sample] {
            #expect {
                _ = try read()
            } throws: {
                guard let error = $0 as? ColonnadeError else { return false }
                return error.code == .corruptFile && error.place == .row(1, column: "text")
            }
        }
        #expect(try buffer[0]["text"].string() == "x")
    }

    @Test func `padding is a number that the type holds`() throws {
        let rows = try Buffer([
            Sample(schema: Schema([Field("x", .uint16, [nil])]), tensors: [Tensor([UInt16]())]),
            Sample(schema: Schema([Field("x", .uint16, [nil])]), tensors: [Tensor([1] as [UInt16])]),
        ])
        for wrong in [-100.0, 70000, 1.5, .nan] {
            for build in [
                { _ = try rows.batched(by: 2, padding: ["x": wrong]) },
                { _ = try rows.padded("x", dimension: 0, after: 1, value: wrong) },
                { _ = try rows.stream().packed(["x"], length: 4, padding: ["x": wrong]) },
                { _ = try rows.batched(bySizeOf: "x", maximum: 4, padding: ["x": wrong]) },
            ] as [() throws -> Void] {
                #expect { try build() } throws: {
                    ($0 as? ColonnadeError)?.message.contains("uint16 holds whole numbers from 0 to 65535") == true
                }
            }
        }
        #expect(try rows.batched(by: 2, padding: ["x": 65535])[0]["x"].elements(as: UInt16.self) == [65535, 1])
    }
}
