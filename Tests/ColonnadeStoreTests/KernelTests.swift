// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStoreTestSupport
import Testing

/// Compares the loops in C with simple loops.
@Suite struct KernelTests {
    @Test func `CRC-32C is equal with and without the instruction, in pieces and unaligned`() {
        var data = RandomData(seed: 1)
        let bytes = data.bytes(100_000)
        func slow(_ range: Range<Int>) -> UInt32 {
            var crc = ~UInt32(0)
            for index in range {
                crc ^= UInt32(bytes[index])
                for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
            }
            return ~crc
        }
        unsafe bytes.withUnsafeBytes { memory in
            let base = memory.baseAddress!
            var lengths = Array(0...70) + [4095, 4096, 12_287, 12_288, 12_289, 36_864, 50_001]
            lengths += (0..<20).map { _ in data.below(50_000) }
            for length in lengths {
                let start = data.below(50)
                let fast = unsafe colonnade_crc32c(0, base + start, length)
                #expect(unsafe fast == colonnade_crc32c_portable(0, base + start, length))
                if length < 5000 { #expect(fast == slow(start..<start + length)) }
                let cut = data.below(length + 1)
                let first = unsafe colonnade_crc32c(0, base + start, cut)
                #expect(unsafe fast == colonnade_crc32c(first, base + start + cut, length - cut))
                #expect(unsafe fast == colonnade_crc32c_portable(first, base + start + cut, length - cut))
            }
        }
    }

    @Test func `scatter is the inverse of gather, and writes nothing else`() {
        var data = RandomData(seed: 3)
        for _ in 0..<300 {
            let size = [0, 1, 2, 4, 8, 3, 784][data.below(7)]
            let offset = data.below(9)
            let stride = offset + size + data.below(9)
            let count = data.below(60)
            let source = data.bytes(size * count + 1)
            var rows = [UInt8](repeating: 0xEE, count: stride * count + 8)
            var expected = rows
            for row in 0..<count {
                for byte in 0..<size { expected[row * stride + offset + byte] = source[row * size + byte] }
            }
            unsafe source.withUnsafeBytes { source in
                unsafe rows.withUnsafeMutableBytes { rows in
                    unsafe colonnade_scatter(rows.baseAddress!, stride, offset, size, source.baseAddress!, count)
                }
            }
            #expect(rows == expected)
        }
    }

    @Test(arguments: DType.allCases) func `statistics are those of a naive model`(dtype: DType) {
        var data = RandomData(seed: UInt64(dtype.rawValue))
        for count in [0, 1, 2, 7, 8, 9, 100, 8191, 8192, 8193, 20_000] {
            for kind in 0..<4 {
                var bytes = data.bytes(count * dtype.size)
                if dtype == .bool { bytes = bytes.map { $0 & 1 } }
                if kind == 1 { bytes = (0..<count).flatMap { _ in [UInt8](repeating: 1, count: dtype.size) } }
                if kind == 2 { bytes = bytes.enumerated().map { $0 % dtype.size == dtype.size - 1 ? 0x3F : $1 } }
                // All elements are extremes.
                if kind == 3 { bytes = (0..<count).flatMap { Self.extreme(dtype, $0 % 2 == 0) } }
                if dtype == .bool { bytes = bytes.map { $0 & 1 } }
                check(bytes, dtype, count)
            }
        }
    }

    private static func extreme(_ dtype: DType, _ isLow: Bool) -> [UInt8] {
        let all = [UInt8](repeating: 0xFF, count: dtype.size)
        switch dtype {
        case .float16: return isLow ? [0xFF, 0xFB] : [0xFF, 0x7B]
        case .bfloat16: return isLow ? [0x7F, 0xFF] : [0x7F, 0x7F]
        case .float32: return isLow ? [0xFF, 0xFF, 0x7F, 0xFF] : [0xFF, 0xFF, 0x7F, 0x7F]
        case .float64: return all.dropLast(2) + (isLow ? [0xEF, 0xFF] : [0xEF, 0x7F])
        case _ where dtype.isSignedInteger:
            return isLow ? all.dropLast().map { _ in 0 } + [0x80] : all.dropLast() + [0x7F]
        default: return isLow ? all.map { _ in 0 } : all
        }
    }

    private func check(_ bytes: [UInt8], _ dtype: DType, _ count: Int) {
        var found = colonnade_statistics()
        unsafe bytes.withUnsafeBytes { memory in
            guard let base = memory.baseAddress else { return }
            unsafe colonnade_statistics(dtype.rawValue, base, count, &found)
        }
        let values: [Double] = elementList(bytes, dtype).map {
            switch $0 {
            case .signed(let value): Double(value)
            case .unsigned(let value): Double(value)
            case .floating(let value): value
            case .bool(let value): value ? 1 : 0
            }
        }
        let finite = values.filter(\.isFinite)
        #expect(found.non_finite == UInt64(count - finite.count))
        func number(_ bits: UInt64) -> Double {
            if dtype.isFloatingPoint { return Double(bitPattern: bits) }
            return dtype.isSignedInteger ? Double(Int64(bitPattern: bits)) : Double(bits)
        }
        guard !finite.isEmpty else {
            #expect(found.minimum == 0 && found.maximum == 0 && found.mean == 0 && found.deviation == 0)
            return
        }
        #expect(number(found.minimum) == finite.min() && number(found.maximum) == finite.max())
        // The numbers are small enough that no square overflows.
        let largest = finite.map(\.magnitude).max() ?? 0
        let unit = largest > 0x1p400 ? 0x1p600 : 1
        let n = Double(finite.count)
        let mean = finite.reduce(0) { $0 + $1 / unit / n }
        let squares = finite.reduce(0) { $0 + ($1 / unit - mean) * ($1 / unit - mean) / n }
        #expect(abs(found.mean / unit - mean) <= 1e-11 * largest / unit, "\(dtype) \(count)")
        #expect(abs(found.deviation / unit - squares.squareRoot()) <= 1e-7 * largest / unit, "\(dtype) \(count)")
    }
}
