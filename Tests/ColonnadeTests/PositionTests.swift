// SPDX-License-Identifier: Apache-2.0

import ColonnadeStoreTestSupport
import Foundation
import Testing

@testable import Colonnade

/// Tests positions of other pipelines, and damaged positions.
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
            try buffer.shuffled(seed: 2).batched(by: 2).batched(by: 2).stream(),
            try buffer.stream().filter { _ in true },
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

    @Test func `an error names the step that differs`() throws {
        let buffer = try counting(20)
        func difference(_ saved: Colonnade.Stream, _ now: Colonnade.Stream) -> String {
            let position = position(saved)
            let error = #expect(throws: ColonnadeError.self) { try now.resumed(at: position) }
            return error?.message ?? ""
        }
        let shuffled = buffer.shuffled(seed: 1).stream()
        let filtered = try shuffled.filter { _ in true }
        #expect(difference(shuffled, filtered).contains("another pipeline: filter was added since it was saved"))
        #expect(difference(filtered, shuffled).contains("it was saved with filter, which is missing here"))
        let sharded = try filtered.sharded(rank: 0, of: 2).batched(by: 2).batched(by: 2)
        #expect(difference(try filtered.batched(by: 2).batched(by: 2), sharded).contains("shard was added"))
        #expect(difference(buffer.stream(), shuffled).contains("shuffle was added"))
        #expect(difference(shuffled, buffer.shuffled(seed: 2).stream()).contains("shuffle has other arguments"))
        #expect(
            difference(shuffled, try shuffled.prefix(9)).contains(
                "saved with shuffle, where this pipeline has shuffle of epoch 0, take or skip"))
        #expect(
            difference(try shuffled.repeated(2), try shuffled.shuffled(window: 3, seed: 1)).contains(
                "saved with repeat, where this pipeline has windowed shuffle"))
        // The steps are equal, and the data differs.
        #expect(
            difference(try counting(5).stream().repeated(1), try counting(6).stream().repeated(1)).contains("data set"))
    }

    @Test func `positions without steps are accepted and refused as others`() throws {
        let stream = try counting(20).shuffled(seed: 1).stream().repeated(2)
        let text = position(stream).description
        let parts = text.split(separator: ".")
        #expect(parts.count == 8 && parts[6].hasPrefix("~shuffle~"))
        let short = try #require(Position((parts[..<6] + parts[7...]).joined(separator: ".")))
        #expect(try scalars(stream.resumed(at: short), "x") == scalars(stream.resumed(at: position(stream)), "x"))
        refused(try stream.filter { _ in true }, short, "another pipeline or data set")
    }

    /// Returns a position as version 1 saved it.
    private func firstVersion(_ position: Position, pipeline: UInt64? = nil) throws -> Position {
        var parts = position.description.split(separator: ".").map(String.init)
        parts[0] = "p1"
        if let pipeline { parts[2] = String(pipeline, radix: 16) }
        return try #require(Position(parts.joined(separator: ".")))
    }

    @Test func `positions of version 1 are refused with the reason if the order was random`() throws {
        let buffer = try counting(20).shuffled(seed: 1)
        let streams = [
            buffer.stream(), try buffer.stream().repeated(2), try buffer.prefix(9).stream(),
            try buffer.batched(by: 4).stream(), try counting(20).batched(by: 4).shuffled(seed: 1).stream(),
        ]
        for stream in streams {
            // The row order is part of the pipeline's hash, so that of version 1 was another one.
            let old = try firstVersion(position(stream), pipeline: 0xabc)
            refused(stream, old, "older row order")
            var json = try #require(
                JSONSerialization.jsonObject(with: JSONEncoder().encode(old)) as? [String: Any])
            #expect(json.removeValue(forKey: "version") as? Int == 1)
            let decoded = try JSONDecoder().decode(Position.self, from: JSONSerialization.data(withJSONObject: json))
            #expect(decoded == old)
            refused(stream, decoded, "older row order")
        }
        // The steps of a joined buffer do not name the orders inside it.
        let joined = try buffer.appending(counting(3)).stream()
        refused(joined, try firstVersion(position(joined), pipeline: 0xabc), "older row order")
    }

    @Test func `positions of version 1 without a random order are accepted`() throws {
        let buffer = try counting(20)
        let streams = [
            buffer.stream(), try buffer.stream().repeated(2), try buffer.stream().shuffled(window: 4, seed: 3),
        ]
        for stream in streams {
            let now = position(stream)
            let old = try firstVersion(now)
            #expect(old.version == 1 && now.version == 2)
            #expect(try scalars(stream.resumed(at: old), "x") == scalars(stream.resumed(at: now), "x"))
        }
        refused(try buffer.prefix(9).stream(), try firstVersion(position(buffer.stream())), "take or skip was added")
    }

    @Test func `a position of version 1 of a windowed shuffle is refused with the right reason`() throws {
        let buffer = try counting(20)
        let saved = position(try buffer.stream().shuffled(window: 4, seed: 3).repeated(2))
        var parts = try firstVersion(saved).description.split(separator: ".").map(String.init)
        // Version 1 named it as it named an order of rows.
        parts[6] = parts[6].replacing("windowed-shuffle", with: "shuffle")
        let old = try #require(Position(parts.joined(separator: ".")))
        #expect(old.steps != saved.steps)
        let same = try buffer.stream().shuffled(window: 4, seed: 3).repeated(2)
        #expect(try scalars(same.resumed(at: old), "x") == scalars(same.resumed(at: saved), "x"))
        refused(try counting(21).stream().shuffled(window: 4, seed: 3).repeated(2), old, "another data set")
        refused(
            try buffer.stream().shuffled(window: 5, seed: 3).repeated(2), old, "windowed shuffle has other arguments")
        refused(
            try buffer.stream().shuffled(window: 4, seed: 3).repeated(3), old, "repeat has other arguments")
        // The order of rows below the window is an older one.
        let rows = try buffer.shuffled(seed: 1).stream().shuffled(window: 4, seed: 3)
        parts = try firstVersion(position(rows), pipeline: 0xabc).description.split(separator: ".").map(String.init)
        parts[6] = parts[6].replacing("windowed-shuffle", with: "shuffle")
        refused(rows, try #require(Position(parts.joined(separator: "."))), "older row order")
    }

    @Test func `a position of samples in memory fits only samples in the same order`() throws {
        let buffer = try counting(20)
        func materialized(_ seed: UInt64) throws -> [Colonnade.Stream] {
            let shuffled = buffer.shuffled(seed: seed)
            return [
                try shuffled.materialized().stream(), try shuffled.stream().materialized().stream(),
                try shuffled.materialized().batched(by: 3).stream(),
                try shuffled.appending(counting(3)).materialized().stream(),
                try shuffled.stream().epoch(Int(seed)).materialized().stream(),
                try shuffled.stream().filter { _ in true }.materialized().stream(),
                try buffer.stream().shuffled(window: 4, seed: seed).materialized().stream(),
            ]
        }
        for ((first, again), other) in try zip(zip(materialized(1), materialized(1)), materialized(2)) {
            let saved = position(first)
            #expect(try scalars(again.resumed(at: saved), "x") == scalars(first.resumed(at: saved), "x"))
            refused(other, saved, "materialize has other arguments")
        }
        // Version 1 did not save the orders of samples in memory.
        let stream = try materialized(1)[0]
        let old = try firstVersion(position(try buffer.materialized().stream()))
        refused(stream, old, "materialize was added")
        refused(stream, old, "older row order")
        #expect(throws: Never.self) { try buffer.materialized().stream().resumed(at: old) }
    }

    @Test func `JSON of a later version is refused`() throws {
        let position = position(try counting(20).stream())
        let text = String(decoding: try JSONEncoder().encode(position), as: UTF8.self)
        let later = text.replacing("\"version\":2", with: "\"version\":3")
        #expect(later != text)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Position.self, from: Data(later.utf8)) }
    }

    @Test func `a text that is not a position is refused`() throws {
        let good = try position(counting(9).stream().shuffled(window: 4, seed: 3)).description
        #expect(Position(good) != nil)
        for index in good.indices {
            #expect(Position(String(good[..<index])) == nil, "\(good[..<index])")
        }
        for text in [
            "", "p1", good + ")", good + "1", "p0" + good.dropFirst(2), "p3" + good.dropFirst(2),
            "p2.0.0.-.0.0.(1,)", "p2.0.0.-.0.0.(,)",
        ] {
            #expect(Position(text) == nil, "\(text)")
        }
    }

    @Test func `the orders of buffers inside others matter too`() throws {
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

    @Test func `batch sizes, ranks and steps on values may differ`() throws {
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

    @Test func `damaged numbers are errors, or other positions of the stream, and never traps`() throws {
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
                let original = position(stream, after: items)
                var damaged: [Position] = []
                for wrong in [-1, 1, 7, 1000, .max, .min, 1 << 62] {
                    for place in original.cursorState.changed(to: wrong) { damaged += try original.with(place.coded) }
                }
                // A position with any changed letter is either valid or an error.
                let letters = Array(original.cursorState.coded)
                for index in letters.indices {
                    for letter in "AB_gx" { damaged += try original.with(letters, index, letter) }
                }
                for position in damaged {
                    guard let resumed = try? stream.resumed(at: position) else { continue }
                    #expect(outcomes(of: resumed, most: 50).count <= 50, "stream \(number)")
                    _ = outcomes(of: try resumed.prefetched(depth: 2, threads: 1), most: 3)
                }
            }
        }
    }

    @Test func `a cursor state of another form is refused`() throws {
        let stream = try counting(12).stream().repeated(2).batched(by: 2)
        let original = position(stream)
        let inner = CursorState(numbers: [0])
        for place in [
            CursorState(numbers: []), CursorState(numbers: [1]), CursorState(numbers: [1, 2]),
            CursorState(numbers: [1, 2], upstreams: [CursorState(numbers: [0, 1]), CursorState(numbers: [0, 1])]),
            CursorState(numbers: [1, 2], upstreams: [CursorState(numbers: [0, 1], upstreams: [inner, inner])]),
            CursorState(numbers: [1, 2], upstreams: [inner]),
            CursorState(
                numbers: [1, 2], upstreams: [CursorState(numbers: [0, 1], upstreams: [CursorState(numbers: [0, 0])])]),
        ] {
            for position in try original.with(place.coded) { refused(stream, position, "position") }
        }
        let deep = String(repeating: "AC", count: 50_000)
        for broken in ["", "A", "[", "é", original.cursorState.coded + "A", "_____________", "A_______B", deep] {
            #expect(try original.with(broken).isEmpty, "\(broken.prefix(20))")
        }
    }

    @Test func `cursor states are restored from their text`() throws {
        var data = RandomData(seed: 3)
        func place(_ depth: Int) -> CursorState {
            let numbers = (0..<data.below(4)).map { _ in
                data.below(8) == 0 ? CursorState.largestNumber : data.below(1 << data.below(40))
            }
            guard depth > 0 else { return CursorState(numbers: numbers) }
            if data.below(2) == 0 {
                return CursorState(numbers: numbers, upstreams: (0..<data.below(4)).map { _ in place(depth - 1) })
            }
            // All upstreams have one form.
            let like = place(depth - 1)
            let copies = (0..<data.below(9)).map { _ in like.mapped { _ in data.below(1 << data.below(30)) } }
            return CursorState(numbers: numbers, upstreams: copies)
        }
        for _ in 0..<2000 {
            let original = place(data.below(4))
            #expect(CursorState(coded: original.coded) == original)
        }
    }

    @Test func `a position in a mixture of hundreds of streams is small`() throws {
        let streams = try (0..<300).map { try counting(40 + $0).stream() }
        let mixture = try Stream.mixed(
            streams, weights: streams.map { _ in 1 }, seed: 1, whenExhausted: .beginAnew
        ).batched(by: 16)
        var pass = mixture.makeIterator()
        for _ in 0..<600 { _ = try pass.next() }
        let original = pass.position
        let json = try JSONEncoder().encode(original)
        #expect(json.count < 1024, "\(json.count) bytes")
        #expect(try JSONDecoder().decode(Position.self, from: json) == original)
        var resumed = try mixture.resumed(at: original).makeIterator()
        for _ in 0..<50 { #expect(try resumed.next()?.tensors.map(rawBytes) == pass.next()?.tensors.map(rawBytes)) }
        // The position is far into 300 streams of equal weight, whose counts differ by thousands.
        var data = RandomData(seed: 5)
        let places = (0..<300).map { _ in CursorState(numbers: [10_000_000 + data.below(8000)]) }
        #expect(CursorState(numbers: [1 << 32], upstreams: places).coded.count < 700)
    }
}

extension Position {
    /// Returns the position with another cursor state, or none if the text is not a position.
    fileprivate func with(_ coded: String) throws -> [Position] {
        let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
        let changed = text.replacingOccurrences(
            of: "\"place\":\"\(cursorState.coded)\"", with: "\"place\":\"\(coded)\"")
        return (try? JSONDecoder().decode(Position.self, from: Data(changed.utf8))).map { [$0] } ?? []
    }

    fileprivate func with(_ letters: [Character], _ index: Int, _ letter: Character) throws -> [Position] {
        var changed = letters
        changed[index] = letter
        return try with(String(changed))
    }
}

extension CursorState {
    fileprivate func mapped(_ change: (Int) -> Int) -> CursorState {
        CursorState(numbers: numbers.map(change), upstreams: upstreams.map { $0.mapped(change) })
    }

    /// Returns copies of the cursor state, with each of its numbers changed in turn.
    fileprivate func changed(to wrong: Int) -> [CursorState] {
        var all: [CursorState] = []
        for index in numbers.indices {
            var copy = self
            copy.numbers[index] = wrong
            all.append(copy)
        }
        for index in upstreams.indices {
            for changed in upstreams[index].changed(to: wrong) {
                var copy = self
                copy.upstreams[index] = changed
                all.append(copy)
            }
        }
        return all
    }
}
