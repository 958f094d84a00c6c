// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import Foundation
import Testing

/// Tests descriptions of a pipeline, before it runs and while it runs.
@Suite struct ExplainTests {
    @Test func `the line for reading names the fused steps, the bytes of a row, and unread columns`() throws {
        let file = try TemporaryFile.samples(64)
        let plan = try Buffer(at: file.path).shuffled(seed: 5).cast("image", to: .float32).scaled("image", by: 0.5)
            .selecting(["image"]).batched(by: 16).explain()
        #expect(plan.contains("64 rows"))
        #expect(plan.contains("shuffled, seed 5"))
        #expect(plan.contains("image uint8[10, 10]: gathered into the batch, made float32, × 0.5 on the way"))
        #expect(plan.contains("batches of 16"))
        #expect(plan.contains("not read: label, weight, text"))
        #expect(plan.contains("copied for each row: 400 bytes"))
        #expect(!plan.contains("your code"))
    }

    @Test func `the plan does not depend on the order of independent steps`() throws {
        let file = try TemporaryFile.samples(64)
        let buffer = try Buffer(at: file.path).shuffled(seed: 5).selecting(["image", "label"])
        let before = try buffer.cast("image", to: .float32).scaled("image", by: 0.5).batched(by: 16)
        let after = try buffer.batched(by: 16).cast("image", to: .float32).scaled("image", by: 0.5)
        let between = try buffer.cast("image", to: .float32).batched(by: 16).scaled("image", by: 0.5)
        #expect(before.explain() == after.explain())
        #expect(before.explain() == between.explain())
    }

    @Test func `functions of the user and stages are named, with the threads that run them`() throws {
        let file = try TemporaryFile.samples(64)
        let stream = try Buffer(at: file.path).stream().map("label") { $0 }.prefetched(depth: 3, threads: 2)
            .filter { _ in true }.oneHot("label", count: 64).batched(by: 4).map("image") { $0 }
        let plan = stream.explain()
        #expect(plan.contains("map(label): on each row, your code"))
        #expect(plan.contains("2 threads make up to 3 of these ahead"))
        #expect(plan.contains("→ filter, which calls your code for each sample in turn"))
        #expect(plan.contains("one-hot(label, 64): on complete batches"))
        #expect(plan.contains("map(image): on each batch, your code"))
        #expect(plan.contains("no prefetching"))
        #expect(try stream.prefetched(depth: 7, threads: 1).explain().contains("1 threads make up to 7 items ahead"))
    }

    @Test func `a running stream reports its costs`() throws {
        let file = try TemporaryFile.samples(200)
        let stream = try Buffer(at: file.path).stream().map("label") { label in
            Thread.sleep(forTimeInterval: 0.001)
            return label
        }.batched(by: 10)
        #expect(stream.statistics() == nil)
        var pass = stream.makeIterator()
        for _ in 0..<5 { _ = try pass.next() }
        let statistics = try #require(stream.statistics())
        #expect(statistics.items == 5)
        #expect(statistics.threads == 0)
        let slowest = try #require(statistics.stages.first)
        #expect(slowest.name == "map(label)" && slowest.seconds >= 0.05)
        #expect(statistics.seconds >= slowest.seconds)
        #expect(statistics.advice.contains("prefetching would overlap that with the consumer"))

        let ahead = try stream.prefetched(depth: 4, threads: 2)
        var other = ahead.makeIterator()
        while try other.next() != nil {}
        let of = try #require(other.statistics())
        #expect(of.items == 20 && of.threads == 2 && of.waits > 0 && of.waitedSeconds > 0)
        #expect(of.advice.contains("map(label)"))
        #expect(of.description.contains("20 items"))
    }

    @Test func `unused columns are not read`() throws {
        let file = TemporaryFile()
        let schema = try Schema([Field("image", .uint8, [4096]), Field("other", .uint8, [4096])])
        var options = WriterOptions()
        options.checksumBlockExponent = 12
        var writer = try DatasetWriter(creating: file.path, schema: schema, options: options)
        for row in 0..<8 {
            let values = Tensor([UInt8](repeating: UInt8(row), count: 4096))
            try writer.append(Sample(schema: schema, tensors: [values, values]))
        }
        try writer.finish()
        let extent = try #require(try StoredDataset(path: file.path).extents.first { $0.column == "image" })
        let handle = try #require(FileHandle(forUpdatingAtPath: file.path))
        try handle.seek(toOffset: UInt64(extent.offset + 5 * 4096 + 7))
        try handle.write(contentsOf: [0xEE])
        try handle.close()
        let batches = try Buffer(at: file.path, verification: .onFirstTouch).shuffled(seed: 1).batched(by: 8)
        #expect(#expect(throws: ColonnadeError.self) { try batches[0] }?.rule == 29)
        #expect(try batches.selecting(["other"])[0]["other"].shape == [8, 4096])
        #expect(try batches.map("image") { $0 }.removing(["image"])[0].keys == ["other"])
    }
}
