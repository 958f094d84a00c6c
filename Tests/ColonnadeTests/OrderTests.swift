// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct OrderTests {
    @Test func `a shuffled buffer of any size holds each sample once`() throws {
        for count in 0...300 {
            let found = try scalars(counting(count).shuffled(seed: 9).stream(), "x")
            checkOrder(count, "shuffled") { found[$0] }
        }
        // The expected numbers must never change: they are in formats/vectors/row-order-1.json.
        #expect(try scalars(counting(10).shuffled(seed: 42), "x") == [0, 3, 5, 7, 9, 8, 2, 1, 4, 6])
        #expect(try scalars(counting(10).shuffled(seed: 42).stream().epoch(1), "x") == [6, 5, 1, 4, 7, 3, 2, 9, 8, 0])
        #expect(
            try scalars(counting(10).shuffled(seed: 1).shuffled(seed: 2), "x")
                == scalars(counting(10).shuffled(seed: 2), "x"))
    }

    @Test func `indexes are selected in any order, and more than once`() async throws {
        let buffer = try counting(5).reordered(by: [4, 0, 0, 2])
        #expect(try scalars(buffer, "x") == [4, 0, 0, 2])
        try await checkTransform(buffer)
        try checkResumable(buffer.stream())
        try checkResumable(try buffer.shuffled(seed: 1).batched(by: 3).stream())
        #expect(try numbers(counting(5).batched(by: 2).reordered(by: [2, 0]), "x") == [[4], [0, 1]])
        #expect(try counting(5).reordered(by: []).count == 0)
        for wrong in [-1, 5, .min, .max] {
            expectError(.outOfRange, "\(wrong)") { _ = try counting(5).reordered(by: [0, wrong]) }
        }
    }

    @Test func `the parts of a partition together have each sample once`() async throws {
        #expect(try scalars(counting(7).partition(1, of: 3), "x") == [1, 4])
        for staged in [false, true] {
            for parts in [1, 2, 3, 7, 10] {
                let all = try (0..<parts).map { part in
                    let stream = try counting(7).stream()
                    return try scalars((staged ? stream.repeated(1) : stream).partition(part, of: parts), "x")
                }
                #expect(all.flatMap { $0 }.sorted() == Array(0..<7))
                let sizes = all.map(\.count)
                #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
            }
        }
        let stage = try counting(17).shuffled(seed: 1).stream().repeated(1).partition(2, of: 4)
        #expect(stage.count == 4)
        try await checkTransform(stage)
        try checkResumable(stage)
        try await checkTransform(try counting(17).shuffled(seed: 1).partition(2, of: 4))
        #expect(try counting(7).partition(.max - 1, of: .max).count == 0)
        #expect(try scalars(counting(7).partition(3, of: .max), "x") == [3])
        #expect(try scalars(counting(7).stream().repeated(1).partition(3, of: .max), "x") == [3])
    }

    @Test func `the first samples are taken or skipped`() async throws {
        for stream in [try counting(6).stream(), try counting(6).stream().filter { _ in true }] {
            #expect(try scalars(stream.prefix(2), "x") == [0, 1])
            #expect(try scalars(stream.prefix(.max), "x") == [0, 1, 2, 3, 4, 5])
            #expect(try scalars(stream.prefix(0), "x") == [])
            #expect(try scalars(stream.dropFirst(), "x") == [1, 2, 3, 4, 5])
            #expect(try scalars(stream.dropFirst(4), "x") == [4, 5])
            #expect(try scalars(stream.dropFirst(.max), "x") == [])
            #expect(try scalars(stream.dropFirst(1).prefix(3).dropFirst(1), "x") == [2, 3])
            #expect(try numbers(stream.batched(by: 2).dropFirst().prefix(1), "x") == [[2, 3]])
            expectError(.invalidArgument, "-1") { _ = try stream.prefix(-1) }
            expectError(.invalidArgument, "at least 0") { _ = try stream.dropFirst(.min) }
            for stream in [try stream.prefix(4), try stream.dropFirst(2), try stream.batched(by: 2).prefix(2)] {
                try await checkTransform(stream)
                try checkResumable(stream)
            }
        }
        let buffer = try counting(6).shuffled(seed: 3)
        #expect(try scalars(buffer.prefix(4), "x") + scalars(buffer.dropFirst(4), "x") == scalars(buffer, "x"))
        #expect(try buffer.prefix(4).shuffled(seed: 1).count == 4)
        try await checkTransform(try buffer.dropFirst(1).prefix(4).shuffled(seed: 4))
    }

    @Test func `a filtered buffer has the same samples in every epoch`() async throws {
        let even = try counting(10).filter { try $0["x"].item(as: Int64.self) % 2 == 0 }
        #expect(try scalars(even, "x") == [0, 2, 4, 6, 8])
        let shuffled = try counting(10).shuffled(seed: 1)
        let few = try shuffled.filter { try $0["x"].item(as: Int64.self) < 4 }
        let order = try scalars(shuffled, "x").filter { $0 < 4 }
        for epoch in 0..<3 { #expect(try scalars(few.stream().epoch(epoch), "x") == order) }
        let batches = try counting(9).batched(by: 2).filter { try $0["x"].elements(as: Int64.self).contains(3) }
        #expect(try numbers(batches, "x") == [[2, 3]])
        try await checkTransform(few)
        try checkResumable(few.stream())
        struct Oops: Error {}
        let error = #expect(throws: ColonnadeError.self) {
            try counting(10).dropFirst(2).filter { _ in throw Oops() }
        }
        #expect(error?.code == .userFunction && error?.place == .sample(row: 2, key: nil))
    }

    @Test func `a filtered stream calls its predicate again in each epoch`() async throws {
        let stream = try counting(20).shuffled(seed: 1).stream().filter { try $0["x"].item(as: Int64.self) % 3 == 0 }
        #expect(stream.count == nil)
        let order = try scalars(counting(20).shuffled(seed: 1), "x").filter { $0 % 3 == 0 }
        #expect(try scalars(stream, "x") == order)
        #expect(try scalars(stream.epoch(1), "x") != order)
        try await checkTransform(stream)
        try checkResumable(stream)
        try checkResumable(try stream.batched(by: 2))
        let prefetchedBefore = try counting(20).stream().map("x") { $0 }.prefetched(depth: 4, threads: 2)
            .filter { try $0["x"].item(as: Int64.self) > 3 }
        #expect(try scalars(prefetchedBefore, "x") == Array(4..<20))
        try await checkTransform(prefetchedBefore)
        try checkResumable(prefetchedBefore)
    }

    @Test func `samples are selected by size`() async throws {
        let samples = try tokens([3, 0, 2, 5, 1])
        let (stored, file) = try TestSource.zlib.open(try (0..<5).map { try samples[$0] })
        for buffer in [samples, stored, try stored.map("tokens") { $0 }] {
            let few = try buffer.filter("tokens", in: 1...3)
            #expect(try scalars(few, "id") == [0, 2, 4])
            try await checkTransform(few)
            let stream = try buffer.stream().filter("tokens", dimension: -1, in: 1...3)
            #expect(try scalars(stream, "id") == [0, 2, 4])
            try await checkTransform(stream)
            try checkResumable(stream)
            expectError(.unknownKey, "did you mean") { _ = try buffer.filter("token", in: 1...3) }
            for dimension in [1, -2, .min, .max] {
                expectError(.invalidArgument, "no dimension") {
                    _ = try buffer.filter("tokens", dimension: dimension, in: 1...3)
                }
                expectError(.invalidArgument, "no dimension") {
                    _ = try buffer.stream().filter("id", dimension: dimension, in: 1...3)
                }
            }
        }
        withExtendedLifetime(file) {}
    }
}
