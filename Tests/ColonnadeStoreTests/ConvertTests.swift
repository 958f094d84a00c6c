// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStoreTestSupport
import Testing

/// Every data type to every other.
@Suite struct ConvertTests {
    private func convert(_ bytes: [UInt8], _ source: DType, _ target: DType, scale: Double = 1) -> [UInt8] {
        let count = bytes.count / source.size
        var result = [UInt8](repeating: 0xEE, count: count * target.size)
        unsafe bytes.withUnsafeBytes { from in
            unsafe result.withUnsafeMutableBytes { to in
                unsafe colonnade_convert(
                    target.rawValue, to.baseAddress!, source.rawValue, from.baseAddress!, count, scale)
            }
        }
        return result
    }

    private func bytes(_ bits: UInt64, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }

    /// What one element becomes; nil stands for any NaN.
    private func model(_ element: Element, _ target: DType, _ scale: Double) -> [UInt8]? {
        let size = target.size
        switch target {
        case .float16, .bfloat16, .float32:
            // The nearest float first: then one multiplication.
            let narrow: Float
            switch element {
            case .signed(let value): narrow = Float(value)
            case .unsigned(let value): narrow = Float(value)
            case .floating(let value): narrow = Float(value)
            case .bool(let value): narrow = value ? 1 : 0
            }
            let product = narrow * Float(scale)
            if product.isNaN { return nil }
            if target == .float32 { return bytes(UInt64(product.bitPattern), 4) }
            let bits = target == .float16 ? Float16(product).bitPattern : BFloat16(product).bitPattern
            return bytes(UInt64(bits), 2)
        case .float64:
            let product = wide(element) * scale
            return product.isNaN ? nil : bytes(product.bitPattern, 8)
        case .bool: return [wide(element) == 0 ? 0 : 1]
        default: break
        }
        switch element {
        case .signed(let value): return bytes(UInt64(bitPattern: value), size)
        case .unsigned(let value): return bytes(value, size)
        case .bool(let value): return bytes(value ? 1 : 0, size)
        case .floating(let value):
            func clamped<Integer: FixedWidthInteger>(_ type: Integer.Type) -> [UInt8] {
                let whole = value.isNaN ? 0 : value.rounded(.towardZero)
                let result = Integer(exactly: whole) ?? (whole < 0 ? Integer.min : Integer.max)
                return bytes(UInt64(truncatingIfNeeded: result), size)
            }
            switch target {
            case .uint8: return clamped(UInt8.self)
            case .int8: return clamped(Int8.self)
            case .uint16: return clamped(UInt16.self)
            case .int16: return clamped(Int16.self)
            case .uint32: return clamped(UInt32.self)
            case .int32: return clamped(Int32.self)
            case .uint64: return clamped(UInt64.self)
            default: return clamped(Int64.self)
            }
        }
    }

    private func wide(_ element: Element) -> Double {
        switch element {
        case .signed(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .floating(let value): value
        case .bool(let value): value ? 1 : 0
        }
    }

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
    func `every element becomes what the model says`(source: DType, target: DType) {
        var data = RandomData(seed: UInt64(source.rawValue) * 100 + UInt64(target.rawValue))
        let bytes = samples(source, &data)
        let elements = elementList(bytes, source)
        for scale in target.isFloatingPoint ? [1, 1.0 / 255, -3] : [1.0] {
            let found = convert(bytes, source, target, scale: scale)
            for (index, element) in elements.enumerated() {
                let own = Array(found[index * target.size..<(index + 1) * target.size])
                let isRight =
                    if let expected = model(element, target, scale) { own == expected } else {
                        if case .floating(let value) = elementList(own, target)[0] { value.isNaN } else { false }
                    }
                #expect(isRight, "\(element) \(source) to \(target) × \(scale) gave \(own)")
            }
        }
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
                    // It stays NaN, with its sign.
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

    @Test(arguments: DType.allCases) func `a sum is that of the elements`(dtype: DType) {
        var data = RandomData(seed: 5)
        for count in [0, 1, 1023, 1024, 1025, 5000] {
            let bytes = (0..<count).flatMap { _ in convert([UInt8(data.below(dtype == .bool ? 2 : 100))], .uint8, dtype)
            }
            let expected = elementList(bytes, dtype).reduce(0) { $0 + wide($1) }
            let sum = unsafe (bytes + [0]).withUnsafeBytes {
                unsafe colonnade_sum(dtype.rawValue, $0.baseAddress!, count)
            }
            #expect(sum == expected)
        }
    }
}
