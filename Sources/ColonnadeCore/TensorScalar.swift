// SPDX-License-Identifier: Apache-2.0

/// A Swift type whose values are elements of tensors: `tensor.elements(as: Float.self)`.
public protocol TensorScalar: BitwiseCopyable, Sendable {
    static var dtype: DType { get }
}

extension UInt8: TensorScalar { public static var dtype: DType { .uint8 } }
extension Int8: TensorScalar { public static var dtype: DType { .int8 } }
extension UInt16: TensorScalar { public static var dtype: DType { .uint16 } }
extension Int16: TensorScalar { public static var dtype: DType { .int16 } }
extension UInt32: TensorScalar { public static var dtype: DType { .uint32 } }
extension Int32: TensorScalar { public static var dtype: DType { .int32 } }
extension UInt64: TensorScalar { public static var dtype: DType { .uint64 } }
extension Int64: TensorScalar { public static var dtype: DType { .int64 } }
extension Float: TensorScalar { public static var dtype: DType { .float32 } }
extension Double: TensorScalar { public static var dtype: DType { .float64 } }
extension Bool: TensorScalar { public static var dtype: DType { .bool } }

#if !(os(macOS) && arch(x86_64))
    extension Float16: TensorScalar { public static var dtype: DType { .float16 } }
#endif

/// The upper half of a `Float`: 8 bits of exponent, 7 of fraction.
public struct BFloat16: TensorScalar, Hashable {
    public var bitPattern: UInt16

    public static var dtype: DType { .bfloat16 }

    @inlinable public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// The nearest value, ties to even; NaN stays NaN.
    @inlinable public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x0040
        } else {
            bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
        }
    }

    @inlinable public var floatValue: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

/// IEEE 754 half precision by its bits, for platforms whose Swift has no `Float16`.
public enum HalfFloat {
    /// Exact.
    public static func float(bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            return sign == 0 ? magnitude : -magnitude
        case 31:
            return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The nearest half, ties to even; too large becomes infinite.
    public static func bits(_ value: Float) -> UInt16 {
        let pattern = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: pattern >> 16) & 0x8000
        let magnitude = pattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        if magnitude >= 0x4780_0000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Subnormal: adding 0.5 makes the hardware round to a multiple of 2⁻²⁴.
            let rounded = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- 0x3F00_0000)
        }
        let odd = (magnitude >> 13) & 1
        return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13)
    }
}
