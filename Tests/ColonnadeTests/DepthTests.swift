// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Tests that chains of any length can be built, read, explained and released without a crash.
@Suite(.timeLimit(.minutes(15))) struct DepthTests {
    private func check(_ buffer: Buffer, _ expected: [Int]) throws {
        #expect(try scalars(buffer, "x") == expected)
        #expect(try scalars(buffer.stream().prefetched(depth: 2, threads: 1), "x") == expected)
        #expect(buffer.explain().utf8.count < 1 << 20)
    }

    @Test func `thousands of appended buffers are one flat buffer`() throws {
        let one = try counting(1)
        var chain = one
        for _ in 1..<20_000 { chain = try chain.appending(one) }
        #expect(chain.count == 20_000)
        #expect(try numbers(chain[19_999].tensor("x")) == [0])
        #expect(try numbers(chain.shuffled(seed: 1).batched(by: 100)[3].tensor("x")).count == 100)
        #expect(chain.explain().utf8.count < 1000)
        #expect(try chain.stream().position(afterSamples: 3).samples == 3)
    }

    @Test func `thousands of changes of the order and of values`() throws {
        var chain = try counting(9)
        for seed in 0..<3000 { chain = chain.shuffled(seed: UInt64(seed)) }
        try check(chain, scalars(counting(9).shuffled(seed: 2999), "x"))
        chain = try counting(9)
        for _ in 0..<1000 { chain = try chain.dropFirst(0).prefix(9).filter { _ in true }.partition(0, of: 1) }
        try check(chain, Array(0..<9))
        chain = try counting(9)
        for round in 0..<400 { chain = try chain.shuffled(seed: UInt64(round)).prefix(9) }
        #expect(try Set(scalars(chain, "x")) == Set(0..<9))
        #expect(try scalars(chain.stream().epoch(3), "x") == scalars(chain, "x"))
        chain = try counting(2)
        for _ in 0..<2000 { chain = try chain.map("x") { $0 } }
        try check(chain, [0, 1])
        chain = try counting(2)
        for _ in 0..<1000 { chain = try chain.cast("x", to: .int32).cast("x", to: .int64) }
        try check(chain, [0, 1])
    }

    @Test func `a chain that cannot be flat is refused before it is too deep for a stack`() throws {
        func deep(_ change: (Buffer) throws -> Buffer) -> ColonnadeError? {
            #expect(throws: ColonnadeError.self) {
                var chain = try counting(1)
                for _ in 0..<100_000 {
                    do {
                        chain = try change(chain)
                    } catch {
                        // The chain up to the limit works on any thread.
                        #expect(try !scalars(chain, "x").isEmpty)
                        #expect(try !scalars(chain.stream().prefetched(depth: 2, threads: 1), "x").isEmpty)
                        #expect(!chain.explain().isEmpty)
                        throw error
                    }
                }
            }
        }
        let appended = deep { try $0.prefix(1).appending(counting(1)) }
        #expect(appended?.message.contains("concatenating") ?? false)
        func deepStream(_ change: (Colonnade.Stream) throws -> Colonnade.Stream) -> ColonnadeError? {
            #expect(throws: ColonnadeError.self) {
                var chain = try counting(3).stream()
                for _ in 0..<100_000 {
                    do {
                        chain = try change(chain)
                    } catch {
                        #expect(try scalars(chain, "x").count == 3)
                        #expect(try scalars(chain.prefetched(depth: 2, threads: 1), "x").count == 3)
                        let position = walk(chain, 1).positions[1]
                        #expect(try scalars(chain.resumed(at: position), "x").count == 2)
                        #expect(!chain.explain().isEmpty)
                        throw error
                    }
                }
            }
        }
        for error in [
            deepStream { try $0.filter { _ in true } }, deepStream { try $0.shuffled(window: 2, seed: 1) },
            deepStream { try $0.repeated(1) }, deepStream { try Stream.interleaved([$0]) },
            deepStream { try $0.map("x") { $0 }.filter { _ in true } },
            deepStream { try $0.compactMap(giving: [Field("x", .int64)]) { $0 } },
        ] {
            #expect(error?.message.contains("at most 64 can be") ?? false)
        }
    }
}
