// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import Testing

@testable import Colonnade

@Suite struct AllocationTests {
    private func stream(_ file: TemporaryFile) throws -> Colonnade.Stream {
        try Buffer(at: file.path).shuffled(seed: 1).selecting(["image", "label", "weight"]).stream()
            .cast("image", to: .float32).scaled("image", by: 1 / 255).batched(by: 8, droppingLast: true)
    }

    @Test(arguments: [0, 1, 3]) func `the memory of batches is reused, epoch after epoch`(threads: Int) throws {
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
            // The number depends on the timing of threads, but is never greater than the number of batches in flight.
            #expect(more <= 3 * 64, "\(more) allocations in 300 batches of 3 tensors")
        }
        #expect(stream.pool.allocations < 300)
    }

    @Test func `referenced batches are not reused, and others are`() throws {
        let file = try TemporaryFile.samples(400)
        let stream = try stream(file)
        var held: [Sample] = []
        var pass = stream.makeIterator()
        while let batch = try pass.next() { if held.count < 5 { held.append(batch) } }
        // One more set is in use.
        let steady = stream.pool.allocations
        #expect(steady <= 3 * 7)
        let copies = held.map { $0.tensors.map { rawBytes($0) } }
        for epoch in 1..<4 { _ = try samples(of: stream.epoch(epoch)).count }
        #expect(held.map { $0.tensors.map { rawBytes($0) } } == copies)
    }

    @Test(arguments: [0, 1, 3], [true, false])
    func `a referenced batch or tensor does not change`(threads: Int, isShuffled: Bool) throws {
        let file = try TemporaryFile.samples(2000)
        let buffer = try Buffer(at: file.path)
        var stream = try (isShuffled ? buffer.shuffled(seed: 1) : buffer).stream().batched(by: 8)
        if threads > 0 { stream = try stream.prefetched(depth: 6, threads: threads) }
        let alone = try samples(of: isShuffled ? buffer.shuffled(seed: 1).stream() : buffer.stream())
        var held: [(number: Int, batch: Sample?, tensors: [Tensor])] = []
        var pass = stream.makeIterator()
        var number = 0
        while let batch = try pass.next() {
            switch number % 5 {
            case 0: held.append((number, batch, []))
            case 1: held.append((number, nil, [batch["text"]]))
            case 2: held.append((number, nil, [batch["text"], batch["label"]]))
            default: break
            }
            number += 1
        }
        #expect(held.count == 150)
        for (number, batch, tensors) in held {
            let rows = alone[number * 8..<number * 8 + 8]
            let text = batch?["text"] ?? tensors[0]
            for (index, row) in rows.enumerated() {
                let own = rawBytes(row["text"])
                #expect(rawBytes(text[index]) == own + [UInt8](repeating: 0xFF, count: text.shape[1] - own.count))
            }
            if let label = batch?["label"] ?? tensors.dropFirst().first {
                #expect(try label.elements(as: Int64.self) == rows.flatMap { try $0["label"].elements(as: Int64.self) })
            }
            if let image = batch?["image"] {
                #expect(rawBytes(image) == rows.flatMap { rawBytes($0["image"]) })
            }
        }
    }

    /// Tests rows of which one in a hundred is ten thousand times longer, so that the size of the file does not predict
    /// the size of a batch.
    @Test(arguments: [0, 2]) func `fewer batches are prefetched if some are far larger than expected`(threads: Int)
        throws
    {
        let file = TemporaryFile()
        let schema = try Schema([Field("x", .uint8, [nil])])
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        func row(_ number: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(number % 251), count: number % 100 == 99 ? 100_000 : 10)
        }
        for number in 0..<1000 { try writer.append(Sample(schema: schema, tensors: [Tensor(row(number))])) }
        try writer.finish()
        let stream = try Buffer(at: file.path).stream().batched(by: 10)
        let prefetcher = Prefetcher(
            try stream.makeCursor(StepTimes()), threads > 0 ? Prefetching(depth: 2, threads: threads) : nil)
        let before = try #require(prefetcher.monitor.withLock { $0.sizer.largest })
        #expect(before > 10)
        var number = 0
        while let sample = try Consumer(prefetcher).next() {
            let batch = sample["x"]
            for index in 0..<10 {
                let own = row(number + index)
                #expect(rawBytes(batch[index]) == own + [UInt8](repeating: 0, count: batch.shape[1] - own.count))
            }
            number += 10
        }
        #expect(number == 1000)
        let sizer = prefetcher.monitor.withLock { $0.sizer }
        let after = try #require(sizer.together)
        #expect(after < before && sizer.limit <= max(2, after * 6))
        prefetcher.stop()
    }

    /// Tests batches of 80 MB in total, in a file whose size predicts 3 KB for each.
    @Test(arguments: [0, 2]) func `batches that together are too large are made one at a time`(threads: Int) throws {
        let file = TemporaryFile()
        let schema = try Schema([Field("x", .uint8, [nil])])
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        let long = [UInt8](repeating: 7, count: 20_000)
        for number in 0..<40_000 {
            let row = number < 64 * 64 && number % 64 == 5 ? long : []
            try writer.append(Sample(schema: schema, tensors: [Tensor(row)]))
        }
        try writer.finish()
        var stream = try Buffer(at: file.path).stream().batched(by: 64)
        if threads > 0 { stream = try stream.prefetched(depth: 2, threads: threads) }
        var pass = stream.makeIterator()
        for number in 0..<40_000 / 64 {
            let batch = try #require(try pass.next())["x"]
            #expect(batch.shape == [64, number < 64 ? 20_000 : 0])
            if number < 64 { #expect(rawBytes(batch[5]) == long && rawBytes(batch[6]).allSatisfy { $0 == 0 }) }
        }
        #expect(try pass.next() == nil)
        // There are 64 large batches. With threads the number is not limited: before the first batch was measured,
        // threads may have made 64 blocks of small batches.
        if threads == 0 { #expect(stream.pool.allocations < 16) }
    }

    /// Returns a pass over rows of 200 numbers, in blocks of several batches.
    private func raggedPass(
        _ file: TemporaryFile, threads: Int, idleSeconds: Double
    ) throws -> (Prefetcher, TensorPool) {
        let schema = try Schema([Field("x", .int32, [nil]), Field("y", .int32, [nil])])
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        for number in 0..<4000 {
            let row = Tensor([Int32](repeating: Int32(number), count: 150 + number % 50))
            try writer.append(Sample(schema: schema, tensors: [row, row]))
        }
        try writer.finish()
        let stream = try Buffer(at: file.path).stream().batched(by: 8)
        let prefetching = threads > 0 ? Prefetching(depth: 2, threads: threads) : nil
        return (Prefetcher(try stream.makeCursor(StepTimes()), prefetching, idleSeconds: idleSeconds), stream.pool)
    }

    /// Waits until all threads are idle, and returns the bytes of all blocks of a pass.
    private func heldBytes(_ prefetcher: Prefetcher, isResting: Bool) async throws -> Int {
        while true {
            let bytes = prefetcher.monitor.withLock { state -> Int? in
                let isBusy = prefetcher.threads > 0 && state.workers != nil && state.hasCapacityForBlock
                let ready = state.queue.ready.compactMap { $0 }
                let isReady = ready.count == state.queue.claimed - state.queue.taken
                guard state.isResting == isResting, !isBusy, isReady else { return nil }
                let blocks = state.queue.spares + ready + [state.queue.current, state.queue.previous].compactMap { $0 }
                return blocks.reduce(0) { $0 + $1.scratch.heldByteCount }
            }
            if let bytes { return bytes }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private func expect(_ prefetcher: Prefetcher, batches numbers: Range<Int>) throws {
        for batch in numbers {
            let sample = try #require(try Consumer(prefetcher).next())
            for tensor in sample.tensors {
                let rows = batch * 8..<batch * 8 + 8
                let longest = rows.map { row in 150 + row % 50 }.max() ?? 0
                #expect(tensor.shape == [8, longest])
                let last = Int32(rows.upperBound - 1)
                let elements = try tensor[7].elements(as: Int32.self)
                #expect(elements.prefix(150).allSatisfy { $0 == last })
            }
        }
    }

    @Test(arguments: [0, 1, 3]) func `a pass near its start holds little memory`(threads: Int) async throws {
        let file = TemporaryFile()
        let (prefetcher, _) = try raggedPass(file, threads: threads, idleSeconds: 1000)
        #expect(try await heldBytes(prefetcher, isResting: false) == 0)
        try expect(prefetcher, batches: 0..<3)
        #expect(try await heldBytes(prefetcher, isResting: false) < 1 << 20)
        try expect(prefetcher, batches: 3..<500)
        #expect(try Consumer(prefetcher).next() == nil)
        prefetcher.stop()
    }

    @Test(arguments: [1, 3]) func `a pass that is idle for some time holds little memory, and continues`(threads: Int)
        async throws
    {
        let file = TemporaryFile()
        let (prefetcher, pool) = try raggedPass(file, threads: threads, idleSeconds: 0.02)
        try expect(prefetcher, batches: 0..<303)
        #expect(try await heldBytes(prefetcher, isResting: true) <= 1 << 19)
        while pool.freeBytes > 0 { try await Task.sleep(for: .milliseconds(1)) }
        try expect(prefetcher, batches: 303..<500)
        #expect(try Consumer(prefetcher).next() == nil)
        prefetcher.stop()
    }

    @Test(arguments: [["label", "none"], ["none", "nothing"], ["label", "none", "image"]])
    func `columns without bytes are read in file order too`(keys: [String]) throws {
        let file = TemporaryFile()
        let schema = try Schema([
            Field("label", .int64), Field("none", .float32, [0]), Field("image", .uint8, [2, 2]),
            Field("nothing", .uint8, [3, 0]),
        ])
        let own = schema.fields.filter { keys.contains($0.name) }
        var writer = try DatasetWriter(creating: file.path, schema: try Schema(own))
        for row in 0..<100 {
            let values: [String: Tensor] = [
                "label": Tensor(scalar: Int64(row)), "none": Tensor([Float]()),
                "image": Tensor([UInt8](repeating: UInt8(row), count: 4), shape: [2, 2]),
                "nothing": Tensor([UInt8](), shape: [3, 0]),
            ]
            try writer.append(Sample(schema: try Schema(own), tensors: own.compactMap { values[$0.name] }))
        }
        try writer.finish()
        var pass = try Buffer(at: file.path).stream().batched(by: 8).makeIterator()
        var rows = 0
        while let batch = try pass.next() {
            let count = min(8, 100 - rows)
            for (field, tensor) in zip(own, batch.tensors) {
                #expect(tensor.shape == [count] + field.shape.map { $0 ?? 0 })
            }
            if keys.contains("label") {
                #expect(try batch["label"].elements(as: Int64.self) == (rows..<rows + count).map { Int64($0) })
            }
            if keys.contains("image") {
                #expect(rawBytes(batch["image"][count - 1]) == [UInt8](repeating: UInt8(rows + count - 1), count: 4))
            }
            rows += count
        }
        #expect(rows == 100)
    }

    @Test func `batches of a stage reuse memory too`() throws {
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
