// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// One element of any data type.
public enum Element: Hashable, Sendable {
    case signed(Int64)
    case unsigned(UInt64)
    case floating(Double)
    case bool(Bool)

    func matches(_ json: JSON) -> Bool {
        switch self {
        case .signed(let value): return json == .number("\(value)")
        case .unsigned(let value): return json == .number("\(value)")
        case .bool(let value): return json == .bool(value)
        case .floating(let value):
            guard let expected = json.double else { return false }
            return value.isNaN ? expected.isNaN : value.bitPattern == expected.bitPattern
        }
    }
}

/// Returns the elements that are stored in the bytes.
public func elementList(_ bytes: [UInt8], _ dtype: DType) -> [Element] {
    stride(from: 0, to: bytes.count, by: dtype.size).map { start in
        let bits = (0..<dtype.size).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
        return switch dtype {
        case .uint8, .uint16, .uint32, .uint64: .unsigned(bits)
        case .int8: .signed(Int64(Int8(truncatingIfNeeded: bits)))
        case .int16: .signed(Int64(Int16(truncatingIfNeeded: bits)))
        case .int32: .signed(Int64(Int32(truncatingIfNeeded: bits)))
        case .int64: .signed(Int64(truncatingIfNeeded: bits))
        case .float16: .floating(Double(HalfFloat.float(bits: UInt16(bits))))
        case .bfloat16: .floating(Double(BFloat16(bitPattern: UInt16(bits)).floatValue))
        case .float32: .floating(Double(Float(bitPattern: UInt32(bits))))
        case .float64: .floating(Double(bitPattern: bits))
        case .bool: .bool(bits == 1)
        }
    }
}
