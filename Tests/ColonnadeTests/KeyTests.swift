// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Synchronization
import Testing

@Suite struct KeyTests {
    @Test func `keys are chosen, removed and renamed`() async throws {
        for source in TestSource.allCases {
            let (all, file) = try source.open(try TestRows.all(7))
            let buffer = try all.selecting(["tokens", "id", "text"])
            #expect(buffer.schema.names == ["tokens", "id", "text"])
            #expect(try buffer.removing(["id"]).schema.names == ["tokens", "text"])
            let renamed = try buffer.renaming("id", to: "row")
            #expect(renamed.schema.names == ["tokens", "row", "text"])
            #expect(try scalars(renamed, "row") == [0, 1, 2, 3, 4, 5, 6])
            // The old value is replaced.
            let over = try buffer.renaming("tokens", to: "text")
            #expect(over.schema.names == ["text", "id"])
            #expect(try numbers(over, "text") == numbers(buffer, "tokens"))
            let after = try buffer.batched(by: 3).renaming("id", to: "row").selecting(["row", "tokens"])
            #expect(try numbers(after, "row") == [[0, 1, 2], [3, 4, 5], [6]])
            for buffer in [renamed, over] { try await checkTransform(buffer) }
            withExtendedLifetime(file) {}
        }
    }

    @Test func `unused values are not computed`() throws {
        let calls = Atomic<Int>(0)
        let buffer = try tokens([1, 2]).map("id", as: "dear") { id in
            calls.add(1, ordering: .relaxed)
            return id
        }
        _ = try samples(of: buffer.removing(["dear"]).batched(by: 2).stream())
        #expect(calls.load(ordering: .relaxed) == 0)
        _ = try samples(of: buffer.selecting(["dear"]).batched(by: 2).stream())
        #expect(calls.load(ordering: .relaxed) == 2)
    }

    @Test func `unknown keys, repeated keys and removing the last key are refused`() throws {
        let buffer = try tokens([1, 2])
        for stream in [buffer.stream(), try buffer.stream().repeated(1), try buffer.stream().batched(by: 2)] {
            expectError(.unknownKey, "did you mean \"tokens\"") { _ = try stream.selecting(["tokenz"]) }
            expectError(.unknownKey, "did you mean \"tokens\"") { _ = try stream.removing(["tokenz"]) }
            expectError(.unknownKey, "\"x\"") { _ = try stream.renaming("x", to: "y") }
            expectError(.unknownKey, "\"x\"") { _ = try stream.map("x") { $0 } }
            expectError(.unknownKey, "\"x\"") { _ = try stream.reshaped("x", to: [1]) }
            expectError(.unknownKey, "\"x\"") { _ = try stream.batched(by: 2, padding: ["x": 1]) }
            expectError(.unknownKey, "\"x\"") { _ = try stream.batched(by: 2, joining: ["x": 0]) }
            expectError(.invalidArgument, "twice") { _ = try stream.selecting(["id", "id"]) }
            expectError(.invalidArgument, "no key left") { _ = try stream.removing(["id", "tokens"]) }
            expectError(.invalidArgument, "empty name") { _ = try stream.renaming("id", to: "") }
            for size in [0, -1, .min] {
                expectError(.invalidArgument, "at least one") { _ = try stream.batched(by: size) }
            }
            for dimension in [2, -3, .min, .max] {
                expectError(.invalidArgument, "cannot be joined") {
                    _ = try stream.batched(by: 2, joining: ["tokens": dimension])
                }
            }
            for (rank, ranks) in [(2, 2), (-1, 2), (0, 0), (.min, .max), (.max, .max), (0, .min)] {
                expectError(.invalidArgument, "rank") { _ = try stream.sharded(rank: rank, of: ranks) }
                expectError(.invalidArgument, "part") { _ = try stream.partition(rank, of: ranks) }
            }
            for depth in [0, -1, .min] {
                expectError(.invalidArgument, "depth") { _ = try stream.prefetched(depth: depth) }
                expectError(.invalidArgument, "threads") { _ = try stream.prefetched(threads: depth) }
            }
            for window in [0, -1, .min] {
                expectError(.invalidArgument, "window") { _ = try stream.shuffled(window: window, seed: 1) }
            }
            expectError(.invalidArgument, "twice") { _ = try stream.zipped(with: stream) }
        }
        expectError(.invalidArgument, "twice") { _ = try buffer.zipped(with: buffer) }
        expectError(.invalidArgument, "do not go together") { _ = try buffer.appending(counting(1)) }
        expectError(.invalidArgument, "cast one of them") { _ = try buffer.appending(buffer.cast("id", to: .int8)) }
        expectError(.invalidArgument, "only numbers") {
            _ = try Buffer(TestRows.all(1)).cast("text", to: .int8)
        }
        expectError(.invalidArgument, "channels") {
            _ = try buffer.normalized("tokens", mean: [1, 2], deviation: [1, 1])
        }
        expectError(.invalidArgument, "deviation") { _ = try buffer.normalized("tokens", mean: [1], deviation: [0]) }
        expectError(.invalidArgument, "equally long") {
            _ = try buffer.normalized("tokens", mean: [1], deviation: [1, 2])
        }
        expectError(.invalidArgument, "equally long") { _ = try buffer.normalized("tokens", mean: [], deviation: []) }
        for axis in [Int.min, .max, 1] {
            expectError(.invalidArgument, "channels") {
                _ = try buffer.normalized("tokens", mean: [1, 2], deviation: [1, 1], axis: axis)
            }
        }
    }

