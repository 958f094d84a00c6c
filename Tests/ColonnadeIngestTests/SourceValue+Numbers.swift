// SPDX-License-Identifier: Apache-2.0

extension SourceValue {
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func scalars<Scalar: FixedWidthInteger>(_ type: Scalar.Type = Scalar.self) -> [Scalar] {
        let size = MemoryLayout<Scalar>.size
        return stride(from: 0, to: bytes.count, by: size).map { start in
            var value: Scalar = 0
            for byte in bytes[start..<start + size].reversed() { value = value << 8 | Scalar(truncatingIfNeeded: byte) }
            return value
        }
    }

    var doubles: [Double] { scalars(UInt64.self).map { Double(bitPattern: $0) } }
    var floats: [Float] { scalars(UInt32.self).map { Float(bitPattern: $0) } }
    var integers: [Int64] { scalars(Int64.self) }
}
