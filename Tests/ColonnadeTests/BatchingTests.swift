// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct BatchingTests {
    /// Returns streams over equal ragged rows: in memory, in a file, after a cast, appended, and read from a stream.
    private func variants(_ lengths: [Int]) throws -> (streams: [Colonnade.Stream], file: TemporaryFile?) {
        let buffer = try tokens(lengths)
        let (stored, file) = try TestSource.manySegments.open(try (0..<buffer.count).map { try buffer[$0] })
        return (
            [
                buffer.stream(), stored.stream(), try stored.appending(buffer.prefix(0)).stream(),
                try buffer.cast("tokens", to: .int32).stream(), try buffer.map("tokens") { $0 }.stream(),
                try buffer.zipped(with: counting(lengths.count)).selecting(["tokens", "id"]).stream(),
                try buffer.stream().repeated(1), try buffer.stream().filter { _ in true },
            ], file
        )
    }

    @Test func `shorter rows are padded with the requested value`() async throws {
        let (streams, file) = try variants([2, 0, 1])
        for stream in streams {
            #expect(try numbers(stream.batched(by: 2), "tokens") == [[0, 1, 0, 0], [200]])
            let filled = try stream.batched(by: 3, padding: ["tokens": -7])
            #expect(try numbers(filled, "tokens") == [[0, 1, -7, -7, 200, -7]])
            expectError(.invalidArgument, "cannot be padded with 1.9") {
                _ = try stream.batched(by: 3, padding: ["tokens": 1.9])
            }
            try await checkTransform(filled)
            try checkResumable(filled)
        }
        withExtendedLifetime(file) {}
    }

    @Test func `floating-point rows can be padded with any number`() throws {
        for source in [TestSource.samples, .oneSegment, .zlib] {
            let schema = try Schema([Field("v", .float32, [nil])])
            let rows = [[Float(1), 2], [3]].map { Sample(schema: schema, tensors: [Tensor($0)]) }
            let (buffer, file) = try source.open(rows)
            let infinite = try buffer.batched(by: 2, padding: ["v": -.infinity])[0]["v"].elements(as: Float.self)
            #expect(infinite == [1, 2, 3, -.infinity])
            let nothing = try buffer.batched(by: 2, padding: ["v": .nan])[0]["v"].elements(as: Float.self)
            #expect(nothing[..<3] == [1, 2, 3] && nothing[3].isNaN)
            // A scale before the batch does not change the padding; a scale after it does.
            let before = try buffer.scaled("v", by: 2, offset: 1).batched(by: 2, padding: ["v": 10])
            #expect(try before[0]["v"].elements(as: Float.self) == [3, 5, 7, 10])
            let after = try buffer.batched(by: 2, padding: ["v": 10]).scaled("v", by: 2, offset: 1)
            #expect(try after[0]["v"].elements(as: Float.self) == [3, 5, 7, 21])
            let zeros = try buffer.batched(by: 2).scaled("v", by: 2)
            #expect(try zeros[0]["v"].elements(as: Float.self) == [2, 4, 6, 0])
            let both = try buffer.scaled("v", by: 2).appending(buffer.scaled("v", by: 2)).scaled("v", by: 0.5)
            #expect(
                try both.batched(by: 2, padding: ["v": 9])[0]["v"].elements(as: Float.self) == [1, 2, 3, 9])
            withExtendedLifetime(file) {}
        }
    }

    @Test func `values are joined along an existing dimension`() async throws {
        let (streams, file) = try variants([2, 0, 1, 3])
        for stream in streams {
            let joined = try stream.batched(by: 3, joining: ["tokens": 0])
            #expect(try numbers(joined, "tokens") == [[0, 1, 200], [300, 301, 302]])
            #expect(joined.schema[0].shape == [nil])
            #expect(
                try numbers(stream.batched(by: 2, joining: ["tokens": -1]), "tokens") == [
                    [0, 1], [200, 300, 301, 302],
                ])
            try await checkTransform(joined)
            try checkResumable(joined)
        }
        withExtendedLifetime(file) {}
    }

    @Test func `joined matrices are padded in their other dimensions`() async throws {
        let schema = try Schema([Field("m", .uint8, [nil, nil])])
        let rows = [([UInt8(1), 2], [1, 2]), ([3, 4], [2, 1]), ([], [0, 3])].map {
            Sample(schema: schema, tensors: [Tensor($0, shape: $1)])
        }
        for source in [TestSource.samples, .oneSegment, .zlib, .appended] {
            let (buffer, file) = try source.open(rows)
            let rowsJoined = try buffer.batched(by: 3, padding: ["m": 9], joining: ["m": 0])
            #expect(try rowsJoined[0]["m"] == Tensor([UInt8(1), 2, 9, 3, 9, 9, 4, 9, 9], shape: [3, 3]))
            let columnsJoined = try buffer.batched(by: 3, padding: ["m": 9], joining: ["m": -1])
            #expect(
                try columnsJoined[0]["m"] == Tensor([UInt8(1), 2, 3, 9, 9, 9, 9, 9, 4, 9, 9, 9], shape: [2, 6]))
            try await checkTransform(rowsJoined.stream())
            try await checkTransform(columnsJoined.stream())
            withExtendedLifetime(file) {}
        }
    }

    @Test func `fixed matrices are joined`() async throws {
        let values = Tensor((0..<24).map { UInt8($0) }, shape: [4, 2, 3])
        let buffer = try Buffer(columns: ["m": values])
        let first = try buffer.batched(by: 2, droppingLast: true, joining: ["m": 0])
        #expect(first.schema[0].shape == [4, 3])
        #expect(try first[1]["m"] == Tensor((12..<24).map { UInt8($0) }, shape: [4, 3]))
        let last = try buffer.batched(by: 2, joining: ["m": 1])
        #expect(last.schema[0].shape == [2, nil])
        #expect(try last[0]["m"] == Tensor([UInt8(0), 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11], shape: [2, 6]))
        for buffer in [first, last] { try await checkTransform(buffer.stream()) }
        let shuffled = try buffer.shuffled(seed: 2).cast("m", to: .float32).batched(by: 3, joining: ["m": 0])
        try await checkTransform(shuffled.stream())
    }

    @Test func `a list gives the sizes of batches`() async throws {
        let batches = try counting(10).batched(bySizes: [3, 1, 4])
        #expect(try numbers(batches, "x") == [[0, 1, 2], [3], [4, 5, 6, 7]])
        #expect(batches.count == 3)
        try await checkTransform(batches.stream())
        try checkResumable(batches.stream())
        try checkResumable(batches.shuffled(seed: 1).stream())
        #expect(try counting(3).batched(bySizes: []).count == 0)
        try checkResumable(try counting(3).batched(bySizes: []).stream())
        expectError(.invalidArgument, "at least one") { _ = try counting(3).batched(bySizes: [1, 0]) }
        expectError(.invalidArgument, "3 there are") { _ = try counting(3).batched(bySizes: [2, 2]) }
        expectError(.invalidArgument, "3 there are") { _ = try counting(3).batched(bySizes: [.max, .max]) }
    }

    @Test func `batches of batches have two more dimensions`() async throws {
        let twice = try counting(7).batched(by: 2).batched(by: 2)
        #expect(twice.schema[0].shape == [nil, nil])
        #expect(try numbers(twice, "x") == [[0, 1, 2, 3], [4, 5, 6, 0]])
        #expect(try twice[1]["x"].shape == [2, 2])
        let stream = try counting(7).stream().batched(by: 2).batched(by: 2)
        expectSame(outcomes(of: stream), outcomes(of: twice.stream()), "as a stream")
        let stage = try counting(7).stream().repeated(1).batched(by: 2).batched(by: 2)
        expectSame(outcomes(of: stage), outcomes(of: twice.stream()), "of a stage")
        let joined = try counting(7).batched(by: 2).batched(by: 2, joining: ["x": 0])
        #expect(try numbers(joined, "x") == [[0, 1, 2, 3], [4, 5, 6]])
        for stream in [twice.stream(), stream, stage, joined.stream()] {
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        let third = try counting(16).shuffled(seed: 6).batched(by: 2).shuffled(seed: 1).batched(by: 2).batched(by: 2)
        try await checkTransform(third.stream())
        try checkResumable(third.stream())
    }

    @Test func `the last batch is short or dropped`() async throws {
        for stream in [try counting(7).stream(), try counting(7).stream().repeated(1)] {
            let kept = try stream.batched(by: 3)
            #expect(kept.count == 3 && kept.schema[0].shape == [nil])
            #expect(try numbers(kept, "x") == [[0, 1, 2], [3, 4, 5], [6]])
            let dropped = try stream.batched(by: 3, droppingLast: true)
            #expect(dropped.count == 2 && dropped.schema[0].shape == [3])
            #expect(try numbers(dropped, "x") == [[0, 1, 2], [3, 4, 5]])
            #expect(try numbers(stream.batched(by: .max), "x") == [[0, 1, 2, 3, 4, 5, 6]])
            #expect(try numbers(stream.batched(by: .max, droppingLast: true), "x") == [])
            for stream in [kept, dropped] {
                try await checkTransform(stream)
                try checkResumable(stream)
            }
        }
    }
}
