// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Writes texts as elements of one data type.
enum CellEncoder {
    /// Appends the value of `text`, little-endian; or says why not, and appends nothing. Spaces are not skipped.
    @inline(__always)
    static func append(_ text: Span<UInt8>, as dtype: DType, to values: inout [UInt8]) -> Misfit? {
        if dtype == .bool { return appendBoolean(text, to: &values) }
        guard let number = NumberText.parse(text) else { return .notNumber }
        switch dtype {
        case .int64: return append(number, Int64.self, to: &values)
        case .float64:
            let value = number.double(of: text)
            guard value.isFinite || number.isNamed else { return .tooLarge }
            guard number.isKept(by: value, text) else { return .inexact }
            values.append(littleEndian: value.bitPattern)
            return nil
        default: return appendOther(number, text, as: dtype, to: &values)
        }
    }

    private static func appendOther(
        _ number: NumberText, _ text: Span<UInt8>, as dtype: DType, to values: inout [UInt8]
    ) -> Misfit? {
        switch dtype {
        case .uint8: return append(number, UInt8.self, to: &values)
        case .int8: return append(number, Int8.self, to: &values)
        case .uint16: return append(number, UInt16.self, to: &values)
        case .int16: return append(number, Int16.self, to: &values)
        case .uint32: return append(number, UInt32.self, to: &values)
        case .int32: return append(number, Int32.self, to: &values)
        case .uint64: return append(number, UInt64.self, to: &values)
        case .float32:
            let value = number.float(of: text)
            guard value.isFinite || number.isNamed else { return .tooLarge }
            guard number.isKept(by: Double(value), text) else { return .inexact }
            values.append(littleEndian: value.bitPattern)
        case .float16:
            let bits = HalfFloat.bits(number.double(of: text).roundedToOdd)
            guard bits & 0x7C00 != 0x7C00 || number.isNamed else { return .tooLarge }
            guard number.isKept(by: Double(HalfFloat.float(bits: bits)), text) else { return .inexact }
            values.append(littleEndian: bits)
        case .bfloat16:
            let value = BFloat16(number.double(of: text).roundedToOdd)
            guard value.floatValue.isFinite || number.isNamed else { return .tooLarge }
            guard number.isKept(by: Double(value.floatValue), text) else { return .inexact }
            values.append(littleEndian: value.bitPattern)
        case .bool, .int64, .float64:
            preconditionFailure("\(dtype.name) is written by the caller")
        }
        return nil
    }

    @inline(__always)
    private static func append<Value: FixedWidthInteger>(
        _ number: NumberText, _ type: Value.Type, to values: inout [UInt8]
    ) -> Misfit? {
        guard number.form == .integer else { return .notWhole }
        guard let magnitude = number.magnitude else { return .tooLarge }
        if number.isNegative, magnitude > 0 {
            guard magnitude <= 1 << 63, let value = Value(exactly: Int64(truncatingIfNeeded: 0 &- magnitude)) else {
                return .tooLarge
            }
            values.append(littleEndian: value)
        } else {
            guard let value = Value(exactly: magnitude) else { return .tooLarge }
            values.append(littleEndian: value)
        }
        return nil
    }

    /// Appends `true` or `false`; 1 and 0 stand for them too where bool is requested.
    private static func appendBoolean(_ text: Span<UInt8>, to values: inout [UInt8]) -> Misfit? {
        if let value = BooleanText.parse(text) {
            values.append(value ? 1 : 0)
        } else if text.count == 1, text[0] &- 48 <= 1 {
            values.append(text[0] &- 48)
        } else {
            return .notBoolean
        }
        return nil
    }
}

extension NumberText {
    /// Whether a whole number, written without point and exponent, is exactly this value. Others are rounded by nature.
    @inline(__always)
    fileprivate func isKept(by value: Double, _ text: Span<UInt8>) -> Bool {
        guard form == .integer else { return true }
        if let magnitude, magnitude <= 1 << 53 { return value.magnitude == Double(magnitude) }
        if let magnitude { return UInt64(exactly: value.magnitude) == magnitude }
        return WholeNumber(digitsOf: text) == WholeNumber(value.magnitude)
    }

    /// Infinity or NaN by name, so that it is no overflow.
    fileprivate var isNamed: Bool { form == .infinity || form == .nan }
}

extension Double {
    /// A float32 from which a shorter type rounds as from the value itself: where float32 cannot hold it, the neighbour
    /// whose last bit is set, so that no tie arises that was none.
    var roundedToOdd: Float {
        let near = Float(self)
        guard isFinite, near.isFinite, Double(near) != self, near.bitPattern & 1 == 0 else { return near }
        return near.magnitude > Float(0) && Double(near.magnitude) > magnitude
            ? Float(bitPattern: near.bitPattern - 1) : Float(bitPattern: near.bitPattern + 1)
    }
}
