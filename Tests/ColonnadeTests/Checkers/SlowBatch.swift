// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Makes batches element by element.
enum SlowBatch {
    /// Stacks values along a new first dimension, each padded at the end of its dimensions.
    static func stack(_ rows: [Tensor], padding: Double = 0) throws -> Tensor {
        let rank = rows[0].rank
        let shape = (0..<rank).map { dimension in rows.map { $0.shape[dimension] }.max() ?? 0 }
        let size = rows[0].dtype.size
        let fill = filling(padding, rows[0].dtype)
        var bytes: [UInt8] = []
        for row in rows {
            let own = rawBytes(row)
            for number in 0..<shape.reduce(1, *) {
                if let place = element(number, of: shape, in: row.shape) {
                    bytes += own[place * size..<place * size + size]
                } else {
                    bytes += fill
                }
            }
        }
        return tensor(bytes, rows[0].dtype, [rows.count] + shape)
    }

    /// Returns the index in the small shape of an element of the large shape, or nil for padding.
    private static func element(_ number: Int, of large: [Int], in small: [Int]) -> Int? {
        var (rest, place, step) = (number, 0, 1)
        for dimension in large.indices.reversed() {
            let index = rest % large[dimension]
            rest /= large[dimension]
            guard index < small[dimension] else { return nil }
            place += index * step
            step *= small[dimension]
        }
        return place
    }

    static func tensor(_ bytes: [UInt8], _ dtype: DType, _ shape: [Int]) -> Tensor {
        unsafe Tensor(dtype: dtype, shape: shape) { unsafe $0.copyBytes(from: bytes) }
    }

    /// Returns the bytes of a number that every data type represents exactly.
    private static func filling(_ value: Double, _ dtype: DType) -> [UInt8] {
        var bits =
            switch dtype {
            case .float32: UInt64(Float(value).bitPattern)
            case .float64: value.bitPattern
            case .float16: UInt64(HalfFloat.bits(Float(value)))
            case .bfloat16: UInt64(BFloat16(Float(value)).bitPattern)
            default: UInt64(bitPattern: Int64(value))
            }
        var bytes: [UInt8] = []
        for _ in 0..<dtype.size {
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
        }
        return bytes
    }
}
