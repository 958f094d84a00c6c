// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Tests the samples of several ranks, also when a pass resumes with another number of ranks.
@Suite struct ShardTests {
    enum Form: CaseIterable, Sendable {
        case buffer, mixed, packed, windowed, filtered

        /// Returns a stream of 23 samples (`x`, or `tokens` of packed rows). All forms except packed rows have equal
        /// sets of samples.
        func stream() throws -> Colonnade.Stream {
            switch self {
            case .buffer: return try counting(23).shuffled(seed: 4).stream()
            case .mixed:
                let parts = [try counting(12).stream(), try counting(11, from: 12).shuffled(seed: 1).stream()]
                return try Stream.mixed(parts, weights: [1, 2], seed: 3, whenExhausted: .leaveOut)
            case .packed:
                return try tokens((0..<40).map { 1 + $0 % 4 }).shuffled(seed: 2).stream()
                    .packed(["tokens"], length: 5, window: 7).map("tokens", shape: []) { $0[0] }
                    .renaming("tokens", to: "x").selecting(["x"])
            case .windowed: return try counting(23).stream().shuffled(window: 6, seed: 5)
            case .filtered: return try counting(46).stream().filter { try $0["x"].item(as: Int64.self) < 23 }
            }
        }
    }

    static let remainders: [ShardRemainder] = [.drop, .repeat, .mask("own")]

