// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct MixTests {
    /// Returns streams whose samples identify their stream: 0, 1, … and 100, 101, … and 200, ….
    private func parts(_ counts: [Int]) throws -> [Colonnade.Stream] {
        try counts.enumerated().map { try counting($1, from: $0 * 100).stream() }
    }

    @Test func `streams take turns`() async throws {
        let stream = try Stream.interleaved(parts([2, 4, 3]))
        #expect(stream.count == 9)
        #expect(try scalars(stream, "x") == [0, 100, 200, 1, 101, 201, 102, 202, 103])
        let pairs = try Stream.interleaved(parts([3, 5]), length: 2)
        #expect(try scalars(pairs, "x") == [0, 1, 100, 101, 2, 102, 103, 104])
        let stopping = try Stream.interleaved(parts([2, 4, 3]), whenExhausted: .stop)
        #expect(try scalars(stopping, "x") == [0, 100, 200, 1, 101, 201])
        let endless = try Stream.interleaved(parts([2, 3]), whenExhausted: .beginAnew)
        #expect(try scalars(endless, "x", most: 10) == [0, 100, 1, 101, 0, 102, 1, 100, 0, 101])
        for stream in [stream, pairs, stopping, try stream.batched(by: 2), try endless.prefix(15)] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        try checkResumable(endless, most: 20)
        #expect(try scalars(Stream.interleaved(parts([2, 2]), length: .max), "x") == [0, 1, 100, 101])
        #expect(try scalars(Stream.interleaved(parts([2, 2, 1]), length: .max, whenExhausted: .stop), "x") == [0, 1])
        #expect(
            try scalars(Stream.interleaved(parts([0, 2, 0]), whenExhausted: .beginAnew), "x", most: 3) == [
                100, 101, 100,
            ])
        #expect(try scalars(Stream.interleaved(parts([0, 0]), whenExhausted: .beginAnew), "x", most: 3) == [])
    }

    @Test func `a stream that restarts is in another epoch`() throws {
        let shuffled = try counting(30).shuffled(seed: 1).stream()
        let stream = try Stream.interleaved([shuffled], whenExhausted: .beginAnew)
        let found = try scalars(stream, "x", most: 60)
        #expect(found[..<30].sorted() == Array(0..<30) && found[30...].sorted() == Array(0..<30))
        #expect(Array(found[..<30]) != Array(found[30...]))
        #expect(Array(found[..<30]) == (try scalars(shuffled, "x")))
        try checkResumable(try stream.batched(by: 7), most: 15)
    }

    @Test func `streams are mixed in proportion to their weights`() async throws {
        let stream = try Stream.mixed(parts([3, 5, 7]), weights: [1, 2, 5], seed: 3)
        #expect(stream.count == nil)
        let found = try scalars(stream, "x", most: 8000)
        let shares = (0..<3).map { part in found.count { $0 / 100 == part } }
        // The expected counts are 1000, 2000 and 5000, within four standard deviations.
        for (share, (expected, spread)) in zip(shares, [(1000, 118), (2000, 155), (5000, 173)]) {
            #expect(abs(share - expected) < spread, "\(shares)")
        }
        // The expected values were computed by a few lines of Python.
        #expect(found[..<16].map { $0 / 100 } == [1, 0, 1, 2, 2, 2, 2, 2, 1, 2, 2, 2, 1, 2, 0, 1])
        // Each stream keeps its own order.
        #expect(found.filter { $0 < 100 }.prefix(6) == [0, 1, 2, 0, 1, 2])
        #expect(try scalars(stream.epoch(1), "x", most: 50) != Array(found[..<50]))
        #expect(
            try scalars(Stream.mixed(parts([3, 5, 7]), weights: [1, 2, 5], seed: 4), "x", most: 50)
                != Array(found[..<50]))
        let all = try Stream.mixed(parts([3, 5, 7]), weights: [1, 2, 5], seed: 3, whenExhausted: .leaveOut)
        #expect(all.count == 15)
        #expect(try scalars(all, "x").sorted() == [0, 1, 2, 100, 101, 102, 103, 104] + Array(200...206))
        let stopping = try Stream.mixed(parts([3, 5, 7]), weights: [1, 2, 5], seed: 3, whenExhausted: .stop)
        let short = try scalars(stopping, "x")
        #expect(short == Array(found[..<short.count]))
        for part in 0..<3 {
            let last = short.filter { $0 / 100 == part }.count
            #expect(last <= [3, 5, 7][part])
        }
        #expect((0..<3).contains { part in short.filter { $0 / 100 == part }.count == [3, 5, 7][part] })
        for stream in [all, stopping, try all.batched(by: 4), try stream.prefix(30)] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        try checkResumable(stream, most: 25)
        #expect(
            try scalars(Stream.mixed(parts([2, 3]), weights: [0, 1], seed: 1), "x", most: 6).allSatisfy { $0 >= 100 })
    }

    @Test func `changing values before or after a mix has the same result`() async throws {
        let file = try TemporaryFile.samples(20)
        let stored = try Buffer(at: file.path).selecting(["label", "image"])
        let parts = [stored.shuffled(seed: 1).stream(), try stored.stream().filter { _ in true }]
        func change(_ stream: Colonnade.Stream) throws -> Colonnade.Stream {
            try stream.cast("image", to: .float32).scaled("image", by: 0.25).renaming("label", to: "y")
                .map("y") { Tensor(scalar: try $0.item(as: Int64.self) + 1) }
        }
        let before = try Stream.mixed(parts.map { try change($0) }, weights: [1, 1], seed: 2, whenExhausted: .leaveOut)
        let after = try change(Stream.mixed(parts, weights: [1, 1], seed: 2, whenExhausted: .leaveOut))
        expectSame(outcomes(of: after), outcomes(of: before), "after the mix")
        expectSame(outcomes(of: try after.batched(by: 3)), outcomes(of: try before.batched(by: 3)), "in batches")
        try await checkTransform(try after.batched(by: 3))
        try checkResumable(try after.batched(by: 3))
    }

    @Test func `streams with other keys, types or ranks do not mix, but with other lengths they do`() throws {
        let mixed = try Stream.interleaved([tokens([2, 2]).stream(), tokens([3, 3]).stream()])
        #expect(mixed.schema[0].shape == [nil])
        #expect(try numbers(mixed.batched(by: 2), "tokens") == [[0, 1, 0, 0, 1, 2], [100, 101, 0, 100, 101, 102]])
        let swapped = try Stream.interleaved([tokens([1]).stream(), tokens([2]).selecting(["id", "tokens"]).stream()])
        #expect(try numbers(swapped, "tokens") == [[0], [0, 1]])
        expectError(.invalidArgument, "do not go together") {
            _ = try Stream.interleaved([counting(1).stream(), tokens([1]).stream()])
        }
        expectError(.invalidArgument, "cast") {
            _ = try Stream.interleaved([counting(1).stream(), counting(1).cast("x", to: .int8).stream()])
        }
        expectError(.invalidArgument, "cast") {
            _ = try Stream.interleaved([counting(1).stream(), counting(1).batched(by: 2).stream()])
        }
        expectError(.invalidArgument, "at least one") { _ = try Stream.interleaved([]) }
        for length in [0, -1, .min] {
            expectError(.invalidArgument, "at least one") { _ = try Stream.interleaved(parts([1]), length: length) }
        }
        for weights in [[], [1], [1, -1], [0, 0], [1, .nan], [1, .infinity], [1e308, 1e308]] as [[Double]] {
            expectError(.invalidArgument, "weights") { _ = try Stream.mixed(parts([1, 1]), weights: weights, seed: 1) }
        }
    }
}
