// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@Suite struct NumberTests {
    @Test(arguments: DType.allCases)
    func `integer types hold the integers of their range`(dtype: DType) {
        guard !dtype.isFloatingPoint, dtype != .bool else { return }
        let bits = Double(dtype.size * 8)
        let least = dtype.isSignedInteger ? -exp2(bits - 1) : 0
        let past = dtype.isSignedInteger ? exp2(bits - 1) : exp2(bits)
        for number in [least, 0, 1, past / 2] { #expect(dtype.refusal(of: number) == nil) }
        let step = max(past / 0x1p53, 1)
        #expect(dtype.refusal(of: past - step) == nil)
        for number in [past, least - 2 * step, 0.5, .nan, .infinity] {
            #expect(dtype.refusal(of: number)?.hasPrefix("\(dtype.name) holds whole numbers from ") == true)
        }
    }

    @Test func `messages have the limits of ranges`() {
        #expect(DType.uint16.refusal(of: -100) == "uint16 holds whole numbers from 0 to 65535")
        #expect(DType.int8.refusal(of: 128) == "int8 holds whole numbers from -128 to 127")
        #expect(DType.uint64.refusal(of: -1) == "uint64 holds whole numbers from 0 to 18446744073709551615")
        #expect(
            DType.int64.refusal(of: 0x1p63)
                == "int64 holds whole numbers from -9223372036854775808 to 9223372036854775807")
        #expect(DType.bool.refusal(of: 2) == "bool holds 0 and 1")
        #expect(DType.bool.refusal(of: 1) == nil)
    }

    @Test func `floating-point types round only fractions`() {
        for dtype in [DType.float16, .bfloat16, .float32, .float64] {
            for number in [0, -0.0, 0.1, 1, -2, .infinity, -.infinity, .nan] {
                #expect(dtype.refusal(of: number) == nil)
            }
        }
        #expect(DType.float16.refusal(of: 65504) == nil)
        #expect(DType.float16.refusal(of: 70000) == "float16 rounds it to inf")
        #expect(DType.float16.refusal(of: 2049) == "float16 rounds it to 2048")
        #expect(DType.float16.refusal(of: 1e-9) == "float16 rounds it to 0")
        #expect(DType.bfloat16.refusal(of: 257) == "bfloat16 rounds it to 256")
        #expect(DType.float32.refusal(of: 0x1p24 + 1) == "float32 rounds it to 16777216")
        #expect(DType.float32.refusal(of: -1e30) == nil)
        #expect(DType.float32.refusal(of: 1e39) == "float32 rounds it to inf")
        #expect(DType.float64.refusal(of: 1e300) == nil)
    }

    @Test func `strings of a batch end where their padding begins`() throws {
        let rows: [[UInt8]] = [Array("ab\0".utf8), [], Array("é".utf8)]
        let bytes = rows.flatMap { $0 + [UInt8](repeating: 0xFF, count: 3 - $0.count) }
        #expect(try Tensor(bytes, shape: [3, 3]).strings() == ["ab\0", "", "é"])
        #expect(try Tensor([UInt8](), shape: [2, 0]).strings() == ["", ""])
        #expect(try Tensor(Array("abc".utf8)).strings() == ["abc"])
        #expect {
            try Tensor([0x61, 0xFF, 0xC3, 0xFF] as [UInt8], shape: [2, 2]).strings()
        } throws: {
            ($0 as? ColonnadeError)?.message.contains("string 1 of this batch") == true
        }
    }

    private func exp2(_ power: Double) -> Double { Double(sign: .plus, exponent: Int(power), significand: 1) }
}