    @Test(arguments: Form.allCases) func `ranks have equal counts, and together each sample once`(form: Form)
        async throws
    {
        let all = try scalars(form.stream(), "x")
        for ranks in [1, 2, 3, 4, 7] {
            for remainder in ShardTests.remainders {
                var parts: [[Int]] = []
                var own: [Int] = []
                for rank in 0..<ranks {
                    let stream = try form.stream().sharded(rank: rank, of: ranks, remainder: remainder)
                    let part = try scalars(stream, "x")
                    parts.append(part)
                    if let count = stream.count { #expect(count == part.count) }
                    if case .mask = remainder {
                        own += try zip(part, scalars(stream, "own")).filter { $0.1 == 1 }.map(\.0)
                    }
                }
                #expect(Set(parts.map(\.count)).count == 1, "\(ranks) ranks, \(remainder)")
                // In each step the ranks have consecutive samples of the common order.
                let inTurn = (0..<parts[0].count).flatMap { step in parts.map { $0[step] } }
                switch remainder {
                case .drop: #expect(inTurn == Array(all.prefix(all.count / ranks * ranks)))
                case .repeat, .mask:
                    #expect(Array(inTurn.prefix(all.count)) == all)
                    #expect(inTurn.count == (all.count + ranks - 1) / ranks * ranks)
                }
                if case .mask = remainder { #expect(own.sorted() == all.sorted()) }
            }
        }
        for remainder in ShardTests.remainders {
            let stream = try form.stream().sharded(rank: 1, of: 3, remainder: remainder)
            try await checkTransform(stream)
            try checkResumable(stream)
            try await checkTransform(try stream.batched(by: 2))
            try checkResumable(try stream.batched(by: 2))
        }
    }

    @Test func `after batched, complete batches are distributed`() async throws {
        for staged in [false, true] {
            let stream = try counting(11).stream()
            let batches = try (staged ? stream.repeated(1) : stream).batched(by: 2)
            #expect(try numbers(batches.sharded(rank: 1, of: 4), "x") == [[2, 3]])
            #expect(try numbers(batches.sharded(rank: 1, of: 4, remainder: .repeat), "x") == [[2, 3], [10]])
            #expect(try numbers(batches.sharded(rank: 2, of: 4, remainder: .repeat), "x") == [[4, 5], [8, 9]])
            expectError(.invalidArgument, "mask") { _ = try batches.sharded(rank: 0, of: 2, remainder: .mask()) }
            let shared = try batches.sharded(rank: 1, of: 4, remainder: .repeat)
            try await checkTransform(shared)
            try checkResumable(shared)
        }
        try checkResumable(try counting(30).batched(by: 4).shuffled(seed: 1).sharded(rank: 0, of: 2).stream())
    }

    @Test func `steps that could give ranks unequal numbers of samples are refused after a shard`() throws {
        func refused<Result>(_ step: String, _ body: () throws -> Result) {
            expectError(.invalidArgument, "\(step) after sharded gives ranks unequal numbers") { _ = try body() }
        }
        let ragged = try tokens((0..<12).map { 1 + $0 % 4 })
        for buffer in [
            try ragged.sharded(rank: 0, of: 2), try ragged.sharded(rank: 0, of: 2).shuffled(seed: 1).prefix(3),
            try ragged.sharded(rank: 0, of: 2).appending(ragged),
        ] {
            refused("filter") { try buffer.filter { _ in true } }
            refused("batches by size") { try buffer.batched(bySizeOf: "tokens", maximum: 9) }
        }
        refused("filter") { try ragged.sharded(rank: 0, of: 2).filter("tokens", in: 1...2) }
        for stream in [
            try ragged.sharded(rank: 0, of: 2).stream(), try ragged.stream().repeated(1).sharded(rank: 0, of: 2),
            try ragged.stream().sharded(rank: 0, of: 2).shuffled(window: 3, seed: 1),
        ] {
            refused("filter") { try stream.filter { _ in true } }
            refused("filter") { try stream.filter("tokens", in: 1...2) }
            refused("packing") { try stream.packed(["tokens"], length: 8) }
            refused("batches by size") { try stream.batched(bySizeOf: "tokens", window: 9, maximum: 9) }
            refused("windows over values of several lengths") {
                try stream.slidingWindows("tokens", size: 2, stride: 1)
            }
            refused("several samples of one") {
                try stream.flatMap(giving: [Field("x", .int64)]) { _ in try counting(2).stream() }
            }
            refused("filter or batches by size") { try stream.buffered(4) { try $0.filter { _ in true } } }
            // A function may drop samples, which is known only after it is called.
            let mapped = try stream.compactMap(giving: stream.schema.fields) { sample in
                try sample["id"].item(as: Int64.self) == 4 ? nil : sample
            }
            let errors = outcomes(of: mapped, most: 99).filter { if case .failure = $0 { true } else { false } }
            #expect(errors.count == 1)
            #expect(try stream.buffered(4) { $0.shuffled(seed: 1) }.batched(by: 2).schema.count == 2)
            #expect(try stream.compactMap(giving: stream.schema.fields) { $0 }.batched(by: 2).schema.count == 2)
        }
        // The remedy is an equal number of batches for each rank, from the common stream.
        for ranks in [2, 3] {
            let counts = try (0..<ranks).map { rank in
                try ids(ragged.stream().packed(["tokens"], length: 5).sharded(rank: rank, of: ranks).batched(by: 2))
            }
            #expect(Set(counts).count == 1)
            let filtered = try (0..<ranks).map { rank in
                try scalars(ragged.filter("tokens", in: 1...3).sharded(rank: rank, of: ranks), "id").count
            }
            #expect(Set(filtered).count == 1)
        }
        // A single process waits for no other.
        #expect(try ragged.sharded(rank: 0, of: 1).filter { _ in true }.count == 12)
        #expect(try ragged.partition(0, of: 2).filter { _ in true }.count == 6)
    }

    private func ids(_ stream: Colonnade.Stream) throws -> Int { try samples(of: stream, most: 99).count }

    @Test func `fewer samples than ranks`() throws {
        for stream in [try counting(2).stream(), try counting(2).stream().repeated(1)] {
            #expect(try (0..<5).map { try scalars(stream.sharded(rank: $0, of: 5), "x") } == [[], [], [], [], []])
            let repeated = try (0..<5).map { try scalars(stream.sharded(rank: $0, of: 5, remainder: .repeat), "x") }
            #expect(repeated == [[0], [1], [0], [1], [0]])
            for remainder in ShardTests.remainders {
                let huge = try stream.sharded(rank: 1, of: .max, remainder: remainder)
                #expect(try scalars(huge, "x") == (remainder == .drop ? [] : [1]))
                try checkResumable(huge)
            }
        }
        for remainder in ShardTests.remainders {
            #expect(try counting(0).sharded(rank: 0, of: 3, remainder: remainder).count == 0)
        }
    }

    @Test func `a mask marks real samples, with any following steps`() async throws {
        let buffer = try counting(5).shuffled(seed: 1).sharded(rank: 1, of: 2, remainder: .mask())
        let own = [1, 1, 0]
        #expect(try scalars(buffer, "mask") == own)
        #expect(try numbers(buffer.batched(by: 2), "mask") == [[1, 1], [0]])
        #expect(try scalars(buffer.reordered(by: [2, 0]), "mask") == [0, 1])
        #expect(try scalars(buffer.appending(buffer), "mask") == own + own)
        #expect(try scalars(buffer.cast("mask", to: .uint8).dropFirst(), "mask") == [1, 0])
        #expect(try numbers(buffer.batched(by: 3).cast("mask", to: .float32).cast("mask", to: .int8), "mask") == [own])
        try await checkTransform(buffer)
        expectError(.invalidArgument, "another key") {
            _ = try counting(3).sharded(rank: 0, of: 1, remainder: .mask("x"))
        }
        expectError(.invalidArgument, "another key") {
            _ = try counting(3).stream().repeated(1).sharded(rank: 0, of: 1, remainder: .mask("x"))
        }
    }

    @Test(arguments: Form.allCases) func `a pass resumes with another number of ranks`(form: Form) throws {
        let all = try scalars(form.stream(), "x")
        func ranks(_ count: Int, _ size: Int, _ remainder: ShardRemainder) throws -> [Colonnade.Stream] {
            try (0..<count).map {
                try form.stream().sharded(rank: $0, of: count, remainder: remainder).batched(by: size)
            }
        }
        for (before, size) in [(1, 3), (2, 2), (3, 1), (4, 2), (5, 3)] {
            for remainder in [ShardRemainder.drop, .repeat] {
                let passes = try ranks(before, size, remainder).map { walk($0, 1_000) }
                for step in passes[0].positions.indices {
                    // Any rank may save the position, because all ranks have made equally many steps.
                    let position = try saved(passes[step % before].positions[step])
                    var seen = Set<Int>()
                    for rank in passes {
                        for case .sample(_, let tensors) in rank.outcomes[..<step] {
                            seen.formUnion(try numbers(tensors[0]))
                        }
                    }
                    for (after, otherSize) in [(1, 4), (2, 3), (3, 2), (5, 1)] {
                        let resumed = try ranks(after, otherSize, remainder).map { try $0.resumed(at: position) }
                        let rest = try resumed.flatMap { try numbers($0, "x").flatMap { $0 } }
                        let what =
                            "\(before) ranks by \(size), step \(step), then \(after) by \(otherSize), \(remainder)"
                        let left = all.count - seen.count
                        if remainder == .drop {
                            #expect(Set(rest).count == rest.count && seen.isDisjoint(with: rest), "\(what)")
                            #expect(rest.count == left / after * after, "\(what)")
                        } else {
                            #expect(seen.union(rest) == Set(all) && seen.isDisjoint(with: rest), "\(what)")
                            #expect(rest.count == (left + after - 1) / after * after, "\(what)")
                        }
                    }
                }
            }
        }
    }

    @Test func `a mask completes a pass that another number of ranks began`() throws {
        for staged in [false, true] {
            func rank(_ rank: Int, _ ranks: Int, _ size: Int) throws -> Colonnade.Stream {
                let stream = try counting(17).shuffled(seed: 4).stream()
                return try (staged ? stream.repeated(1) : stream)
                    .sharded(rank: rank, of: ranks, remainder: .mask("own")).batched(by: size)
            }
            func own(_ stream: Colonnade.Stream, _ most: Int = 100) throws -> [Int] {
                try zip(
                    numbers(stream, "x", most: most).flatMap { $0 }, numbers(stream, "own", most: most).flatMap { $0 }
                )
                .filter { $0.1 == 1 }.map(\.0)
            }
            for steps in 0...3 {
                let seen = try (0..<3).flatMap { try own(rank($0, 3, 2), steps) }
                let position = walk(try rank(2, 3, 2), steps).positions[steps]
                let rest = try (0..<4).flatMap { try own(rank($0, 4, 3).resumed(at: position)) }
                #expect((seen + rest).sorted() == Array(0..<17), "\(steps) steps, staged: \(staged)")
            }
        }
    }
}
