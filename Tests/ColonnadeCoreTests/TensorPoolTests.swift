// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@Suite struct TensorPoolTests {
    @Test func `the steady state allocates nothing`() throws {
        let pool = TensorPool()
        var afterFirst: Int?
        for _ in 0..<100 {
            let batch = try [
                pool.take(byteCount: 100_000), pool.take(byteCount: 64), pool.take(byteCount: 3_000_000),
            ]
            withExtendedLifetime(batch) {}
            if afterFirst == nil { afterFirst = pool.allocations }
        }
        // Fewer than 3 if pools of other tests left shared memory.
        #expect(pool.allocations <= 3 && pool.allocations == afterFirst)
    }

    @Test func `a tensor that is referenced is never overwritten`() throws {
        let pool = TensorPool(keeping: 4)
        var held: [(UInt8, Tensor)] = []
        var random = SplitMix64(state: 1)
        for round in 0..<500 {
            let value = UInt8(truncatingIfNeeded: round)
            let storage = try pool.take(byteCount: Int.random(in: 1...40_000, using: &random))
            unsafe storage.mutableBytes.initializeMemory(as: UInt8.self, repeating: value)
            held.append((value, Tensor(dtype: .uint8, shape: [storage.byteCount], storage: storage)))
            if held.count > 10 { held.remove(at: Int.random(in: 0..<held.count, using: &random)) }
            for (value, tensor) in held {
                #expect(
                    try tensor.withSpan(as: UInt8.self) { span in
                        // A sample of the bytes: checking all takes seconds in a debug build.
                        stride(from: 0, to: span.count, by: 97).allSatisfy { span[$0] == value }
                    })
            }
        }
        // A view of a row keeps the memory of the complete batch.
        let row = held[0].1[0]
        let (value, _) = held[0]
        held = []
        for _ in 0..<50 {
            let storage = try pool.take(byteCount: 40_000)
            unsafe storage.mutableBytes.initializeMemory(as: UInt8.self, repeating: value &+ 1)
        }
        #expect(try row.item(as: UInt8.self) == value)
    }

    @Test func `of free memory of one size, the pool uses the part that was released last`() throws {
        let pool = TensorPool()
        // No other test leaves so large memory to all pools.
        let size = 40_000_000
        func address(_ storage: TensorStorage) -> UInt { unsafe UInt(bitPattern: storage.bytes.baseAddress) }
        var held = try (0..<3).map { _ in try pool.take(byteCount: size) }
        let addresses = held.map { address($0) }
        for _ in 0..<3 { held.removeFirst() }
        for expected in addresses.reversed() {
            held.append(try pool.take(byteCount: size))
            #expect(address(held[held.count - 1]) == expected)
        }
        // A batch at a time uses the same memory again and again.
        held = []
        for _ in 0..<5 { #expect(address(try pool.take(byteCount: size)) == addresses[0]) }
    }

    @Test func `without memory to keep, small tensors need little`() throws {
        let pool = TensorPool(keeping: 0)
        let held = try (0..<100).map { _ in try pool.take(byteCount: 8) }
        let addresses = held.map { unsafe UInt(bitPattern: $0.bytes.baseAddress) }
        #expect(pool.allocations == 100)
        #expect(Set(addresses).count == 100 && addresses.allSatisfy { $0 % 64 == 0 })
        #expect(addresses.contains { $0 % UInt(TensorStorage.pageAlignment) != 0 })
    }

    @Test func `memory is aligned to pages, and small tensors do not keep large memory`() throws {
        let pool = TensorPool()
        do { withExtendedLifetime(try pool.take(byteCount: 10_000_000)) {} }
        let small = try pool.take(byteCount: 4)
        #expect(pool.freeBytes >= 10_000_000)
        #expect(unsafe Int(bitPattern: small.bytes.baseAddress) % TensorStorage.pageAlignment == 0)
        #expect(try pool.take(byteCount: 0).byteCount == 0)
    }

    @Test(arguments: [0, 64]) func `a failed allocation is an error`(kept: Int) throws {
        let pool = TensorPool(keeping: kept)
        for byteCount in [1 << 50, Int.max - 5, Int.max] {
            let error = #expect(throws: ColonnadeError.self) { try pool.take(byteCount: byteCount) }
            #expect(error?.code == .outOfMemory && error?.message.contains("\(byteCount) bytes") == true)
        }
        #expect(try pool.take(byteCount: 100).byteCount == 100)
    }

    // The test runs in a separate process, since pools of other tests fill the shared memory.
    @Test func `the large memory of a released pool is available to others`() async {
        await #expect(processExitsWith: .success) {
            func take(_ byteCount: Int) throws -> (address: UInt, allocations: Int) {
                let pool = TensorPool()
                let storage = try pool.take(byteCount: byteCount)
                return (unsafe UInt(bitPattern: storage.bytes.baseAddress), pool.allocations)
            }
            let first = try take(10_000_000)
            for _ in 0..<10 {
                let next = try take(10_000_000)
                precondition(next.address == first.address && next.allocations == 0)
            }
            // There is a limit to the shared memory.
            for _ in 0..<2 {
                let tooLarge = try take(100_000_000)
                precondition(tooLarge.allocations == 1)
            }
        }
    }

    @Test func `an idle pool keeps little memory, and others can use the rest`() throws {
        let pool = TensorPool()
        var held = try (1...20).map { try pool.take(byteCount: $0 * 100_000) }
        held = []
        #expect(pool.freeBytes > 20_000_000)
        pool.trim(to: 1 << 20)
        #expect(pool.freeBytes <= 1 << 20)
        let allocations = pool.allocations
        withExtendedLifetime(try pool.take(byteCount: 100_000)) {}
        #expect(pool.allocations == allocations)
        withExtendedLifetime(held) {}
    }
}