    @Test func `the largest arguments do not trap`() throws {
        let buffer = try Buffer(TestRows.all(5))
        #expect(
            try buffer.batched(by: .max, droppingLast: true).stream().prefetched().schema.count == buffer.schema.count)
        #expect(
            try samples(of: buffer.batched(by: .max, droppingLast: true).stream().prefetched(threads: 2)).count == 0)
        let joined = try buffer.batched(by: .max, droppingLast: true, joining: ["image": 0])
        #expect(try samples(of: joined.stream().prefetched(depth: .max)).count == 0)
        #expect(try scalars(counting(3).stream().prefetched(threads: .max), "x") == [0, 1, 2])
        #expect(try scalars(counting(3).stream().repeated(1).prefetched(depth: 4, threads: .max), "x") == [0, 1, 2])
        for epoch in [Int.min, .max] {
            #expect(try scalars(counting(9).shuffled(seed: .max).stream().epoch(epoch), "x").sorted() == Array(0..<9))
            #expect(
                try scalars(counting(9).stream().shuffled(window: 3, seed: 1).repeated(2).epoch(epoch), "x").count == 18
            )
            let mixed = try Stream.mixed([counting(2).stream()], weights: [1], seed: 1).epoch(epoch)
            #expect(try scalars(mixed, "x", most: 5) == [0, 1, 0, 1, 0])
        }
        for shape in [[Int.max], [Int.max, 2], [Int.max, Int.max, nil]] as [[Int?]] {
            // The error is thrown when the chain is built or when it runs.
            #expect(throws: ColonnadeError.self) {
                let mapped = try buffer.map("id", shape: shape) { $0 }
                _ = try mapped.batched(by: 2).cast("id", to: .float32).scaled("id", by: 2).stream().prefetched()
                    .materialized()
            }
        }
        expectError(.invalidArgument, "negative") { _ = try buffer.map("id", shape: [-1]) { $0 } }
    }

    @Test func `a condition changes the chain, and a copy in memory is the same`() async throws {
        let buffer = try tokens([3, 1, 2]).shuffled(seed: 1)
        let changed = try buffer.when(true) { (buffer) throws(ColonnadeError) in try buffer.prefix(1) }
        #expect(changed.count == 1)
        #expect(try buffer.when(false) { (buffer) throws(ColonnadeError) in try buffer.prefix(1) }.count == 3)
        #expect(
            try scalars(buffer.stream().when(true) { (s) throws(ColonnadeError) in try s.repeated(2) }, "id").count == 6
        )
        let copy = try buffer.materialized()
        expectSame(outcomes(of: copy.stream()), outcomes(of: buffer.stream()), "materialized")
        expectSame(outcomes(of: copy.stream().epoch(3)), outcomes(of: buffer.stream()), "in every epoch")
        let batches = try buffer.batched(by: 2).materialized()
        expectSame(outcomes(of: batches.stream()), outcomes(of: try buffer.batched(by: 2).stream()), "batches")
        let streamed = try buffer.stream().epoch(2).repeated(2).materialized()
        #expect(streamed.count == 6)
        for buffer in [copy, streamed] { try await checkTransform(buffer) }
        #expect(try counting(0).materialized().schema.names == ["x"])
    }
}
