// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct StageTests {
    @Test func `a windowed shuffle holds each sample once, at most a window early`() async throws {
        for count in 0...60 {
            for window in [1, 2, 7, 100] {
                let found = try scalars(counting(count).stream().shuffled(window: window, seed: 3), "x")
                checkOrder(count, "window \(window)") { found[$0] }
                #expect(found.enumerated().allSatisfy { $1 - $0 <= window }, "window \(window) of \(count)")
            }
        }
        // The expected order was computed by a few lines of Python. A position must resume in this order in every
        // release.
        let pinned = try counting(12).stream().shuffled(window: 4, seed: 1)
        #expect(try scalars(pinned, "x") == [1, 3, 0, 4, 6, 2, 5, 9, 8, 7, 11, 10])
        #expect(try scalars(pinned.epoch(2), "x") == [3, 1, 0, 4, 2, 6, 5, 7, 11, 10, 8, 9])
        #expect(try scalars(counting(3).stream().shuffled(window: 9, seed: 7), "x") == [2, 0, 1])
        let stream = try counting(200).stream().shuffled(window: 20, seed: 3)
        #expect(stream.count == 200)
        let first = try scalars(stream, "x")
        #expect(first != Array(0..<200))
        #expect(try scalars(stream.epoch(1), "x") != first)
        #expect(try scalars(counting(200).stream().shuffled(window: 20, seed: 4), "x") != first)
        #expect(try scalars(counting(5).stream().shuffled(window: 1, seed: 3), "x") == [0, 1, 2, 3, 4])
        try await checkTransform(stream)
        for window in [1, 3, 25, 80] { try checkResumable(try counting(25).stream().shuffled(window: window, seed: 1)) }
        try checkResumable(try counting(30).stream().filter { _ in true }.shuffled(window: 4, seed: 1).batched(by: 2))
        try checkResumable(try counting(9).stream().repeated().shuffled(window: 6, seed: 1))
        // With a window as large as the stream, each sample comes first about equally often.
        let heads = try (0..<400).map {
            try scalars(counting(4).stream().shuffled(window: 9, seed: 1).epoch($0), "x", most: 1)[0]
        }
        for sample in 0..<4 { #expect((70...130).contains(heads.count { $0 == sample })) }
        #expect(try scalars(counting(9).stream().shuffled(window: .max, seed: 1), "x").sorted() == Array(0..<9))
    }

    @Test func `each repetition of a stream is another epoch`() async throws {
        let twice = try counting(5).stream().repeated(2)
        #expect(twice.count == 10)
        #expect(try scalars(twice, "x") == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
        #expect(try numbers(twice.batched(by: 4), "x") == [[0, 1, 2, 3], [4, 0, 1, 2], [3, 4]])
        let shuffled = try counting(5).shuffled(seed: 1).stream()
        let rounds = try scalars(shuffled.repeated(3).epoch(2), "x")
        #expect(rounds == (try (6..<9).flatMap { try scalars(shuffled.epoch($0), "x") }))
        let endless = try shuffled.repeated()
        #expect(endless.count == nil)
        #expect(
            try scalars(endless.prefix(12), "x")
                == (try (0..<3).flatMap { try scalars(shuffled.epoch($0), "x") }.prefix(12).map { $0 }))
        for stream in [twice, try twice.batched(by: 4), try shuffled.repeated(3), try endless.prefix(12)] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        try await checkTransform(try endless.batched(by: 3), most: 20)
        try checkResumable(try endless.batched(by: 3), most: 12)
        #expect(try scalars(counting(0).stream().repeated(), "x") == [])
        #expect(try scalars(counting(0).stream().repeated(3), "x") == [])
        #expect(try counting(3).stream().repeated(.max).count == nil)
        #expect(try scalars(counting(2).stream().repeated(.max).epoch(.max), "x", most: 3) == [0, 1, 0])
        for times in [0, -1, .min] { expectError(.invalidArgument, "at least once") { _ = try twice.repeated(times) } }
    }

    @Test func `buffers of a stream can be changed like other buffers`() async throws {
        let reversed = try counting(7).stream().buffered(3) { try $0.reordered(by: (0..<$0.count).reversed()) }
        #expect(try scalars(reversed, "x") == [2, 1, 0, 5, 4, 3, 6])
        let batches = try counting(7).stream().buffered(4) { try $0.batched(by: 3) }
        #expect(try numbers(batches, "x") == [[0, 1, 2], [3], [4, 5, 6]])
        #expect(batches.schema[0].shape == [nil])
        #expect(try scalars(counting(7).stream().buffered(3), "x") == Array(0..<7))
        let shuffled = try counting(20).stream().buffered(8) { $0.shuffled(seed: 1) }
        let found = try scalars(shuffled, "x")
        #expect(Set(found[..<8]) == Set(0..<8) && Set(found[8..<16]) == Set(8..<16) && found != Array(0..<20))
        #expect(try scalars(shuffled.epoch(1), "x") != found)
        let ragged = try tokens([1, 2, 3, 0, 5]).stream().buffered(2) { try $0.batched(by: 2, padding: ["tokens": -1]) }
        #expect(
            try numbers(ragged, "tokens") == [
                [0, -1, 100, 101], [200, 201, 202, -1, -1, -1], [400, 401, 402, 403, 404],
            ])
        let nothing = try counting(4).stream().buffered(2) { try $0.prefix(0) }
        #expect(try scalars(nothing, "x") == [])
        for stream in [reversed, batches, shuffled, ragged, nothing, try counting(5).stream().buffered(.max)] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        for size in [0, -1, .min] {
            expectError(.invalidArgument, "at least one") { _ = try counting(1).stream().buffered(size) }
        }
        expectError(.unknownKey, "\"y\"") { _ = try counting(1).stream().buffered(2) { try $0.selecting(["y"]) } }
    }

    @Test func `samples become windows over one of their dimensions`() async throws {
        let stream = try tokens([5, 0, 2]).stream().slidingWindows("tokens", size: 3, stride: 2, indexKey: "number")
        #expect(try numbers(stream, "tokens") == [[0, 1, 2], [2, 3, 4], [4], [200, 201]])
        #expect(try scalars(stream, "number") == [0, 1, 2, 0])
        #expect(try scalars(stream, "id") == [0, 0, 0, 2])
        #expect(stream.schema.map(\.description) == ["tokens int32[?]", "id int64[]", "number int64[]"])
        let image = Tensor((0..<12).map { UInt8($0) }, shape: [1, 2, 6])
        let columns = try Buffer(columns: ["m": image]).stream().slidingWindows("m", size: 2, stride: 4)
        #expect(try numbers(columns, "m") == [[0, 1, 6, 7], [4, 5, 10, 11]])
        let rows = try Buffer(columns: ["m": image]).stream().slidingWindows("m", size: 1, stride: 1, dimension: 0)
        #expect(try numbers(rows, "m") == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
        for stream in [stream, columns, rows, try stream.batched(by: 3), try stream.shuffled(window: 3, seed: 1)] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        let whole = try tokens([2]).stream().slidingWindows("tokens", size: .max, stride: .max)
        #expect(try numbers(whole, "tokens") == [[0, 1]])
        for (size, stride) in [(0, 1), (1, 0), (.min, 1), (1, .min)] {
            expectError(.invalidArgument, "at least 1") {
                _ = try tokens([2]).stream().slidingWindows("tokens", size: size, stride: stride)
            }
        }
        expectError(.invalidArgument, "no dimension") {
            _ = try tokens([2]).stream().slidingWindows("tokens", size: 1, stride: 1, dimension: 1)
        }
        expectError(.invalidArgument, "twice") {
            _ = try tokens([2]).stream().slidingWindows("tokens", size: 1, stride: 1, indexKey: "id")
        }
    }

    @Test func `a sample becomes the samples of a stream`() async throws {
        let stream = try counting(4).shuffled(seed: 2).stream().flatMap(giving: [Field("y", .int64)]) { sample in
            let value = Int(try sample["x"].item(as: Int64.self))
            return try counting(value, from: value * 10).renaming("x", to: "y").stream()
        }
        let order = try scalars(counting(4).shuffled(seed: 2), "x")
        #expect(try scalars(stream, "y") == order.flatMap { value in (0..<value).map { value * 10 + $0 } })
        for stream in [
            stream, try stream.batched(by: 2), try stream.shuffled(window: 3, seed: 1), try stream.repeated(2),
        ] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        let batches = try counting(3).stream().flatMap(giving: [Field("x", .int64, [nil])]) { sample in
            try counting(3, from: Int(sample["x"].item(as: Int64.self))).batched(by: 2).stream()
        }
        #expect(try numbers(batches, "x") == [[0, 1], [2], [1, 2], [3], [2, 3], [4]])
        try checkResumable(batches)
        expectError(.invalidArgument, "twice") {
            _ = try counting(1).stream().flatMap(giving: [Field("y", .int64), Field("y", .int64)]) { _ in
                try counting(1).stream()
            }
        }
    }
}
