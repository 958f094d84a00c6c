// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Foundation
import Testing

/// Positions that are of something else, or damaged.
@Suite(.timeLimit(.minutes(15))) struct PositionTests {
    private func position(_ stream: Colonnade.Stream, after items: Int = 2) -> Position {
        walk(stream, items).positions.last ?? stream.makeIterator().position
    }

    private func refused(
        _ stream: Colonnade.Stream, _ position: Position, _ word: String, at location: SourceLocation = #_sourceLocation
    ) {
        expectError(.invalidArgument, word, at: location) { _ = try stream.resumed(at: position) }
    }

    @Test func `a position of other data is refused`() throws {
        let (first, file) = try TestSource.oneSegment.open(TestRows.all(10))
        let (second, other) = try TestSource.oneSegment.open(TestRows.all(11))
        refused(second.stream(), position(first.stream()), "data set")
        refused(try counting(5).stream(), position(try counting(4).stream()), "data set")
        refused(try second.stream().repeated(1), position(try first.stream().repeated(1)), "data set")
        refused(try second.appending(first).stream(), position(try first.appending(second).stream()), "data set")
        withExtendedLifetime((file, other)) {}
    }

    @Test func `a position of another order, seed or selection is refused`() throws {
        let buffer = try counting(20)
        let pipelines: [Colonnade.Stream] = [
            buffer.stream(), buffer.shuffled(seed: 1).stream(), buffer.shuffled(seed: 2).stream(),
            try buffer.prefix(19).stream(), try buffer.dropFirst().stream(), try buffer.partition(0, of: 2).stream(),
            try buffer.partition(1, of: 2).stream(), try buffer.reordered(by: [1, 2, 3]).stream(),
            try buffer.reordered(by: [1, 3, 2]).stream(), try buffer.batched(by: 2).shuffled(seed: 1).stream(),
            try buffer.batched(by: 3).shuffled(seed: 1).stream(), try buffer.batched(bySizes: [3, 4, 5]).stream(),
            try buffer.shuffled(seed: 1).batched(bySizes: [3, 4, 5]).stream(),
            try buffer.stream().repeated(1), try buffer.shuffled(seed: 1).stream().repeated(1),
            try buffer.stream().repeated(2),
            try buffer.stream().shuffled(window: 3, seed: 1), try buffer.stream().shuffled(window: 3, seed: 2),
            try buffer.stream().shuffled(window: 4, seed: 1), try buffer.stream().batched(by: 3).batched(by: 2),
            try buffer.stream().batched(by: 2).batched(by: 2),
            try buffer.shuffled(seed: 1).batched(by: 2).batched(by: 2).stream(),
            try buffer.shuffled(seed: 2).batched(by: 2).batched(by: 2).stream(), buffer.stream().filter { _ in true },
            try buffer.stream().buffered(3), try buffer.stream().buffered(4),
        ]
        for (number, stream) in pipelines.enumerated() {
            let position = try saved(position(stream))
            for (other, pipeline) in pipelines.enumerated() where other != number {
                #expect(throws: ColonnadeError.self, "a position of \(number) in \(other)") {
                    try pipeline.resumed(at: position)
                }
            }
        }
    }

    @Test func `a text that is no position gives none, and a deep one does not exhaust the stack`() throws {
        let good = try position(counting(9).stream().shuffled(window: 4, seed: 3)).description
        #expect(Position(good) != nil)
        for index in good.indices {
            #expect(Position(String(good[..<index])) == nil, "\(good[..<index])")
        }
        for text in [
            "", "p1", good + ")", good + "1", "p2" + good.dropFirst(2), "p1.0.0.-.0.0.(1,)", "p1.0.0.-.0.0.(,)",
        ] {
            #expect(Position(text) == nil, "\(text)")
        }
        let deep = String(repeating: "(", count: 100_000) + String(repeating: ")", count: 100_000)
        #expect(Position("p1.0.0.-.0.0.\(deep)") == nil)
    }

    @Test func `the orders of buffers inside of others count too`() throws {
        let buffer = try counting(20)
        func orders(_ seed: UInt64) throws -> [Colonnade.Stream] {
            let inner = buffer.shuffled(seed: seed)
            return [
                try inner.appending(counting(3)).stream(),
                try inner.zipped(with: buffer.renaming("x", to: "y")).stream(),
                try inner.batched(by: 2).batched(by: 2).stream(),
                try Stream.mixed([inner.stream(), buffer.stream()], weights: [1, 1], seed: 1),
                try buffer.stream().buffered(5) { $0.shuffled(seed: seed) },
            ]
        }
        for (first, second) in zip(try orders(1), try orders(2)) {
            refused(second, position(first), "another pipeline")
        }
    }

    @Test func `the size of batches, the ranks and the steps on values may differ`() throws {
        let buffer = try counting(20).shuffled(seed: 3)
        let order = try scalars(buffer, "x")
        let position = position(try buffer.batched(by: 3).stream())
        #expect(position.samples == 6)
        #expect(position.seed == 3)
        #expect(try scalars(buffer.stream().resumed(at: position), "x") == Array(order[6...]))
        let other = try buffer.cast("x", to: .int32).batched(by: 5).stream().resumed(at: position)
        #expect(try numbers(other, "x").flatMap { $0 } == Array(order[6...]))
        #expect(
            try scalars(buffer.sharded(rank: 1, of: 2).stream().resumed(at: position), "x")
                == stride(from: 7, to: 20, by: 2).map { order[$0] })
    }

    @Test func `damaged numbers are errors, or other places of the stream, and never traps`() throws {
        let ragged = try tokens((0..<12).map { 1 + $0 % 3 })
        let schema = try Schema([Field("x", .int64)])
        let stage = try counting(12).stream().filter { _ in true }
        let streams: [Colonnade.Stream] = [
            try counting(12).stream(), try counting(12).batched(by: 5).stream(),
            try counting(12).batched(by: 2).shuffled(seed: 1).stream(),
            try counting(12).sharded(rank: 1, of: 3, remainder: .repeat).batched(by: 2).stream(), stage,
            try stage.batched(by: 5),
            try stage.repeated(3), try stage.repeated().prefix(30), try stage.prefix(7), try stage.dropFirst(3),
            try stage.partition(1, of: 2),
            try stage.shuffled(window: 4, seed: 1), try stage.shuffled(window: .max, seed: 1), try stage.buffered(5),
            try stage.flatMap(giving: [Field("x", .int64)]) { _ in try counting(3).stream() },
            try Stream.mixed([stage, stage], weights: [1, 2], seed: 1).prefix(30),
            try Stream.interleaved([stage, counting(3).stream()], length: 2, whenExhausted: .leaveOut),
            try ragged.stream().packed(["tokens"], length: 4, window: 5),
            try stage.sharded(rank: 0, of: 2, remainder: .repeat).batched(by: 2),
            try ragged.stream().batched(bySizeOf: "tokens", window: 5, maximum: 6, minimum: 3),
            try ragged.stream().slidingWindows("tokens", size: 2, stride: 1),
            try stage.zipped(with: counting(9).renaming("x", to: "y").stream()),
            try Stream(giving: [Field("x", .int64)]) { _ in
                (0..<9).map { Sample(schema: schema, tensors: [Tensor(scalar: Int64($0))]) }
            },
            try stage.prefetched(depth: 3, threads: 2).filter { _ in true },
        ]
        for (number, stream) in streams.enumerated() {
            for items in [0, 2, 4] {
                let json = try JSONEncoder().encode(position(stream, after: items))
                var text = String(decoding: json, as: UTF8.self)
                // Each number of the place, and the samples, in turn; those of 19 digits or so tell the pipeline and stay.
                let pieces = text.split(separator: try Regex("[0-9]+"), omittingEmptySubsequences: false).map(
                    String.init)
                let values = text.matches(of: try Regex("[0-9]+")).map { String(text[$0.range]) }
                for place in values.indices where values[place].count < 8 {
                    for wrong in [
                        "-1", "1", "7", "1000", "9223372036854775807", "-9223372036854775808", "4611686018427387904",
                    ] {
                        var changed = values
                        changed[place] = wrong
                        text = pieces.indices.map { pieces[$0] + ($0 < changed.count ? changed[$0] : "") }.joined()
                        guard let damaged = try? JSONDecoder().decode(Position.self, from: Data(text.utf8)) else {
                            continue
                        }
                        guard let resumed = try? stream.resumed(at: damaged) else { continue }
                        #expect(outcomes(of: resumed, most: 50).count <= 50, "stream \(number)")
                        _ = outcomes(of: try resumed.prefetched(depth: 2, threads: 1), most: 3)
                    }
                }
            }
        }
    }

    @Test func `a place of another form is refused`() throws {
        let stream = try counting(12).stream().repeated(2).batched(by: 2)
        let text = String(decoding: try JSONEncoder().encode(position(stream)), as: UTF8.self)
        let start = try #require(text.range(of: "\"place\":")).upperBound
        let end = try #require(text[start...].lastIndex(of: "]"))
        for place in [
            "[[]]", "[[1]]", "[[1,2]]", "[[1,2],[[0,1]],[[0,1]]]", "[[1,2],[[0,1],[[0]],[[0]]]]", "[[1,2],[[0]]]",
            "[[1,2],[[0,1],[[0,0]]]]",
        ] {
            guard let rest = text[end...].firstIndex(where: { $0 == "," || $0 == "}" }) else { return }
            let changed = text[..<start] + place + text[rest...]
            let position = try JSONDecoder().decode(Position.self, from: Data(changed.utf8))
            refused(stream, position, "position")
        }
        for broken in ["[]", "[1]", "[[1.5]]", "[[1e40]]", "{}", "[[\"a\"]]", String(repeating: "[", count: 100_000)] {
            let changed = text[..<start] + broken + "}"
            #expect(throws: (any Error).self) { try JSONDecoder().decode(Position.self, from: Data(changed.utf8)) }
        }
    }
}
