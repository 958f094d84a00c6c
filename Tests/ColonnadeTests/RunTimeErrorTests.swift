// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Tests errors while a stream runs. Each error names its row and key, and the stream continues after it.
@Suite struct RunTimeErrorTests {
    private struct Oops: Error {}

    /// Returns the values of `key`, with -1 for an error, and the errors.
    private func walked(_ stream: Colonnade.Stream, most: Int = 60) -> (values: [[Int]], errors: [ColonnadeError]) {
        var errors: [ColonnadeError] = []
        let values = outcomes(of: stream, most: most).map { outcome -> [Int] in
            switch outcome {
            case .sample(_, let tensors): return (try? numbers(tensors[0])) ?? [-2]
            case .failure(let error):
                errors.append(error)
                return [-1]
            }
        }
        return (values, errors)
    }

    private func failing(_ rows: Set<Int>, of count: Int = 8) throws -> Buffer {
        try counting(count).map("x") { x in
            if rows.contains(Int(try x.item(as: Int64.self))) { throw Oops() }
            return x
        }
    }

    @Test func `a function that throws is reported with row and key, before any following steps`() async throws {
        let stream = try failing([2, 5]).stream()
        let streams = [
            stream, try stream.repeated(1), try stream.filter { _ in true }, try stream.buffered(3),
            try stream.dropFirst(0),
            try stream.sharded(rank: 0, of: 1), try stream.repeated(1).sharded(rank: 0, of: 1, remainder: .mask()),
            try Stream.interleaved([stream]), try stream.repeated(1).prefix(8),
            try stream.repeated(1).partition(0, of: 1),
            try stream.prefetched(depth: 3, threads: 2).filter { _ in true },
        ]
        for stream in streams {
            let (values, errors) = walked(stream)
            #expect(values == [[0], [1], [-1], [3], [4], [-1], [6], [7]])
            #expect(errors.map(\.code) == [.userFunction, .userFunction])
            #expect(errors.map(\.place) == [.sample(row: 2, key: "x"), .sample(row: 5, key: "x")])
            #expect(errors.allSatisfy { $0.message.contains("Oops") })
            try await checkTransform(stream)
            try checkResumable(stream)
        }
        let batches = try stream.batched(by: 3)
        #expect(walked(batches).values == [[-1], [-1], [6, 7]])
        for batches in [batches, try stream.filter { _ in true }.batched(by: 2), try stream.repeated(2).batched(by: 3)]
        {
            try await checkTransform(batches)
            try checkResumable(batches)
        }
        // Only samples that a stage must read are dropped.
        #expect(
            walked(try stream.filter { _ in true }.batched(by: 2)).values == [[0, 1], [-1], [3, 4], [-1], [6, 7]])
        #expect(
            walked(try stream.shuffled(window: 3, seed: 1)).values.flatMap { $0 }.sorted() == [
                -1, -1, 0, 1, 3, 4, 6, 7,
            ])
        let filtered = try stream.filter { _ in true }
        for stream in [
            try filtered.shuffled(window: 3, seed: 1), try filtered.batched(by: 3),
            try filtered.sharded(rank: 0, of: 3),
            try counting(8).renaming("x", to: "y").stream().zipped(with: filtered),
        ] {
            try await checkTransform(stream)
            try checkResumable(stream, repeatingErrors: true)
        }
    }

    @Test func `other throwing functions are reported with their row`() throws {
        func expectOnce(_ stream: Colonnade.Stream, _ row: Int?, _ values: [[Int]]) throws {
            let (found, errors) = walked(stream)
            #expect(found == values)
            #expect(errors.first?.code == .userFunction && errors.first?.message.contains("Oops") == true)
            if let row { #expect(errors.first?.place == .sample(row: row, key: nil)) }
            try checkResumable(stream)
        }
        let stream = try counting(4).stream()
        try expectOnce(
            stream.filter { if try $0["x"].item(as: Int64.self) == 1 { throw Oops() } else { true } }, 1,
            [[0], [-1], [2], [3]])
        try expectOnce(
            try stream.buffered(2) { buffer in
                if buffer.count > 0, try buffer[0]["x"].item(as: Int64.self) == 0 { throw Oops() }
                return buffer
            }, 0, [[-1], [2], [3]])
        try expectOnce(
            try stream.flatMap(giving: [Field("x", .int64)]) { sample in
                if try sample["x"].item(as: Int64.self) == 2 { throw Oops() }
                return try counting(1).stream()
            }, 2, [[0], [0], [-1], [0]])
        try expectOnce(
            try stream.map { sample in
                if try sample["x"].item(as: Int64.self) == 3 { throw Oops() }
                return sample
            }, nil, [[0], [1], [2], [-1]])
    }

    @Test func `values of another type or shape than promised are refused`() throws {
        let one = try counting(1)
        func refused(_ stream: Colonnade.Stream) {
            let (_, errors) = walked(stream)
            #expect(
                errors.first?.code == .userFunction && errors.first?.message.contains("promised") == true, "\(errors)")
        }
        let wrong: [Tensor] = [Tensor(scalar: Int32(1)), Tensor([Int64(1)]), Tensor([Int64]())]
        for wrong in wrong {
            refused(try one.map("x") { _ in wrong }.stream())
            refused(try one.map("x") { _ in wrong }.cast("x", to: .float32).batched(by: 1).stream())
            refused(try one.map { sample in Sample(schema: sample.schema, tensors: [wrong]) }.stream())
            let sample = Sample(schema: try Schema([Field("x", wrong.dtype, wrong.shape.map { $0 })]), tensors: [wrong])
            let buffer = try Buffer([sample])
            for next in [{ $0 }, { try $0.cast("x", to: .float64).batched(by: 2) }]
                as [(Colonnade.Stream) throws -> Colonnade.Stream]
            {
                refused(try next(one.stream().flatMap(giving: [Field("x", .int64)]) { _ in buffer.stream() }))
                refused(try next(one.stream().buffered(1) { $0.count == 0 ? $0 : buffer }))
                refused(try next(Stream(giving: [Field("x", .int64)]) { _ in [sample] }))
            }
        }
        refused(try one.map { _ in try counting(1).renaming("x", to: "y")[0] }.stream())
        refused(try one.stream().flatMap(giving: [Field("y", .int64)]) { _ in try counting(1).stream() })
        refused(try Stream(giving: [Field("y", .int64)]) { _ in [try counting(1)[0]] })
        let (_, errors) = walked(try one.stream().buffered(1) { $0.count == 0 ? $0 : try $0.renaming("x", to: "y") })
        #expect(errors.first?.code == .userFunction)
    }

    @Test func `a function on samples may declare other fields`() async throws {
        let fields = [Field("twice", .int64, [2]), Field("x", .float32)]
        let buffer = try counting(5).map(giving: fields) { sample in
            let x = try sample["x"].item(as: Int64.self)
            return Sample(
                schema: try Schema([fields[1], fields[0]]), tensors: [Tensor(scalar: Float(x)), Tensor([x, x])])
        }
        #expect(buffer.schema.map(\.description) == ["twice int64[2]", "x float32[]"])
        #expect(try numbers(buffer, "twice")[3] == [3, 3])
        try await checkTransform(buffer)
        let batches = try counting(5).batched(by: 2).map(giving: [Field("sum", .int64)]) { batch in
            let sum = try batch["x"].elements(as: Int64.self).reduce(0, +)
            return Sample(schema: try Schema([Field("sum", .int64)]), tensors: [Tensor(scalar: sum)])
        }
        #expect(try scalars(batches, "sum") == [1, 5, 4])
        try await checkTransform(batches.stream())
        expectError(.invalidArgument, "twice") {
            _ = try counting(1).map(giving: [Field("a", .int8), Field("a", .int8)]) { $0 }
        }
    }

    // MARK: Sources

    /// A source that counts to `count`, and throws an error in place of each number in `failing`.
    private struct Numbers: SampleSource {
        var count = 6
        var failing: Set<Int> = []
        let schema: Schema
        let label = "numbers"

        func makeReader(epoch: Int) throws -> any SampleReader {
            if failing.contains(-1) { throw Oops() }
            return Reader(self, epoch)
        }

        final class Reader: SampleReader {
            private let source: Numbers
            private let epoch: Int
            private var index = -1
            init(_ source: Numbers, _ epoch: Int) { (self.source, self.epoch) = (source, epoch) }

            func next() throws -> Sample? {
                index += 1
                guard index < source.count else { return nil }
                if source.failing.contains(index) { throw Oops() }
                return Sample(schema: source.schema, tensors: [Tensor(scalar: Int64(epoch * 100 + index))])
            }
        }
    }

    @Test func `a stream continues after errors of its source`() async throws {
        let schema = try Schema([Field("x", .int64)])
        let plain = Stream(Numbers(schema: schema))
        #expect(try scalars(plain, "x") == [0, 1, 2, 3, 4, 5])
        #expect(try scalars(plain.epoch(2), "x") == [200, 201, 202, 203, 204, 205])
        let failing = Stream(Numbers(failing: [1, 3], schema: schema))
        #expect(walked(failing).values == [[0], [-1], [2], [-1], [4], [5]])
        let sequence = try Stream(giving: [Field("x", .int64)]) { epoch in
            (0..<5).lazy.map { Sample(schema: schema, tensors: [Tensor(scalar: Int64(epoch + $0))]) }
        }
        #expect(try scalars(sequence.epoch(3), "x") == [3, 4, 5, 6, 7])
        for (stream, isFailing) in [(plain, false), (failing, true), (sequence, false)] {
            for stream in [
                stream, try stream.batched(by: 2), try stream.shuffled(window: 3, seed: 1), try stream.repeated(2),
                try stream.sharded(rank: 1, of: 2),
                try stream.map("x") { $0 }.prefetched(depth: 2, threads: 1).filter { _ in true },
            ] {
                try await checkTransform(stream)
                try checkResumable(stream, repeatingErrors: isFailing)
            }
        }
        try checkResumable(failing)
        let broken = Stream(Numbers(failing: [-1], schema: schema))
        #expect(walked(broken).values == [[-1]])
    }
}
