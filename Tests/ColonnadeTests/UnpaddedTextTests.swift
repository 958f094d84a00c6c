// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import Testing

@testable import Colonnade

/// Compares passes whose batches of texts have no padding with passes that pad them.
@Suite struct UnpaddedTextTests {
    static let texts = [
        "", "a", "a\0", "\0", "日本", "", "eight...", "a much longer text than the others\0\0", "é", "eight...",
    ]

    private func file(_ texts: [String] = texts, codec: CodecID = .plain) throws -> TemporaryFile {
        let file = TemporaryFile()
        let schema = try Schema([
            Field("row", .int64), Field("text", kind: .string), Field("other", kind: .string),
            Field("tokens", .int32, [nil]), Field("bytes", kind: .bytes),
        ])
        var options = WriterOptions()
        options.defaultCodec = try ColumnCodec(codec)
        options.segmentBytes = 1 << 9
        var writer = try DatasetWriter(creating: file.path, schema: schema, options: options)
        for (row, text) in texts.enumerated() {
            let tokens = Tensor((0..<Int32(row % 4)).map { $0 })
            try writer.append(
                Sample(
                    schema: schema,
                    tensors: [
                        Tensor(scalar: Int64(row)), Tensor(utf8: text), Tensor(utf8: "\(row)"), tokens,
                        Tensor(rawBytes(tokens)),
                    ]))
        }
        try writer.finish()
        return file
    }

    /// Returns the texts of a tensor without padding. Checks all of its bytes.
    private func texts(_ tensor: Tensor) throws -> [String] {
        let bytes = rawBytes(tensor)
        func number(_ index: Int) -> Int { (0..<8).reduce(0) { $0 | Int(bytes[8 * index + $1]) << (8 * $1) } }
        var start = 8 * (1 + number(0))
        var texts: [String] = []
        for index in 0..<number(0) {
            let end = start + number(1 + index)
            texts.append(try #require(String(validating: bytes[start..<end], as: UTF8.self)))
            start = (end + 7) / 8 * 8
            #expect(bytes[end..<start].allSatisfy { $0 == 0 })
        }
        #expect(tensor.dtype == .uint8 && tensor.shape == [start])
        return texts
    }

    /// Compares two passes. Returns the keys whose batches had no padding, again and again if they vary.
    ///
    /// - Parameter varies: whether the keys may differ from batch to batch.
    private func compare(
        _ padded: Colonnade.Stream, _ unpadded: Colonnade.Stream, varies: Bool = false
    ) throws -> [String] {
        var (one, other) = (padded.makeIterator(), unpadded.withUnpaddedTexts.makeIterator())
        var keys: [String]?
        while let batch = try one.next() {
            let found = try #require(try other.next())
            var without: [String] = []
            for (key, (expected, tensor)) in zip(batch.keys, zip(batch.tensors, found.tensors)) {
                if tensor.rank == expected.rank {
                    #expect(tensor == expected, "\(key)")
                } else {
                    without.append(key)
                    #expect(try texts(tensor) == expected.strings(), "\(key)")
                }
            }
            #expect(varies || keys == nil || keys == without)
            keys = varies ? (keys ?? []) + without : without
        }
        #expect(try other.next() == nil)
        return try #require(keys)
    }

    @Test(arguments: CodecID.allCases, [1, 3, 64])
    func `texts without padding are those of padded batches`(codec: CodecID, size: Int) throws {
        let files = try [file(codec: codec), file(["x", "", "longer"], codec: codec)]
        let stored = try Buffer(at: files[0].path)
        let joined = try Buffer(at: files.map(\.path))
        for buffer in try [
            stored, stored.shuffled(seed: 3), joined.shuffled(seed: 3), stored.materialized(),
            joined.partition(1, of: 2),
            stored.appending(joined), try stored.filter { $0["row"].count > 0 },
        ] {
            for stream in [buffer.stream(), try buffer.stream().shuffled(window: 4, seed: 1)] {
                let batches = try stream.batched(by: size)
                #expect(try compare(batches, batches) == ["text", "other"])
                #expect(try compare(batches, batches.prefetched(depth: 3, threads: 2)) == ["text", "other"])
            }
        }
        withExtendedLifetime(files) {}
    }

    @Test func `texts that a step reads, or that are padded otherwise, are padded`() throws {
        let file = try file()
        let stream = try Buffer(at: file.path).shuffled(seed: 2).stream()
        let changed = { (stream: Colonnade.Stream) in try stream.map("row") { $0 } }
        for (keys, batches) in try [
            (["text"], stream.batched(by: 4).cast("other", to: .int32)),
            (["text"], changed(stream).batched(by: 4).cast("other", to: .int32)),
            (["text", "other"], changed(stream.batched(by: 4))),
            (["text", "other"], stream.map("text") { $0 }.batched(by: 4)),
            (["other"], stream.batched(by: 4).map("text") { $0 }),
            (["other"], stream.batched(by: 4, padding: ["text": 32])),
            (["other"], stream.batched(by: 4, joining: ["text": 0])),
            ([], stream.batched(by: 2).batched(by: 2)), ([], stream),
            ([], stream.batched(by: 2).shuffled(window: 3, seed: 1)),
        ] as [([String], Colonnade.Stream)] {
            #expect(try compare(batches, batches) == keys)
            #expect(try compare(batches, batches.prefetched(depth: 2, threads: 2)) == keys)
        }
    }

    @Test(arguments: [1, 2, 4]) func `batches with texts of several sources keep their texts`(size: Int) throws {
        // Files of different codecs are not read as one, and each row comes from its own file or from memory.
        let files = try [file(), file(["x", "", "longer"], codec: .zlib)]
        let buffers = try files.map { try Buffer(at: $0.path) }
        let both = try Buffer(at: files.map(\.path)).shuffled(seed: 4)
        let mixed = try buffers[1].materialized().appending(buffers[0]).shuffled(seed: 4)
        var unpadded: [String] = []
        for stream in try [
            both.stream(), mixed.stream(),
            .mixed([buffers[0].stream(), mixed.stream()], weights: [1, 2], seed: 1, whenExhausted: .stop),
        ] {
            let batches = try stream.batched(by: size)
            unpadded += try compare(batches, batches, varies: true)
            unpadded += try compare(batches, batches.prefetched(depth: 3, threads: 2), varies: true)
        }
        #expect(Set(unpadded) == ["text", "other"])
        withExtendedLifetime(files) {}
    }

    @Test func `batches of many sizes keep their texts`() throws {
        let long = String(repeating: "0123456789", count: 30_000)
        let all = (0..<400).map { $0 % 50 == 7 ? long : String(repeating: "ab", count: $0 % 9) } + ["", "", ""]
        let file = try file(all)
        for size in [1, 2, 32, 500] {
            let batches = try Buffer(at: file.path).shuffled(seed: 5).stream().batched(by: size)
            #expect(try compare(batches, batches) == ["text", "other"])
            var found: [String] = []
            var held: [Tensor] = []
            var pass = try batches.prefetched(depth: 8, threads: 2).withUnpaddedTexts.makeIterator()
            // Batches that are held keep their memory.
            while let batch = try pass.next() { held.append(batch["text"]) }
            for tensor in held { found += try texts(tensor) }
            #expect(found.sorted() == all.sorted())
        }
    }
}
