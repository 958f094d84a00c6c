// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Elements of tensors as text, in the shortest form from which the same value is read again.
package enum ElementText {
    /// The form of numbers that JSON has no form for.
    package enum Style: Sendable {
        /// NaN is `null`, and an infinity a number beyond every double: `1e999`.
        case json
        /// The strings `"NaN"`, `"Infinity"` and `"-Infinity"`, which are read as these numbers again.
        case jsonNames
        /// `nan`, `inf` and `-inf`.
        case plain
    }

    /// Appends elements as the field says they are to be read: times after ISO 8601, and everything else as numbers. Of JSON, only
    /// what is read again has times, as strings.
    package static func append(
        _ tensor: Tensor, _ range: Range<Int>, of field: Field, separator: UInt8, style: Style = .plain,
        to text: inout [UInt8]
    ) throws(ColonnadeError) {
        guard let type = field.time, TimeType.canBe(tensor.dtype), style != .json else {
            return try append(tensor, range, separator: separator, style: style, to: &text)
        }
        let quote = style == .plain ? [] : [UInt8(ascii: "\"")]
        func each<Scalar: TensorScalar & FixedWidthInteger>(
            _ scalar: Scalar.Type, _ text: inout [UInt8]
        ) throws(ColonnadeError) {
            try tensor.withSpan(as: scalar) { (elements) throws(ColonnadeError) in
                for index in range {
                    if index > range.lowerBound { text.append(separator) }
                    text += quote
                    if elements[index] == .min {
                        text.append(contentsOf: "NaT".utf8)
                    } else {
                        TimeText.append(Int64(elements[index]), type, to: &text)
                    }
                    text += quote
                }
            }
        }
        if tensor.dtype == .int32 { try each(Int32.self, &text) } else { try each(Int64.self, &text) }
    }

    /// Appends the elements at `range`, in row-major order, with `separator` between them. O(range).
    package static func append(
        _ tensor: Tensor, _ range: Range<Int>, separator: UInt8, style: Style, to text: inout [UInt8]
    ) throws(ColonnadeError) {
        func each<Scalar: TensorScalar>(
            _ type: Scalar.Type, _ text: inout [UInt8], _ body: (Scalar, inout [UInt8]) -> Void
        ) throws(ColonnadeError) {
            // Two types cannot be read as numbers on every platform; their bits can.
            let view = Tensor(
                dtype: type.dtype, shape: tensor.shape, storage: tensor.storage, byteOffset: tensor.byteOffset)
            try view.withSpan(as: type) { (elements) throws(ColonnadeError) in
                for index in range {
                    if index > range.lowerBound { text.append(separator) }
                    body(elements[index], &text)
                }
            }
        }
        switch tensor.dtype {
        case .uint8: try each(UInt8.self, &text) { append(integer: $0, to: &$1) }
        case .int8: try each(Int8.self, &text) { append(integer: $0, to: &$1) }
        case .uint16: try each(UInt16.self, &text) { append(integer: $0, to: &$1) }
        case .int16: try each(Int16.self, &text) { append(integer: $0, to: &$1) }
        case .uint32: try each(UInt32.self, &text) { append(integer: $0, to: &$1) }
        case .int32: try each(Int32.self, &text) { append(integer: $0, to: &$1) }
        case .uint64: try each(UInt64.self, &text) { append(integer: $0, to: &$1) }
        case .int64: try each(Int64.self, &text) { append(integer: $0, to: &$1) }
        case .float16: try each(UInt16.self, &text) { append(HalfFloat.float(bits: $0), style, to: &$1) }
        case .bfloat16: try each(BFloat16.self, &text) { append($0.floatValue, style, to: &$1) }
        case .float32: try each(Float.self, &text) { append($0, style, to: &$1) }
        case .float64: try each(Double.self, &text) { append($0, style, to: &$1) }
        case .bool: try each(UInt8.self, &text) { $1.append(contentsOf: ($0 != 0 ? "true" : "false").utf8) }
        }
    }

    /// Appends an integer in decimal digits, without a string in between, since images have millions of them.
    package static func append(integer value: some FixedWidthInteger, to text: inout [UInt8]) {
        let start = text.count
        var rest = UInt64(value.magnitude)
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            text.append(UInt8(ascii: "0") + UInt8(digit))
            rest = quotient
        } while rest > 0
        if value < 0 { text.append(UInt8(ascii: "-")) }
        text[start...].reverse()
    }

    package static func append(
        _ value: some BinaryFloatingPoint & LosslessStringConvertible, _ style: Style, to text: inout [UInt8]
    ) {
        let word: String
        switch style {
        case .json where value.isNaN: word = "null"
        case .json where value.isInfinite: word = value < 0 ? "-1e999" : "1e999"
        case .jsonNames where value.isNaN: word = "\"NaN\""
        case .jsonNames where value.isInfinite: word = value < 0 ? "\"-Infinity\"" : "\"Infinity\""
        // The sign and payload of a NaN are in no text that everybody reads.
        case .plain where value.isNaN: word = "nan"
        default: word = value.description
        }
        text.append(contentsOf: word.utf8)
    }
}
