// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStoreTestSupport
import Testing

/// Tests conversions of every data type to every other.
@Suite struct ConvertTests {
    private func convert(_ bytes: [UInt8], _ source: DType, _ target: DType, scale: Double = 1) -> [UInt8] {
        ConversionModel(source, target, scales: scale == 1 ? [] : [scale]).run(bytes)
    }

    private func bytes(_ bits: UInt64, _ size: Int) -> [UInt8] { ConversionModel.bytes(bits, size) }

    private func samples(_ dtype: DType, _ data: inout RandomData) -> [UInt8] {
        if dtype == .bool { return (0..<500).map { _ in UInt8(data.below(2)) } }
        var bytes = data.bytes(200 * dtype.size)
        let small: [Double] = [
            0, 1, -1, 0.5, 1.5, 2.5, -0.5, 127, 128, 255, 256, 65_504, 65_520, -129, 1e10, -1e10, 1e19, 1e20,
        ]
        let special: [Double] = [
            .nan, .infinity, -.infinity, -0.0, 9.223372036854775e18, 1.8446744073709552e19, 1e-7, 1e-40,
            .leastNonzeroMagnitude,
        ]
        if dtype.isFloatingPoint {
            bytes += (small + special).flatMap { value -> [UInt8] in
                switch dtype {
                case .float16: self.bytes(UInt64(Float16(Float(value)).bitPattern), 2)
                case .bfloat16: self.bytes(UInt64(BFloat16(Float(value)).bitPattern), 2)
                case .float32: self.bytes(UInt64(Float(value).bitPattern), 4)
                default: self.bytes(value.bitPattern, 8)
                }
            }
        } else {
            for value in [0, 1, .max, .max >> 1, 1 << 7, 1 << 15, 1 << 31, 1 << 63, 2049, 16_777_217] as [UInt64] {
                bytes += self.bytes(value, dtype.size)
            }
        }
        return bytes
    }

    @Test(arguments: DType.allCases, DType.allCases)
    func `every element is converted as in the model`(source: DType, target: DType) {
        var data = RandomData(seed: UInt64(source.rawValue) * 100 + UInt64(target.rawValue))
        let bytes = samples(source, &data)
        for scale in target.isFloatingPoint ? [1, 1.0 / 255, -3] : [1.0] {
            let model = ConversionModel(source, target, scales: scale == 1 ? [] : [scale])
            #expect(model.firstDifference(bytes, model.run(bytes)) == nil)
        }
    }

    @Test(arguments: DType.allCases, DType.allCases)
    func `channels of any kind, at any address, in rows of any length`(source: DType, target: DType) {
        var data = RandomData(seed: UInt64(source.rawValue) * 100 + UInt64(target.rawValue))
        let values = samples(source, &data)
        for length in Array(0...70) + [500, 3000] {
            let channels =
                target.isFloatingPoint ? [0, 1, 2, 3, 3, 4, 5, 7, 8, 12, 24, 40, 64, 65, 100][data.below(15)] : 0
            let inner = [1, 1, 1, 2, 3, 7, 20, 64, 65, 100][data.below(10)]
            func numbers() -> [Double] { (0..<channels).map { _ in Double(data.below(2000) - 1000) / 7 } }
            let model = ConversionModel(
                source, target, scales: numbers(), offsets: data.below(2) == 0 ? nil : numbers(), inner: inner)
            let size = source.size
            let bytes = (0..<length).flatMap { _ in
                let index = data.below(values.count / size)
                return values[index * size..<(index + 1) * size]
            }
            let shift = data.below(8)
            let found = model.run(bytes, shift: shift)
            #expect(model.firstDifference(bytes, found) == nil, "\(channels) × \(inner) of \(length)")
            // All CPUs give the same bits.
            #expect(found == model.run(bytes, shift: data.below(8), isPortable: true))
        }
    }

    @Test(arguments: [DType.float16, .bfloat16])
    func `a double becomes the nearest half, also beside a tie that a float cannot distinguish`(target: DType) {
        var data = RandomData(seed: 9)
        let row = (0..<4000).flatMap { _ -> [UInt8] in
            // The value is halfway between two halves, or differs from that by less than the precision of a float.
            let digits = target == .float16 ? 10 : 7
            let half = Double(data.below(1 << digits) * 2 + 1) / Double(2 << digits)
            let beside = [0, 0x1p-40, -0x1p-40, 0x1p-52][data.below(4)]
            let value = (1 + half + beside) * Double(sign: .plus, exponent: data.below(50) - 30, significand: 1)
            return bytes((data.below(2) == 0 ? value : -value).bitPattern, 8)
        }
        let model = ConversionModel(.float64, target)
        #expect(model.firstDifference(row, model.run(row)) == nil)
        #expect(model.run(row) == model.run(row, isPortable: true))
    }

    @Test func `all 65,536 half floats and bfloat16s`() {
        let bytes = (0..<65_536).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        for dtype in [DType.float16, .bfloat16] {
            let wide = convert(bytes, dtype, .float32)
            let back = convert(wide, .float32, dtype)
            var wrong = 0
            for bits in 0..<65_536 {
                let value = wide[4 * bits..<4 * bits + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                let expected =
                    dtype == .float16 ? Float(Float16(bitPattern: UInt16(bits))) : Float(bitPattern: UInt32(bits) << 16)
                let float = Float(bitPattern: value)
                let again = UInt16(back[2 * bits]) | UInt16(back[2 * bits + 1]) << 8
                if expected.isNaN {
                    // A NaN remains NaN, with its sign.
                    let isNaN =
                        dtype == .float16
                        ? Float16(bitPattern: again).isNaN : BFloat16(bitPattern: again).floatValue.isNaN
                    if !float.isNaN || !isNaN || again >> 15 != bits >> 15 { wrong += 1 }
                } else if value != expected.bitPattern || again != bits {
                    wrong += 1
                }
            }
            #expect(wrong == 0)
        }
    }

    @Test(arguments: DType.allCases) func `a sum adds all elements`(dtype: DType) {
        var data = RandomData(seed: 5)
        for count in [0, 1, 1023, 1024, 1025, 5000] {
            let bytes = (0..<count).flatMap { _ in convert([UInt8(data.below(dtype == .bool ? 2 : 100))], .uint8, dtype)
            }
            let expected = elementList(bytes, dtype).reduce(0) { $0 + ConversionModel.wide($1) }
            let sum = unsafe (bytes + [0]).withUnsafeBytes {
                unsafe colonnade_sum(dtype.rawValue, $0.baseAddress!, count)
            }
            #expect(sum == expected)
        }
    }
}
