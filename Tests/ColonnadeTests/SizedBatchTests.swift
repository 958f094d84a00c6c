// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct SizedBatchTests {
    private func ids(_ buffer: Buffer) throws -> [[Int]] { try numbers(buffer, "id") }
    private func ids(_ stream: Colonnade.Stream) throws -> [[Int]] { try numbers(stream, "id") }

    @Test func `samples of similar size are batched together`() async throws {
        let samples = try tokens([3, 1, 2, 4, 1, 2])
        let batches = try samples.batched(bySizeOf: "tokens", maximum: 6)
        #expect(try ids(batches) == [[1, 4, 2], [5, 0], [3]])
        #expect(try batches[1]["tokens"] == Tensor([500, 501, 0, 0, 1, 2].map { Int32($0) }, shape: [2, 3]))
        let stream = try samples.stream().batched(bySizeOf: "tokens", window: 6, maximum: 6)
        #expect(try ids(stream) == [[1, 4, 2], [5, 0], [3]])
        let halves = try samples.stream().batched(bySizeOf: "tokens", window: 3, maximum: 6)
        #expect(try ids(halves) == [[1, 2], [0], [4, 5], [3]])
        // The position is after [1, 4, 2].
        let (found, positions) = walk(stream, 1)
        #expect(found.count == 1)
        #expect(try ids(stream.resumed(at: saved(positions[1]))) == [[5, 0], [3]])
        for stream in [batches.stream(), stream, halves] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
    }

    @Test func `sizes in a file and given sizes have the same result`() throws {
        let samples = try tokens([3, 1, 2, 4, 1, 2])
        let (stored, file) = try TestSource.oneSegment.open(try (0..<6).map { try samples[$0] })
        #expect(try ids(stored.batched(bySizeOf: "tokens", maximum: 6)) == [[1, 4, 2], [5, 0], [3]])
        let mapped = try stored.map("tokens", shape: [nil]) { $0 }
        #expect(try ids(mapped.batched(bySizeOf: "tokens", maximum: 6)) == [[1, 4, 2], [5, 0], [3]])
        #expect(
            try ids(stored.batched(bySizeOf: "tokens", maximum: 6, sizes: [1, 1, 1, 1, 1, 7])) == [
                [0, 1, 2, 3, 4], [5],
            ])
        expectError(.invalidArgument, "2 sizes") {
            _ = try stored.batched(bySizeOf: "tokens", maximum: 6, sizes: [1, 2])
        }
        withExtendedLifetime(file) {}
    }

    @Test func `outliers are single batches, or are dropped`() async throws {
        let samples = try tokens([3, 1, 20, 4, 1, 2])
        let kept = [[1, 4, 5], [0], [3], [2]]
        let dropped = [[1, 4, 5], [0], [3]]
        #expect(try ids(samples.batched(bySizeOf: "tokens", maximum: 6)) == kept)
        #expect(try ids(samples.batched(bySizeOf: "tokens", maximum: 6, droppingOutliers: true)) == dropped)
        let stream = try samples.stream().batched(bySizeOf: "tokens", window: 10, maximum: 6)
        #expect(try ids(stream) == kept)
        let without = try samples.stream().batched(bySizeOf: "tokens", window: 10, maximum: 6, droppingOutliers: true)
        #expect(try ids(without) == dropped)
        #expect(
            try ids(tokens([30, 1, 20]).batched(bySizeOf: "tokens", maximum: 6)) == [[1], [2], [0]])
        for stream in [stream, without] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
    }

    @Test func `windows of nothing but outliers do not end the stream`() throws {
        let samples = try tokens([9, 9, 9, 9, 1, 9, 9, 9, 2, 9])
        for window in [1, 2, 3] {
            let stream = try samples.stream().batched(
                bySizeOf: "tokens", window: window, maximum: 6, droppingOutliers: true)
            #expect(try ids(stream) == [[4], [8]], "window \(window)")
            try checkResumable(stream)
        }
        let none = try tokens([9, 9]).stream().batched(
            bySizeOf: "tokens", window: 1, maximum: 6, droppingOutliers: true)
        #expect(try ids(none) == [])
    }

    @Test func `a batch ends when it has the minimum, and smaller ones wait or are dropped`() async throws {
        let samples = try tokens([1, 1, 1, 1, 1, 5, 4])
        // The sizes in order are 1 (five times), 4 and 5. Two samples of 1 reach the minimum of 2. The last 1 cannot
        // join 4 within the maximum of 6, and is dropped.
        let batches = try samples.batched(bySizeOf: "tokens", maximum: 6, minimum: 2)
        #expect(try ids(batches) == [[0, 1], [2, 3], [6], [5]])
        let stream = try samples.stream().batched(bySizeOf: "tokens", window: 3, maximum: 6, minimum: 2)
        // After [0, 1], sample 2 waits. After [2, 3] and [5], sample 4 waits, and cannot join sample 6, which has 4
        // elements.
        #expect(try ids(stream) == [[0, 1], [2, 3], [5], [6]])
        let impatient = try samples.stream().batched(
            bySizeOf: "tokens", window: 3, maximum: 6, minimum: 2, maxWaiting: 0)
        #expect(try ids(impatient) == [[0, 1], [3, 4], [5], [6]])
        for stream in [batches.stream(), stream, impatient] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
    }

    @Test func `the batches of a window are in random order`() async throws {
        let samples = try tokens((0..<40).map { 1 + $0 % 5 })
        let stream = try samples.stream().batched(bySizeOf: "tokens", window: 20, maximum: 10, shuffleSeed: 7)
        let sorted = try samples.stream().batched(bySizeOf: "tokens", window: 20, maximum: 10)
        let (found, plain) = (try ids(stream), try ids(sorted))
        let half = plain.count / 2
        #expect(found != plain)
        #expect(Set(found[..<half]) == Set(plain[..<half]) && Set(found[half...]) == Set(plain[half...]))
        #expect(try ids(stream.epoch(1)) != found)
        try await checkTransform(stream)
        try checkResumable(stream)
    }

    @Test func `the keys of a sized batch are padded or joined as in other batches`() throws {
        let stream = try tokens([1, 2]).stream().batched(
            bySizeOf: "tokens", window: 2, maximum: 6, padding: ["tokens": -1])
        #expect(try numbers(stream, "tokens") == [[0, -1, 100, 101]])
        let joined = try tokens([1, 2]).stream().batched(
            bySizeOf: "tokens", window: 2, maximum: 6, joining: ["tokens": 0])
        #expect(try numbers(joined, "tokens") == [[0, 100, 101]])
    }

    @Test func `the size counted is that of the batch: joined, or padded in each dimension`() throws {
        let samples = try tokens([3, 1, 2, 4, 1, 2])
        // MLX Data has the same result: 1 + 1 + 2 + 2 elements joined are 6.
        let joined = [[1, 4, 2, 5], [0], [3]]
        #expect(try ids(samples.batched(bySizeOf: "tokens", maximum: 6, joining: ["tokens": 0])) == joined)
        #expect(try ids(samples.batched(bySizeOf: "tokens", maximum: 6, joining: ["tokens": -1])) == joined)
        #expect(
            try ids(samples.stream().batched(bySizeOf: "tokens", window: 9, maximum: 6, joining: ["tokens": 0]))
                == joined)
        let enough = try samples.batched(bySizeOf: "tokens", maximum: 6, minimum: 4, joining: ["tokens": 0])
        #expect(try ids(enough) == [[1, 4, 2], [5, 0], [3]])
        #expect(
            try ids(samples.batched(bySizeOf: "tokens", maximum: 6, sizes: [3, 1, 2, 4, 1, 2], joining: ["tokens": 0]))
                == joined)

        func boxes(_ shapes: [[Int]]) throws -> Buffer {
            let schema = try Schema([Field("tokens", .uint8, [nil, nil]), Field("id", .int64)])
            return try Buffer(
                shapes.enumerated().map { index, shape in
                    let values = Tensor([UInt8](repeating: 1, count: shape.reduce(1, *)), shape: shape)
                    return Sample(schema: schema, tensors: [values, Tensor(scalar: Int64(index))])
                })
        }
        let crossed = try boxes([[1, 10], [10, 1], [5, 2]])
        for batches in [
            try ids(crossed.batched(bySizeOf: "tokens", maximum: 30)),
            try ids(crossed.stream().batched(bySizeOf: "tokens", window: 9, maximum: 30)),
        ] {
            // Two of the samples together are 2 × 10 × 10 or 2 × 10 × 2 elements.
            #expect(batches == [[0], [1], [2]])
        }
        #expect(try ids(crossed.batched(bySizeOf: "tokens", maximum: 30, joining: ["tokens": 0])) == [[0], [1, 2]])
        let wide = try boxes([[1, 4], [2, 2], [3, 2]])
        #expect(try ids(wide.batched(bySizeOf: "tokens", maximum: 12, joining: ["tokens": 1])) == [[0, 1], [2]])
    }

    @Test func `impossible limits are refused`() throws {
        let samples = try tokens([1, 2])
        expectError(.unknownKey, "did you mean \"tokens\"") { _ = try samples.batched(bySizeOf: "token", maximum: 6) }
        expectError(.invalidArgument, "maximum") { _ = try samples.batched(bySizeOf: "tokens", maximum: 0) }
        expectError(.invalidArgument, "minimum") { _ = try samples.batched(bySizeOf: "tokens", maximum: 6, minimum: 7) }
        expectError(.invalidArgument, "minimum") { _ = try samples.batched(bySizeOf: "tokens", maximum: 6, minimum: 0) }
        let stream = samples.stream()
        expectError(.invalidArgument, "window") { _ = try stream.batched(bySizeOf: "tokens", window: 0, maximum: 6) }
        expectError(.invalidArgument, "negative") {
            _ = try stream.batched(bySizeOf: "tokens", window: 1, maximum: 6, maxWaiting: -1)
        }
        #expect(try ids(samples.batched(bySizeOf: "tokens", maximum: .max)) == [[0, 1]])
        #expect(try ids(stream.batched(bySizeOf: "tokens", window: .max, maximum: .max, maxWaiting: .max)) == [[0, 1]])
    }
}
