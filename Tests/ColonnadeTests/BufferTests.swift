// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeStore
import Testing

@Suite struct BufferTests {
    @Test func `samples are read as they were written`() throws {
        let file = try TemporaryFile.samples(300)
        let buffer = try Buffer(at: file.path)
        #expect(buffer.count == 300)
        #expect(buffer.schema.names == ["image", "label", "weight", "text"])
        for row in [0, 1, 150, 299] {
            let sample = try buffer[row]
            #expect(try sample["label"].item(as: Int64.self) == Int64(row))
            #expect(try sample["weight"].item(as: Float.self) == Float(row) / 2)
            #expect(try sample["text"].string() == "row \(row)")
            #expect(sample["image"].shape == [10, 10])
            #expect(try sample["image"].elements(as: UInt8.self).allSatisfy { $0 == UInt8(row % 251) })
        }
        for position in [-1, 300, .max] {
            let error = #expect(throws: ColonnadeError.self) { try buffer[position] }
            #expect(error?.code == .outOfRange)
        }
    }

    @Test func `a shuffled buffer holds each row once, and another order each epoch`() throws {
        let file = try TemporaryFile.samples(1000)
        let stream = try Buffer(at: file.path).shuffled(seed: 3).batched(by: 64).stream()
        let first = try labels(of: stream).flatMap { $0 }
        #expect(first.sorted() == (0..<1000).map { Int64($0) })
        #expect(first != first.sorted())
        #expect(try labels(of: stream.epoch(0)).flatMap { $0 } == first)
        let second = try labels(of: stream.epoch(1)).flatMap { $0 }
        #expect(second.sorted() == first.sorted())
        #expect(second != first)
        let order = IndexPermutation(count: 1000, seed: 3, epoch: 1)
        #expect(second == (0..<1000).map { Int64(order[$0]) })
    }

    @Test func `batches have a leading dimension, and the last is short or dropped`() throws {
        let file = try TemporaryFile.samples(100)
        let batches = try Buffer(at: file.path).batched(by: 32)
        #expect(batches.count == 4)
        #expect(batches.schema[0].shape == [nil, 10, 10])
        #expect(try batches[0]["image"].shape == [32, 10, 10])
        #expect(try batches[3]["image"].shape == [4, 10, 10])
        #expect(try batches[3]["label"].elements(as: Int64.self) == [96, 97, 98, 99])
        let full = try Buffer(at: file.path).batched(by: 32, droppingLast: true)
        #expect(full.count == 3)
        #expect(full.schema[0].shape == [32, 10, 10])
        #expect(try Buffer(at: file.path).batched(by: 1000)[0]["label"].count == 100)
    }

    @Test func `texts of a batch are padded to the longest with a byte that UTF-8 never has`() throws {
        let file = try TemporaryFile.samples(12)
        let text = try Buffer(at: file.path).batched(by: 4)[2]["text"]
        #expect(text.shape == [4, 6])
        #expect(try text[0].elements(as: UInt8.self) == Array("row 8".utf8) + [255])
        #expect(try text[2].elements(as: UInt8.self) == Array("row 10".utf8))
    }

    @Test func `shuffling batches does not change their contents`() throws {
        let file = try TemporaryFile.samples(100)
        let shuffled = try labels(of: Buffer(at: file.path).batched(by: 10).shuffled(seed: 1).stream())
        #expect(shuffled.allSatisfy { $0 == Array($0[0]..<$0[0] + 10) })
        #expect(shuffled.map { $0[0] }.sorted() == stride(from: 0, to: 100, by: 10).map { Int64($0) })
        #expect(shuffled.map { $0[0] } != shuffled.map { $0[0] }.sorted())
    }

    @Test func `cast and scale give the same before batched and after`() throws {
        let file = try TemporaryFile.samples(100)
        let buffer = try Buffer(at: file.path).shuffled(seed: 9)
        let before = try buffer.cast("image", to: .float32).scaled("image", by: 1 / 255).batched(by: 7)
        let after = try buffer.batched(by: 7).cast("image", to: .float32).scaled("image", by: 1 / 255)
        for index in 0..<before.count {
            #expect(try before[index]["image"] == after[index]["image"])
            let label = try before[index]["label"].elements(as: Int64.self)
            let pixel = try before[index]["image"].elements(as: Float.self)
            #expect(pixel[0] == Float(label[0] % 251) * Float(1.0 / 255))
        }
        #expect(before.schema[0].dtype == .float32)
        #expect(try buffer.cast("label", to: .int8)[0]["label"].dtype == .int8)
    }

    @Test func `a function sees samples before batched and batches after`() throws {
        let file = try TemporaryFile.samples(20)
        let buffer = try Buffer(at: file.path).selecting(["label", "text"])
        let doubled = try buffer.map("label") { Tensor(scalar: try $0.item(as: Int64.self) * 2) }.batched(by: 5)
        #expect(try doubled[1]["label"].elements(as: Int64.self) == [10, 12, 14, 16, 18])
        let lengths = try buffer.map("text", to: .int32, shape: []) { Tensor(scalar: Int32($0.count)) }.batched(by: 20)
        #expect(try lengths[0]["text"].elements(as: Int32.self) == (0..<20).map { $0 < 10 ? 5 : 6 })
        let sums = try buffer.batched(by: 5).map("label", shape: []) {
            Tensor(scalar: try $0.elements(as: Int64.self).reduce(0, +))
        }
        #expect(try sums[0]["label"].item(as: Int64.self) == 10)
        let ragged = try buffer.map("text") { text in Tensor(Array(try text.elements(as: UInt8.self).dropFirst(4))) }
        #expect(try ragged.batched(by: 20)[0]["text"].shape == [20, 2])
    }

