// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@Suite struct TensorTests {
    @Test func `elements, rows and shapes`() throws {
        let tensor = Tensor((0..<12).map(Int32.init), shape: [3, 2, 2])
        #expect(tensor.description == "int32[3, 2, 2]")
        #expect(tensor.count == 12 && tensor.byteCount == 48 && tensor.rank == 3)
        #expect(try tensor[1].elements(as: Int32.self) == [4, 5, 6, 7])
        #expect(try tensor[2][1].elements(as: Int32.self) == [10, 11])
        #expect(try tensor[2][1][0].item(as: Int32.self) == 10)
        #expect(tensor[1] == Tensor([4, 5, 6, 7] as [Int32], shape: [2, 2]))
        #expect(tensor[1] != Tensor([4, 5, 6, 7] as [UInt32], shape: [2, 2]))
        #expect(tensor[1] != Tensor([4, 5, 6, 7] as [Int32]))
        #expect(try tensor.reshaped(to: [4, 3])[3].elements(as: Int32.self) == [9, 10, 11])
        #expect(try Tensor(utf8: "grün").string() == "grün")
        let empty = Tensor([Float](), shape: [0, 7])
        #expect(empty.count == 0)
        #expect(try empty.elements(as: Float.self) == [])
    }

    @Test func `what does not fit is said so`() {
        let tensor = Tensor([1, 2] as [UInt8])
        for (code, body) in [
            (ColonnadeError.Code.invalidArgument, { _ = try tensor.elements(as: Int8.self) }),
            (.invalidArgument, { _ = try tensor.item(as: UInt8.self) }),
            (.invalidArgument, { _ = try tensor.reshaped(to: [3]) }),
            (.invalidArgument, { _ = try tensor.reshaped(to: [Int.max, Int.max]) }),
            (.invalidArgument, { _ = try tensor.reshaped(to: [-1, -2]) }),
            (.corruptFile, { _ = try Tensor([0xFF] as [UInt8]).string() }),
        ] as [(ColonnadeError.Code, () throws -> Void)] {
            let error = #expect(throws: ColonnadeError.self) { try body() }
            #expect(error?.code == code)
        }
    }

    @Test func `a shape with a zero holds nothing, however large the rest`() throws {
        let huge = 1 << 40
        let tensor = Tensor(
            dtype: .float64, shape: [huge, huge, 0], storage: TensorStorage(byteCount: 0), byteOffset: 0)
        #expect(tensor.count == 0 && tensor.byteCount == 0)
        #expect(tensor[huge - 1].shape == [huge, 0])
        #expect(try tensor.reshaped(to: [0, huge, huge]).count == 0)
        #expect(throws: ColonnadeError.self) { try tensor.reshaped(to: [0, -1]) }
    }

    @Test func `a bool that is none is refused, and not read as one`() throws {
        let storage = TensorStorage(byteCount: 3)
        unsafe storage.mutableBytes.copyBytes(from: [0, 1, 2])
        #expect(try Tensor(dtype: .bool, shape: [2], storage: storage).elements(as: Bool.self) == [false, true])
        let damaged = Tensor(dtype: .bool, shape: [3], storage: storage)
        let error = #expect(throws: ColonnadeError.self) { try damaged.elements(as: Bool.self) }
        #expect(error?.code == .corruptFile)
    }

    @Test func `a sample finds its tensors by key`() throws {
        let schema = try Schema([Field("x", .uint8), Field("y", .float32, [2])])
        let sample = Sample(schema: schema, tensors: [Tensor(scalar: UInt8(3)), Tensor([1, 2] as [Float])])
        #expect(sample.keys == ["x", "y"])
        #expect(try sample["x"].item(as: UInt8.self) == 3)
        #expect(sample.description == "x: uint8[], y: float32[2]")
        let error = #expect(throws: ColonnadeError.self) { _ = try sample.tensor("z") }
        #expect(error?.code == .unknownKey)
    }

    @Test func `names that look alike are different names`() throws {
        let schema = try Schema([Field("a\u{301}", .int8), Field("\u{E1}", .int8)])
        #expect(schema.index(named: "a\u{301}") == 0 && schema.index(named: "\u{E1}") == 1)
    }

    @Test func `every half float, there and back`() {
        var wrong = 0
        for bits in UInt16.min...UInt16.max {
            let half = Float16(bitPattern: bits)
            let float = HalfFloat.float(bits: bits)
            let isRight =
                half.isNaN
                ? float.isNaN && Float16(bitPattern: HalfFloat.bits(float)).isNaN
                : float.bitPattern == Float(half).bitPattern && HalfFloat.bits(float) == bits
            if !isRight { wrong += 1 }
            let brain = BFloat16(bitPattern: bits)
            let back = BFloat16(brain.floatValue)
            if brain.floatValue.isNaN ? !back.floatValue.isNaN : back != brain { wrong += 1 }
            // Halfway to the next, and a little beside it.
            for step in [0x0FFF, 0x1000, 0x1001] as [UInt32] where !half.isNaN && half.isFinite {
                let between = Float(bitPattern: float.bitPattern &+ step)
                if HalfFloat.bits(between) != Float16(between).bitPattern { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }
}

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
        // Fewer than 3 where pools of other tests left memory for all.
        #expect(pool.allocations <= 3 && pool.allocations == afterFirst)
    }

    @Test func `what somebody holds is never overwritten`() throws {
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
                        // A sample of the bytes: all of them take seconds in a debug build.
                        stride(from: 0, to: span.count, by: 97).allSatisfy { span[$0] == value }
                    })
            }
        }
        // A view of a row keeps the whole batch.
        let row = held[0].1[0]
        let (value, _) = held[0]
        held = []
        for _ in 0..<50 {
            let storage = try pool.take(byteCount: 40_000)
            unsafe storage.mutableBytes.initializeMemory(as: UInt8.self, repeating: value &+ 1)
        }
        #expect(try row.item(as: UInt8.self) == value)
    }

    @Test func `without memory to keep, small tensors take little`() throws {
        let pool = TensorPool(keeping: 0)
        let held = try (0..<100).map { _ in try pool.take(byteCount: 8) }
        let addresses = held.map { unsafe UInt(bitPattern: $0.bytes.baseAddress) }
        #expect(pool.allocations == 100)
        #expect(Set(addresses).count == 100 && addresses.allSatisfy { $0 % 64 == 0 })
        #expect(addresses.contains { $0 % UInt(TensorStorage.pageAlignment) != 0 })
    }

    @Test func `memory is aligned to pages, and small tensors do not sit on large memory`() throws {
        let pool = TensorPool()
        do { withExtendedLifetime(try pool.take(byteCount: 10_000_000)) {} }
        let small = try pool.take(byteCount: 4)
        #expect(pool.freeBytes >= 10_000_000)
        #expect(unsafe Int(bitPattern: small.bytes.baseAddress) % TensorStorage.pageAlignment == 0)
        #expect(try pool.take(byteCount: 0).byteCount == 0)
    }

    @Test(arguments: [0, 64]) func `memory that there is not is an error`(kept: Int) throws {
        let pool = TensorPool(keeping: kept)
        for byteCount in [1 << 50, Int.max - 5, Int.max] {
            let error = #expect(throws: ColonnadeError.self) { try pool.take(byteCount: byteCount) }
            #expect(error?.code == .outOfMemory && error?.message.contains("\(byteCount) bytes") == true)
        }
        #expect(try pool.take(byteCount: 100).byteCount == 100)
    }

    @Test func `an idle pool keeps little, and others have the rest`() throws {
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
