// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// The code of the article "Pipelines and plans", which `Tests/Articles` compares with this file.
@Suite struct PipelinesTests {
    private func tokens(_ count: Int) throws -> Buffer {
        let schema = try Schema([Field("tokens", .int32, [nil]), Field("weight", .float32)])
        return try Buffer(
            (0..<count).map { row in
                Sample(
                    schema: schema,
                    tensors: [Tensor([Int32](repeating: Int32(row), count: row % 5 + 1)), Tensor(scalar: Float(row))])
            })
    }

    @Test func `a plan can be read`() throws {
        let images = try Buffer(columns: [
            "image": Tensor([UInt8](repeating: 255, count: 100 * 4), shape: [100, 2, 2]),
            "label": Tensor((0..<100).map { UInt8($0 % 10) }),
        ])
        let batches = try images.shuffled(seed: 42)
            .batched(by: 32)
            .cast("image", to: .float32)
            .scaled("image", by: 1 / 255)
            .selecting(["image"])

        print(batches.explain())
        let plan = batches.explain()
        #expect(plan.contains("gathered into the batch, made float32"))
        #expect(plan.contains("not read: label") && plan.contains("another order each epoch"))
        #expect(try batches[0]["image"].elements(as: Float.self).allSatisfy { $0 == 1 })

        let validation = try images.shuffled(seed: 1).prefix(20)
        let training = try images.shuffled(seed: 1).dropFirst(20).shuffled(seed: 2)
        #expect(validation.explain().contains("the order of epoch 0 in all epochs"))
        #expect(training.explain().contains("another order each epoch"))
    }

    @Test func `rows of different lengths`() async throws {
        let rows = try tokens(100)

        let padded = try rows.batched(by: 16, padding: ["tokens": -1])
        let similar = try rows.batched(bySizeOf: "tokens", maximum: 64)
        let packed = try rows.stream().packed(["tokens"], length: 32).batched(by: 4)
        #expect(try padded[0]["tokens"].shape == [16, 5])
        let shapes = try (0..<similar.count).map { try similar[$0]["tokens"].shape }
        #expect(shapes.allSatisfy { $0[0] * $0[1] <= 64 } && shapes.last?[1] == 5)
        var elements = 0
        for try await batch in packed {
            #expect(batch["tokens"].shape[1] == 32 && batch.keys == ["tokens", "segment_ids", "positions"])
            elements += try batch["segment_ids"].elements(as: Int32.self).count { $0 > 0 }
        }
        #expect(elements == 300)
    }

    @Test func `a function of the user`() async throws {
        let rows = try tokens(100)

        let doubled = try rows.stream()
            .map("weight") { weight in Tensor(scalar: 2 * (try weight.item(as: Float.self))) }
            .filter { sample in sample["tokens"].count > 1 }
            .batched(by: 10)
            .prefetched(threads: 2)
        var sum: Float = 0
        for try await batch in doubled { sum += try batch["weight"].elements(as: Float.self).reduce(0, +) }
        #expect(sum == 2 * (4950 - 950))

        for try await _ in doubled {}
        if let statistics = doubled.statistics() { print(statistics.advice) }
        #expect(doubled.statistics()?.items == 8)
    }

    @Test func `tokens of a text`() async throws {
        let texts = try Buffer(
            (0..<40).map { _ in
                Sample(schema: try Schema([Field("text", kind: .string)]), tensors: [Tensor(utf8: "cats")])
            })

        let trie = try TokenTrie(["c", "a", "t", "s", "cat"])
        let tokenizer = try Tokenizer(trie)
        let ids = try tokenizer.tokenize("cats")  // [4, 3]
        let training = try texts.tokenized("text", by: tokenizer, randomlyWithSeed: 1).stream()
            .packed(["text"], length: 16)
        #expect(ids == [4, 3])
        var count = 0
        for try await row in training { count += try row["text"].elements(as: Int64.self).count { $0 == 3 } }
        #expect(count == 40)
    }

    @Test func `several streams`() async throws {
        let (english, german) = (try tokens(100), try tokens(50))

        let mixed = try Stream.mixed(
            [english.shuffled(seed: 1).stream(), german.shuffled(seed: 2).stream()],
            weights: [0.75, 0.25], seed: 3
        )
        .batched(by: 8)
        .prefix(20)
        var count = 0
        for try await batch in mixed { count += batch["weight"].count }
        #expect(count == 160)
    }

    @Test func `a source of samples`() async throws {
        let numbers = try Stream(giving: [Field("x", .int64)]) { epoch in
            let schema = try Schema([Field("x", .int64)])
            return (0..<1000).lazy.map { Sample(schema: schema, tensors: [Tensor(scalar: Int64(epoch + $0))]) }
        }
        let shuffled = try numbers.shuffled(window: 100, seed: 1).batched(by: 50)
        var sum: Int64 = 0
        for try await batch in shuffled.epoch(1) { sum += try batch["x"].elements(as: Int64.self).reduce(0, +) }
        #expect(sum == 500_500)
    }
}