    @Test func `mistakes are errors while the chain is built`() throws {
        let file = try TemporaryFile.samples(10)
        let buffer = try Buffer(at: file.path)
        func expect(_ code: ColonnadeError.Code, _ text: String, _ build: () throws -> Buffer) {
            let error = #expect(throws: ColonnadeError.self) { _ = try build() }
            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
        expect(.unknownKey, "did you mean \"image\"") { try buffer.cast("imgae", to: .float32) }
        expect(.unknownKey, "\"x\"") { try buffer.selecting(["x"]) }
        expect(.invalidArgument, "only numbers") { try buffer.cast("text", to: .float32) }
        expect(.invalidArgument, "cast it to float32 first") { try buffer.scaled("image", by: 0.5) }
        expect(.invalidArgument, "cast it to float32 first") { try buffer.scaled("image", by: 1) }
        expect(.invalidArgument, "scaled by nan") { try buffer.scaled("weight", by: .nan) }
        expect(.invalidArgument, "at least one") { try buffer.batched(by: 0) }
        expect(.unknownKey, "\"label\"") { try buffer.selecting(["image"]).scaled("label", by: 1) }
        #expect(throws: ColonnadeError.self) { _ = try buffer.stream().prefetched(depth: 0, threads: 1) }
        #expect(throws: ColonnadeError.self) { _ = try buffer.stream().prefetched(depth: 1, threads: -1) }
    }

    @Test func `names that differ only in bytes have separate steps`() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        let schema = try Schema([Field(composed, .uint8), Field(decomposed, .uint8)])
        let file = TemporaryFile()
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        try writer.append(Sample(schema: schema, tensors: [Tensor(scalar: UInt8(1)), Tensor(scalar: UInt8(2))]))
        try writer.finish()
        let buffer = try Buffer(at: file.path).cast(decomposed, to: .float32)
        #expect(try buffer[0].tensors.map(\.dtype) == [.uint8, .float32])
        #expect(try buffer.selecting([decomposed])[0].tensors == [Tensor(scalar: Float(2))])
        #expect(try buffer.selecting([composed])[0].tensors == [Tensor(scalar: UInt8(1))])
    }

    @Test func `random access gives the order of epoch 0, of samples and of batches`() throws {
        let file = try TemporaryFile.samples(70)
        let buffer = try Buffer(at: file.path).shuffled(seed: 8)
        let order = IndexPermutation(count: 70, seed: 8, epoch: 0)
        for position in 0..<70 {
            #expect(try buffer[position]["label"].item(as: Int64.self) == Int64(order[position]))
        }
        let batches = try buffer.batched(by: 8, droppingLast: true).shuffled(seed: 9)
        let batchOrder = IndexPermutation(count: 8, seed: 9, epoch: 0)
        for position in 0..<8 {
            let rows = batchOrder[position] * 8..<batchOrder[position] * 8 + 8
            #expect(try batches[position]["label"].elements(as: Int64.self) == rows.map { Int64(order[$0]) })
        }
        #expect(try labels(of: batches.stream().epoch(-1)).flatMap { $0 }.count == 64)
        #expect(try labels(of: batches.stream().epoch(-1)) != labels(of: batches.stream()))
        #expect(try buffer.batched(by: .max)[0]["label"].count == 70)
    }

    @Test func `a data set without rows has no samples, batches or errors`() async throws {
        let file = try TemporaryFile.samples(0)
        for stream in [
            try Buffer(at: file.path).shuffled(seed: 1).stream(),
            try Buffer(at: file.path).batched(by: 4).shuffled(seed: 1).stream(),
            try Buffer(at: file.path).batched(by: 4, droppingLast: true).stream(),
        ] {
            #expect(stream.count == 0)
            for stream in [stream, try stream.prefetched(depth: .max, threads: .max)] {
                var iterator = stream.makeIterator()
                #expect(try pull(&iterator) == nil)
                for try await _ in stream { Issue.record("a sample out of nothing") }
            }
        }
    }

    @Test func `rows that padding would make too large are refused after a function too`() throws {
        let schema = try Schema([Field("deep", .uint8, [nil, nil])])
        let file = TemporaryFile()
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        for shape in [[1 << 40, 0], [0, 1 << 40]] {
            try writer.append(
                Sample(
                    schema: schema, tensors: [Tensor(dtype: .uint8, shape: shape, storage: TensorStorage(byteCount: 0))]
                ))
        }
        try writer.finish()
        let buffer = try Buffer(at: file.path)
        for buffer in [buffer, try buffer.map("deep") { $0 }] {
            let error = #expect(throws: ColonnadeError.self) { try buffer.batched(by: 2)[0] }
            #expect(error?.code == .invalidArgument && error?.message.contains("smaller batches") == true)
        }
    }

    @Test func `a function that breaks its promise is reported with its row`() throws {
        let file = try TemporaryFile.samples(10)
        let buffer = try Buffer(at: file.path).map("label") { label in
            let value = try label.item(as: Int64.self)
            return value == 7 ? Tensor(scalar: Int32(0)) : Tensor(scalar: value)
        }
        let error = #expect(throws: ColonnadeError.self) { try buffer.batched(by: 5)[1] }
        #expect(error?.code == .userFunction)
        #expect(error?.place == .sample(row: 7, key: "label"))
        struct Oops: Error {}
        let throwing = try Buffer(at: file.path).map("label") { _ in throw Oops() }
        #expect(#expect(throws: ColonnadeError.self) { try throwing[4] }?.message.contains("Oops") == true)
    }
}

/// Returns the keys of the next sample, without `await`.
private func pull(_ iterator: inout Colonnade.Stream.Iterator) throws -> [String]? { try iterator.next()?.keys }
