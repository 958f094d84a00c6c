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

    @Test func `values that do not fit are errors`() {
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

    @Test func `a shape with a zero has no elements, even with other large dimensions`() throws {
        let huge = 1 << 40
        let tensor = Tensor(
            dtype: .float64, shape: [huge, huge, 0], storage: TensorStorage(byteCount: 0), byteOffset: 0)
        #expect(tensor.count == 0 && tensor.byteCount == 0)
        #expect(tensor[huge - 1].shape == [huge, 0])
        #expect(try tensor.reshaped(to: [0, huge, huge]).count == 0)
        #expect(throws: ColonnadeError.self) { try tensor.reshaped(to: [0, -1]) }
    }

    @Test func `a byte that is neither 0 nor 1 is refused as a bool`() throws {
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

    @Test func `every half float is converted to float and back`() {
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
            // Numbers halfway to the next half, and slightly below and above.
            for step in [0x0FFF, 0x1000, 0x1001] as [UInt32] where !half.isNaN && half.isFinite {
                let between = Float(bitPattern: float.bitPattern &+ step)
                if HalfFloat.bits(between) != Float16(between).bitPattern { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }
}
