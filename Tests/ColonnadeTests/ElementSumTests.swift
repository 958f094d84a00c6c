// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct ElementSumTests {
    private func sum(_ tensors: Tensor...) throws -> ElementSum {
        var sum = ElementSum()
        for tensor in tensors { try sum.add(tensor) }
        return sum
    }

    @Test func `integers are summed exactly, beyond the precision of a double`() throws {
        #expect(try sum(Tensor([UInt64.max, UInt64.max, 1])).exactValue == "36893488147419103231")
        #expect(try sum(Tensor([Int64.min, -1]), Tensor([Int64(3)])).exactValue == "-9223372036854775806")
        #expect(try sum(Tensor([Int64(1) << 53, 1])).exactValue == "9007199254740993")
        let many = [UInt32](repeating: UInt32.max, count: 3 << 20)
        #expect(try sum(Tensor(many)).exactValue == String(UInt64(UInt32.max) * UInt64(many.count)))
    }

    @Test func `every type is summed`() throws {
        let values: [Tensor] = [
            Tensor([UInt8(255), 1]), Tensor([Int8(-128), 1]), Tensor([UInt16(65_535), 1]), Tensor([Int16(-5), 1]),
            Tensor([UInt32(7), 1]), Tensor([Int32(-7), 1]), Tensor([UInt64(7), 1]), Tensor([Int64(-7), 1]),
            Tensor([Float(0.5), 1]), Tensor([0.25, 1]), Tensor([BFloat16(0.5), BFloat16(1)]),
            Tensor([true, false, true]),
        ]
        let sums: [Double] = [256, -127, 65_536, -4, 8, -6, 8, -6, 1.5, 1.25, 1.5, 2]
        #expect(try values.map { try sum($0).value } == sums)
    }

    @Test func `floating-point numbers have no exact sum, and the empty sum is zero`() throws {
        #expect(try sum(Tensor([Float(1)])).exactValue == nil)
        #expect(try sum().value == 0)
        #expect(try sum(Tensor([UInt8]())).exactValue == "0")
    }
}
