// SPDX-License-Identifier: Apache-2.0

/// The evidence from the values of one column: the number of each kind, and the first of each kind for messages.
struct ColumnEvidence: Sendable {
    /// A value and the record that it comes from.
    struct Sighting: Sendable, Hashable {
        var record: Int
        /// In quotes, shortened.
        var text: String

        /// The text without the quotes.
        var bare: Substring { text.dropFirst().dropLast() }
    }

    /// Whole numbers that fit in int64 or uint64.
    private(set) var integers = 0
    private(set) var decimals = 0
    private(set) var booleans = 0
    /// Values that are none of these, as far as they were told apart: text is text whatever comes after the first.
    private(set) var texts = 0
    private(set) var missing = 0

    /// Zero if no integer is below it.
    private(set) var minimum: Int64 = 0
    /// Zero if no integer is above it.
    private(set) var greatest: UInt64 = 0

    private(set) var firstNumber: Sighting?
    private(set) var firstDecimal: Sighting?
    private(set) var firstBoolean: Sighting?
    private(set) var firstText: Sighting?
    private(set) var firstMissing: Sighting?
    private(set) var firstNegative: Sighting?
    /// The first whole number beyond int64.
    private(set) var firstLarge: Sighting?
    /// The first whole number that float64 does not hold exactly.
    private(set) var firstInexact: Sighting?
    private(set) var firstInvalidUTF8: Sighting?
    /// Why the first text is not the number that it resembles.
    private(set) var textReason: TextReason?

    enum TextReason: String, Sendable {
        case leadingZero = "starts with a zero, as codes do and numbers do not"
        case tooLarge = "is beyond the numbers that fit in 64 bits"
    }

    var numbers: Int { integers + decimals }
    /// Values of any kind, without the missing ones.
    var values: Int { integers + decimals + booleans + texts }

    /// Takes note of one value as a CSV file has it.
    @inline(__always)
    mutating func observe(_ value: Span<UInt8>, record: Int, missing tokens: MissingTokens) {
        let text = value.extracting(value.trimmedRange)
        if tokens.contains(text) {
            observeMissing("\"\(String(decoding: text))\"", record: record)
        } else if texts > 0 {
            observeText(value, record: record)
        } else if let number = NumberText.parse(text) {
            observe(number, text, record: record)
        } else if BooleanText.parse(text) != nil {
            observeBoolean(text, record: record)
        } else {
            observeText(value, record: record)
        }
    }

    /// Takes note of a number. One that no numeric type holds as it is counts as text.
    @inline(__always)
    mutating func observe(_ number: NumberText, _ text: Span<UInt8>, record: Int) {
        if firstNumber == nil { firstNumber = Sighting(record: record, text: String(quoting: text)) }
        if number.form == .integer, let magnitude = number.magnitude, !number.hasLeadingZero,
            !number.isNegative || magnitude <= 1 << 63
        {
            integers += 1
            if number.isNegative, magnitude > 0 {
                minimum = min(minimum, Int64(truncatingIfNeeded: 0 &- magnitude))
                if firstNegative == nil { firstNegative = Sighting(record: record, text: String(quoting: text)) }
            } else {
                greatest = max(greatest, magnitude)
            }
            if magnitude > 1 << 53 { observeLarge(magnitude, number.isNegative, text, record) }
        } else {
            observeUncommon(number, text, record)
        }
    }

    private mutating func observeLarge(_ magnitude: UInt64, _ isNegative: Bool, _ text: Span<UInt8>, _ record: Int) {
        if magnitude > UInt64(Int64.max), !isNegative, firstLarge == nil {
            firstLarge = Sighting(record: record, text: String(quoting: text))
        }
        if firstInexact == nil, Double(exactly: magnitude) == nil {
            firstInexact = Sighting(record: record, text: String(quoting: text))
        }
    }

    private mutating func observeUncommon(_ number: NumberText, _ text: Span<UInt8>, _ record: Int) {
        if number.hasLeadingZero {
            observeText(text, record: record, because: .leadingZero)
        } else if number.form == .integer || number.isTooLarge(text) {
            observeText(text, record: record, because: .tooLarge)
        } else {
            decimals += 1
            if firstDecimal == nil { firstDecimal = Sighting(record: record, text: String(quoting: text)) }
        }
    }

    mutating func observeBoolean(_ text: Span<UInt8>, record: Int) {
        booleans += 1
        if firstBoolean == nil { firstBoolean = Sighting(record: record, text: String(quoting: text)) }
    }

    /// Notes numbers that are known not to be whole.
    mutating func observeDecimals(_ count: Int, _ first: Sighting) {
        decimals += count
        if firstNumber == nil { firstNumber = first }
        if firstDecimal == nil { firstDecimal = first }
    }

    mutating func observeText(_ text: Span<UInt8>, record: Int, because reason: TextReason? = nil) {
        texts += 1
        if firstText == nil {
            firstText = Sighting(record: record, text: String(quoting: text))
            textReason = reason
        }
        if firstInvalidUTF8 == nil, text.firstInvalidUTF8 != nil {
            firstInvalidUTF8 = Sighting(record: record, text: String(quoting: text))
        }
    }

    mutating func observeMissing(_ token: @autoclosure () -> String, record: Int, count: Int = 1) {
        missing += count
        if firstMissing.map({ record < $0.record }) ?? true {
            firstMissing = Sighting(record: record, text: token())
        }
    }

    /// The join of the types of all values, missing ones apart.
    var type: InferredType {
        var type = InferredType.none
        if booleans > 0 { type = type.joined(with: .bool) }
        if integers > 0 {
            type = type.joined(with: firstLarge == nil ? .int64 : firstNegative == nil ? .uint64 : .string)
        }
        if decimals > 0 { type = type.joined(with: .float64) }
        if texts > 0 { type = .string }
        return type
    }
}
