// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct PackTests {
    /// A packed row of the model.
    private struct Row: Equatable {
        var tokens: [Int] = []
        var segments: [Int] = []
        var positions: [Int] = []
    }

    /// Returns the packed rows by brute force, first fit: each row is compared with all rows of the output.
    private func model(_ rows: [[Int]], length: Int, window: Int, _ overlong: Overlong, padding: Int = 0) -> [Row] {
        var result: [Row] = []
        for start in stride(from: 0, to: rows.count, by: window) {
            var packed: [Row] = []
            for row in rows[start..<min(start + window, rows.count)] {
                var pieces: [[Int]] = []
                switch overlong {
                case .truncate: pieces = [Array(row.prefix(length))]
                case .leaveOut, .refuse: pieces = row.count > length ? [] : [row]
                case .split:
                    pieces = stride(from: 0, to: row.count, by: length).map {
                        Array(row[$0..<min($0 + length, row.count)])
                    }
                }
                for piece in pieces where !piece.isEmpty {
                    var place = packed.firstIndex { $0.tokens.count + piece.count <= length }
                    if place == nil {
                        place = packed.count
                        packed.append(Row())
                    }
                    let index = place ?? 0
                    packed[index].segments += piece.map { _ in (packed[index].segments.last ?? 0) + 1 }
                    packed[index].tokens += piece
                    packed[index].positions += piece.indices.map { $0 }
                }
            }
            result += packed
        }
        for index in result.indices {
            let rest = [Int](repeating: 0, count: length - result[index].tokens.count)
            result[index].tokens += rest.map { _ in padding }
            result[index].segments += rest
            result[index].positions += rest
        }
        return result
    }

    private func rows(_ stream: Colonnade.Stream) throws -> [Row] {
        try samples(of: stream).map {
            Row(
                tokens: try numbers($0["tokens"]), segments: try numbers($0["segment_ids"]),
                positions: try numbers($0["positions"]))
        }
    }

    @Test func `rows are packed by first fit`() throws {
        let stream = try tokens([3, 4, 2, 1, 5, 1]).stream().packed(["tokens"], length: 5, padding: ["tokens": -1])
        #expect(stream.schema.map(\.description) == ["tokens int32[5]", "segment_ids int32[5]", "positions int32[5]"])
        #expect(
            try rows(stream) == [
                Row(tokens: [0, 1, 2, 200, 201], segments: [1, 1, 1, 2, 2], positions: [0, 1, 2, 0, 1]),
                Row(tokens: [100, 101, 102, 103, 300], segments: [1, 1, 1, 1, 2], positions: [0, 1, 2, 3, 0]),
                Row(tokens: [400, 401, 402, 403, 404], segments: [1, 1, 1, 1, 1], positions: [0, 1, 2, 3, 4]),
                Row(tokens: [500, -1, -1, -1, -1], segments: [1, 0, 0, 0, 0], positions: [0, 0, 0, 0, 0]),
            ])
    }

    @Test func `the model agrees for all lengths, windows and kinds of overlong rows`() async throws {
        var random = SplitMix64(state: 11)
        for round in 0..<12 {
            let lengths = (0..<25).map { _ in random.below(12) }
            let buffer = try tokens(lengths)
            let expected = try numbers(buffer, "tokens")
            for (length, window) in [(1, 3), (4, 1), (7, 5), (8, 100), (30, .max)] {
                for overlong in [Overlong.split, .truncate, .leaveOut] {
                    let stream = try buffer.stream().packed(
                        ["tokens"], length: length, window: window, overlong: overlong, padding: ["tokens": 9])
                    let model = model(expected, length: length, window: min(window, 1000), overlong, padding: 9)
                    #expect(try rows(stream) == model, "length \(length), window \(window), \(overlong)")
                    guard round == 0 else { continue }
                    try await checkTransform(stream)
                    try checkResumable(stream)
                }
            }
            // No element is lost.
            var elements: [Int] = []
            for row in try rows(buffer.stream().packed(["tokens"], length: 7, window: 6)) {
                for (token, segment) in zip(row.tokens, row.segments) where segment > 0 { elements.append(token) }
            }
            let all = Array(expected.joined()).sorted()
            #expect(elements.sorted() == all)
        }
    }

    @Test func `rows that are too long can be errors, and the stream continues after them`() throws {
        let stream = try tokens([3, 4, 9, 1, 7]).stream().packed(["tokens"], length: 5, window: 2, overlong: .refuse)
        var pass = stream.makeIterator()
        var found: [[Int]] = []
        var refused: [ColonnadeError] = []
        while true {
            do {
                guard let row = try pass.next() else { break }
                found.append(try numbers(row["tokens"]))
            } catch let error as ColonnadeError {
                refused.append(error)
            }
        }
        #expect(refused.map(\.place) == [.sample(row: 2, key: "tokens"), .sample(row: 4, key: "tokens")])
        #expect(refused.allSatisfy { $0.code == .invalidArgument && $0.message.contains("a packed row has 5") })
        #expect(found.map { $0.prefix(1) } == [[0], [100], [300]])
    }

    @Test func `several keys are packed alike, and batches are made of packed rows`() async throws {
        let schema = try Schema([
            Field("tokens", .int32, [nil]), Field("weights", .float32, [nil, 2]), Field("id", .int8),
        ])
        let rows = [2, 1, 3].enumerated().map { row, length in
            Sample(
                schema: schema,
                tensors: [
                    Tensor((0..<length).map { Int32(row * 10 + $0) }),
                    Tensor((0..<length * 2).map { Float(row) + Float($0) / 8 }, shape: [length, 2]),
                    Tensor(scalar: Int8(0)),
                ])
        }
        for source in [TestSource.samples, .oneSegment, .zlib] {
            let (buffer, file) = try source.open(rows)
            let stream = try buffer.stream().packed(["weights", "tokens"], length: 4, padding: ["weights": 0.5])
            let found = try samples(of: stream)
            #expect(found.count == 2)
            #expect(try numbers(found[0]["tokens"]) == [0, 1, 10, 0])
            #expect(try found[0]["weights"].elements(as: Float.self) == [0, 0.125, 0.25, 0.375, 1, 1.125, 0.5, 0.5])
            #expect(stream.schema[0].shape == [4, 2])
            let batches = try stream.batched(by: 2, droppingLast: true).cast("tokens", to: .float32)
            #expect(try samples(of: batches)[0]["tokens"].elements(as: Float.self) == [0, 1, 10, 0, 20, 21, 22, 0])
            try await checkTransform(batches)
            try checkResumable(stream)
            withExtendedLifetime(file) {}
        }
    }

    @Test func `only rows with an error are lost`() throws {
        let stream = try tokens([2, 2, 2, 2]).stream().map("tokens") { tokens in
            if try tokens.elements(as: Int32.self)[0] == 100 { throw ColonnadeError(.userFunction, "no") }
            return tokens
        }
        for window in [1, 2, 4] {
            let packed = try stream.packed(["tokens"], length: 2, window: window)
            let found = outcomes(of: packed)
            let kept = found.compactMap {
                if case .sample(_, let tensors) = $0 { try? numbers(tensors[0]) } else { nil }
            }
            #expect(kept.sorted { $0[0] < $1[0] } == [[0, 1], [200, 201], [300, 301]], "window \(window)")
            #expect(found.count == 4)
            try checkResumable(packed)
        }
    }

    @Test func `keys that do not fit, and impossible sizes, are refused`() throws {
        let stream = try tokens([1, 2]).stream()
        expectError(.unknownKey, "did you mean") { _ = try stream.packed(["token"], length: 4) }
        expectError(.invalidArgument, "first dimension") { _ = try stream.packed(["id"], length: 4) }
        expectError(.unknownKey, "\"id\"") { _ = try stream.packed(["tokens"], length: 4, padding: ["id": 1]) }
        expectError(.invalidArgument, "key") { _ = try stream.packed([], length: 4) }
        for (length, window) in [(0, 1), (1, 0), (.min, 1), (1, .min)] {
            expectError(.invalidArgument, "at least 1") {
                _ = try stream.packed(["tokens"], length: length, window: window)
            }
        }
        expectError(.invalidArgument) { _ = try samples(of: stream.packed(["tokens"], length: .max)) }
        let bytes = try Buffer(columns: ["b": Tensor([UInt8(1), 2], shape: [1, 2])]).stream()
        for length in [Int.max, .max >> 3, 1 << 40] {
            expectError(.invalidArgument) { _ = try samples(of: bytes.packed(["b"], length: length)) }
        }
        let unequal = try tokens([1, 2]).stream().map("id", shape: [nil]) { _ in Tensor([Int64(1), 2]) }
        let error = #expect(throws: ColonnadeError.self) {
            try samples(of: unequal.packed(["tokens", "id"], length: 4))
        }
        #expect(error?.place == .sample(row: 0, key: "id"))
    }
}
