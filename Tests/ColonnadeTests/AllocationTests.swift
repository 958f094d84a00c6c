// SPDX-License-Identifier: Apache-2.0

import ColonnadeStore
import Testing

@testable import Colonnade

@Suite struct AllocationTests {
    private func stream(_ file: TemporaryFile) throws -> Colonnade.Stream {
        try Buffer(at: file.path).shuffled(seed: 1).selecting(["image", "label", "weight"]).stream()
            .cast("image", to: .float32).scaled("image", by: 1 / 255).batched(by: 8, droppingLast: true)
    }

    @Test(arguments: [0, 1, 3]) func `the memory of batches is used again, epoch after epoch`(threads: Int) throws {
        let file = try TemporaryFile.samples(400)
        var stream = try stream(file)
        if threads > 0 { stream = try stream.prefetched(depth: 6, threads: threads) }
        func pass(_ epoch: Int) throws {
            var pass = stream.epoch(epoch).makeIterator()
            var count = 0
            while let batch = try pass.next() { count += batch["label"].count > 0 ? 1 : 0 }
            #expect(count == 50)
        }
        try pass(0)
        try pass(1)
        let before = stream.pool.allocations
        for epoch in 2..<8 { try pass(epoch) }
        let more = stream.pool.allocations - before
        if threads == 0 {
            #expect(more == 0)
        } else {
            // Which threads meet is chance: never more than what may be under way at once, whatever the number of batches.
            #expect(more <= 3 * 64, "\(more) allocations in 300 batches of 3 tensors")
        }
        #expect(stream.pool.allocations < 300)
    }

    @Test func `batches that are held are not used again, and others are`() throws {
        let file = try TemporaryFile.samples(400)
        let stream = try stream(file)
        var held: [Sample] = []
        var pass = stream.makeIterator()
        while let batch = try pass.next() { if held.count < 5 { held.append(batch) } }
        // One set in use beside those.
        let steady = stream.pool.allocations
        #expect(steady <= 3 * 7)
        let copies = held.map { $0.tensors.map { rawBytes($0) } }
        for epoch in 1..<4 { _ = try samples(of: stream.epoch(epoch)).count }
        #expect(held.map { $0.tensors.map { rawBytes($0) } } == copies)
    }

    @Test func `batches of a stage use memory again too`() throws {
        let file = try TemporaryFile.samples(400)
        let stream = try Buffer(at: file.path).selecting(["label", "image"]).stream().shuffled(window: 20, seed: 1)
            .batched(by: 8, droppingLast: true)
        func pass(_ epoch: Int) throws {
            var pass = stream.epoch(epoch).makeIterator()
            while let batch = try pass.next() { #expect(batch["label"].count == 8) }
        }
        try pass(0)
        let before = stream.pool.allocations
        for epoch in 1..<5 { try pass(epoch) }
        #expect(stream.pool.allocations == before)
    }
}
