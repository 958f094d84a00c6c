// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import Synchronization
import Testing

@Suite struct StreamTests {
    @Test func `the batches are the same for any number of threads and any depth`() throws {
        let file = try TemporaryFile.samples(500)
        let stream = try Buffer(at: file.path).shuffled(seed: 11).stream()
            .cast("image", to: .float32).scaled("image", by: 1 / 255).batched(by: 7)
        var expected: [Sample] = []
        var iterator = stream.makeIterator()
        while let batch = try iterator.next() { expected.append(batch) }
        for (depth, threads) in [(1, 1), (2, 2), (8, 1), (8, 2), (9, 7), (1000, 3), (.max, 3)] {
            var pass = try stream.prefetched(depth: depth, threads: threads).makeIterator()
            var index = 0
            while let batch = try pass.next() {
                #expect(batch.tensors == expected[index].tensors, "depth \(depth), threads \(threads), batch \(index)")
                index += 1
            }
            #expect(index == expected.count)
            #expect(try pass.next() == nil)
        }
    }

    @Test func `a loop with await gives the same batches, one epoch after another`() async throws {
        let file = try TemporaryFile.samples(200)
        let stream = try Buffer(at: file.path).shuffled(seed: 2).stream().batched(by: 16).prefetched(
            depth: 4, threads: 2)
        var orders: [[Int64]] = []
        for epoch in 0..<3 {
            var order: [Int64] = []
            for try await batch in stream.epoch(epoch) { order += try batch["label"].elements(as: Int64.self) }
            #expect(order.sorted() == (0..<200).map { Int64($0) })
            #expect(order == (try labels(of: stream.epoch(epoch)).flatMap { $0 }))
            orders.append(order)
        }
        #expect(Set(orders).count == 3)
    }

    @Test func `referenced tensors are never overwritten`() throws {
        let file = try TemporaryFile.samples(400)
        let stream = try Buffer(at: file.path).shuffled(seed: 5).stream().batched(by: 8).prefetched(
            depth: 2, threads: 2)
        var held: [Sample] = []
        var iterator = stream.makeIterator()
        while let batch = try iterator.next() { held.append(batch) }
        let order = IndexPermutation(count: 400, seed: 5, epoch: 0)
        for (index, batch) in held.enumerated() {
            #expect(try batch["label"].elements(as: Int64.self) == (0..<8).map { Int64(order[index * 8 + $0]) })
        }
    }

    @Test func `an error is thrown at its batch, and the stream continues after it`() throws {
        let file = try TemporaryFile.samples(100)
        struct Unlucky: Error {}
        let stream = try Buffer(at: file.path).stream().map("label") { label in
            if try label.item(as: Int64.self) == 33 { throw Unlucky() }
            return label
        }.batched(by: 10)
        for stream in [stream, try stream.prefetched(depth: 4, threads: 3)] {
            var iterator = stream.makeIterator()
            var outcomes: [String] = []
            for _ in 0..<11 {
                do {
                    outcomes.append(try iterator.next().map { "\($0["label"].count)" } ?? "end")
                } catch {
                    #expect(error.place == .sample(row: 33, key: "label"))
                    outcomes.append("error")
                }
            }
            #expect(outcomes == ["10", "10", "10", "error", "10", "10", "10", "10", "10", "10", "end"])
        }
    }

    @Test func `dropping a stream at any moment ends its threads`() async throws {
        let file = try TemporaryFile.samples(2000)
        let running = Counter()
        let stream = try Buffer(at: file.path).stream().map("label") { label in
            running.add()
            return label
        }.batched(by: 10).prefetched(depth: 16, threads: 4)
        for taken in 0..<200 {
            try take(taken % 5, of: stream)
        }
        // Threads finish their current block and then end. That takes some time on a loaded machine.
        var before = -1
        for _ in 0..<100 where before != running.value {
            before = running.value
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(running.value == before)
        #expect(before < 200 * 2000)
    }

    @Test func `a cancelled task receives the end`() async throws {
        let file = try TemporaryFile.samples(1000)
        let stream = try Buffer(at: file.path).stream().batched(by: 1).prefetched(depth: 2, threads: 1)
        let task = Task {
            var count = 0
            for try await _ in stream {
                count += 1
                if count == 3 { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
            }
            return count
        }
        #expect(try await task.value == 3)
    }

    @Test func `sequential plain batches are views of the file`() throws {
        let file = try TemporaryFile.samples(640, segmentBytes: 1 << 20)
        let batches = try Buffer(at: file.path).selecting(["image"]).batched(by: 64)
        let (first, second) = (try batches[0]["image"], try batches[1]["image"])
        let addresses = [first, second].map { unsafe UInt(bitPattern: $0.withUnsafeBytes { $0.baseAddress }) }
        #expect(addresses[1] - addresses[0] == 64 * 100)
    }
}

private func take(_ count: Int, of stream: Colonnade.Stream) throws {
    var iterator = stream.makeIterator()
    for _ in 0..<count { _ = try iterator.next() }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func add() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
