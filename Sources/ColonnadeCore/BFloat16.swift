// SPDX-License-Identifier: Apache-2.0

/// The bfloat16 floating-point type: the upper half of a `Float`, with 8 bits of exponent and 7 bits of fraction.
public struct BFloat16: TensorScalar, Hashable {
    public var bitPattern: UInt16

    public static var dtype: DType { .bfloat16 }

    @inlinable public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Makes the nearest value, with ties to even. NaN stays NaN.
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
