// SPDX-License-Identifier: Apache-2.0

extension DType {
    /// Returns the reason why no element of this type can represent a number, or nil if an element can.
    ///
    /// Integer types represent the integers in their range, and bool represents 0 and 1. Floating-point types represent
    /// the numbers that they round neither to infinity nor to zero, and integers up to 2⁵³ only if they need no
    /// rounding: only fractions may be rounded.
    public func refusal(of number: Double) -> String? {
        let isHeld =
            switch self {
            case .bool: number == 0 || number == 1
            case .uint8: UInt8(exactly: number) != nil
            case .int8: Int8(exactly: number) != nil
            case .uint16: UInt16(exactly: number) != nil
            case .int16: Int16(exactly: number) != nil
            case .uint32: UInt32(exactly: number) != nil
            case .int32: Int32(exactly: number) != nil
            case .uint64: UInt64(exactly: number) != nil
            case .int64: Int64(exactly: number) != nil
            case .float64: true
            case .float16, .bfloat16, .float32: holdsRounded(number)
            }
        if isHeld { return nil }
        guard isFloatingPoint else { return "\(name) holds \(range)" }
        return "\(name) rounds it to \(DType.text(of: rounded(number)))"
    }

    /// Returns a number as messages show it: integers have no decimal point.
    public static func text(of number: Double) -> String {
        Int(exactly: number).map { String($0) } ?? String(number)
    }

    private func holdsRounded(_ number: Double) -> Bool {
        let rounded = rounded(number)
        guard number.isFinite, rounded != number else { return true }
        let isWhole = number.rounded(.towardZero) == number && abs(number) <= 0x1p53
        return rounded.isFinite && rounded != 0 && !isWhole
    }

    private func rounded(_ number: Double) -> Double {
        switch self {
        case .float16: Double(HalfFloat.float(bits: HalfFloat.bits(Float(number))))
        case .bfloat16: Double(BFloat16(Float(number)).floatValue)
        case .float32: Double(Float(number))
        default: number
        }
    }

    private var range: String {
        switch self {
        case .bool: "0 and 1"
        case .uint8, .uint16, .uint32: "whole numbers from 0 to \(UInt64.max >> (64 - 8 * UInt64(size)))"
        case .uint64: "whole numbers from 0 to \(UInt64.max)"
        default: "whole numbers from \(Int64.min >> (64 - 8 * Int64(size))) to \(Int64.max >> (64 - 8 * Int64(size)))"
        }
    }
}
