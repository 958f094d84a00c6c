// SPDX-License-Identifier: Apache-2.0

/// Conversions between `Float` and the bits of IEEE 754 half precision, for platforms where Swift has no `Float16`.
public enum HalfFloat {
    /// Returns the exact value of a half-precision number.
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

    /// Returns the nearest half-precision number, with ties to even. Numbers that are too large become infinite.
    public static func bits(_ value: Float) -> UInt16 {
        let pattern = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: pattern >> 16) & 0x8000
        let magnitude = pattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        if magnitude >= 0x4780_0000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Subnormal numbers: adding 0.5 makes the hardware round to a multiple of 2⁻²⁴.
            let rounded = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- 0x3F00_0000)
        }
        let odd = (magnitude >> 13) & 1
        return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13)
    }
}
