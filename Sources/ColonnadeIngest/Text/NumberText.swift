// SPDX-License-Identifier: Apache-2.0

/// A number as it is written in decimal: sign, digits, exponent. No locale, no hexadecimal, no underscores.
///
/// The value is computed without rounding first: `double(of:)` and `float(of:)` give the nearest value, as `Double(String)`
/// does.
struct NumberText: Sendable {
    enum Form: Sendable {
        /// Digits only.
        case integer
        /// With a point or an exponent.
        case decimal
        /// `inf`, `Infinity`, in any case.
        case infinity
        /// `nan`, in any case.
        case nan
    }

    /// The longest text that is taken for a number: an exact float64 needs at most 1,075 digits.
    static let longest = 1_100

    private(set) var form = Form.integer
    private(set) var isNegative = false
    /// A zero before another digit, as zip codes have: fit for a number only where one was asked for.
    private(set) var hasLeadingZero = false
    /// The first 19 significant digits.
    private var digits: UInt64 = 0
    /// The value is `digits` × 10 to this power, if the digits are all.
    private var exponent = 0
    /// No digit but zeros follows the first 19.
    private var hasAllDigits = true
    /// The whole magnitude of an integer, if it fits.
    private(set) var magnitude: UInt64?

    private init() {}

    /// Parses a number; nil if the text is none. Spaces are not skipped.
    @inline(__always)
    static func parse(_ text: Span<UInt8>) -> NumberText? {
        let count = text.count
        guard count > 0, count <= Self.longest else { return nil }
        var at = 0
        var number = NumberText()
        if text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            number.isNegative = text[0] == UInt8(ascii: "-")
            at = 1
        }
        let firstDigit = at
        while at < count, at - firstDigit < 18 {
            let digit = text[at] &- 48
            guard digit <= 9 else { break }
            number.digits = number.digits &* 10 &+ UInt64(digit)
            at += 1
        }
        if at == count, at > firstDigit {
            // Up to 18 digits and nothing else: the common case.
            number.magnitude = number.digits
            number.hasLeadingZero = count - firstDigit > 1 && text[firstDigit] == 48
            return number
        }
        number.digits = 0
        return number.read(text, from: firstDigit) ? number : nil
    }

    /// Parses all numbers but short integers, from the text after the sign. False if it is not a number.
    private mutating func read(_ text: Span<UInt8>, from firstDigit: Int) -> Bool {
        let count = text.count
        var at = firstDigit
        var significant = 0
        var nextDigit: UInt8?
        while at < count, text[at] &- 48 <= 9 {
            if significant == 19, nextDigit == nil { nextDigit = text[at] &- 48 }
            append(text[at] &- 48, &significant, isFraction: false)
            at += 1
        }
        let wholeDigits = at - firstDigit
        hasLeadingZero = wholeDigits > 1 && text[firstDigit] == 48
        if at == count, wholeDigits > 0 {
            magnitude = wholeMagnitude(nextDigit)
            return true
        }
        var fractionDigits = 0
        form = .decimal
        if at < count, text[at] == UInt8(ascii: ".") {
            at += 1
            let start = at
            while at < count, text[at] &- 48 <= 9 {
                append(text[at] &- 48, &significant, isFraction: true)
                at += 1
            }
            fractionDigits = at - start
        }
        guard wholeDigits + fractionDigits > 0 else {
            guard firstDigit == at, let named = Self.named(text, from: at) else { return false }
            form = named
            return true
        }
        if at < count {
            guard let power = Self.exponent(text, from: at) else { return false }
            exponent += power
        }
        return true
    }

    private mutating func append(_ digit: UInt8, _ significant: inout Int, isFraction: Bool) {
        if significant < 19 {
            digits = digits &* 10 &+ UInt64(digit)
            if digits != 0 { significant += 1 }
            if isFraction { exponent -= 1 }
        } else {
            if digit != 0 { hasAllDigits = false }
            if !isFraction { exponent += 1 }
        }
    }

    /// Returns the magnitude of an integer of 19 digits and perhaps one more; nil beyond 64 bits.
    private func wholeMagnitude(_ nextDigit: UInt8?) -> UInt64? {
        guard let nextDigit else { return digits }
        let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt64(nextDigit))
        return exponent == 1 && !overflow && !carry ? sum : nil
    }

    /// Reads the name of infinity or NaN, in any case.
    private static func named(_ text: Span<UInt8>, from start: Int) -> Form? {
        func matches(_ name: String) -> Bool {
            guard text.count - start == name.utf8.count else { return false }
            return zip(start..<text.count, name.utf8).allSatisfy { text[$0] | 0x20 == $1 }
        }
        if matches("inf") || matches("infinity") { return .infinity }
        return matches("nan") ? .nan : nil
    }

    /// Returns the exponent after an `e` that ends the text; clamped, since no exponent beyond ±99,999 makes a difference.
    private static func exponent(_ text: Span<UInt8>, from start: Int) -> Int? {
        guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
        var at = start + 1
        var isNegative = false
        if at < text.count, text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "+") {
            isNegative = text[at] == UInt8(ascii: "-")
            at += 1
        }
        guard at < text.count else { return nil }
        var power = 0
        while at < text.count {
            let digit = text[at] &- 48
            guard digit <= 9 else { return nil }
            power = min(power * 10 + Int(digit), 99_999)
            at += 1
        }
        return isNegative ? -power : power
    }
}

extension NumberText {
    /// Returns the nearest float64, ties to even. `text` is the text that was parsed. Infinite if it is too large.
    @inline(__always)
    func double(of text: Span<UInt8>) -> Double {
        if hasAllDigits, digits < 1 << 53, exponent <= 0, exponent >= -22, form == .integer || form == .decimal {
            // Both are exact, so one division rounds once.
            let magnitude = exponent == 0 ? Double(digits) : Double(digits) / Self.powers[-exponent]
            return isNegative ? -magnitude : magnitude
        }
        return slowDouble(of: text)
    }

    /// Whether this is a finite number beyond the largest float64.
    func isTooLarge(_ text: Span<UInt8>) -> Bool {
        // 19 digits at most: nothing below this power comes near.
        form == .decimal && exponent > 280 && double(of: text).isInfinite
    }

    private func slowDouble(of text: Span<UInt8>) -> Double {
        switch form {
        case .infinity: return isNegative ? -.infinity : .infinity
        case .nan: return .nan
        case .integer, .decimal: break
        }
        if hasAllDigits, let magnitude = Self.rounded(digits, power: exponent, bits: 53) {
            return isNegative ? -magnitude : magnitude
        }
        return Double(String(decoding: text)) ?? .nan
    }

    /// Returns the nearest float32, ties to even: rounded once, from the digits.
    func float(of text: Span<UInt8>) -> Float {
        switch form {
        case .infinity: return isNegative ? -.infinity : .infinity
        case .nan: return .nan
        case .integer, .decimal: break
        }
        if hasAllDigits, let magnitude = Self.rounded(digits, power: exponent, bits: 24) {
            return Float(isNegative ? -magnitude : magnitude)
        }
        return Float(String(decoding: text)) ?? .nan
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private static let wholePowers: [UInt64] = {
        var powers: [UInt64] = [1]
        for _ in 1...19 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// Returns `digits` × 10 to `power`, rounded to `bits` bits with ties to even, in whole numbers of 128 bits; nil if the
    /// power of ten does not fit in 64 bits.
    private static func rounded(_ digits: UInt64, power: Int, bits: Int) -> Double? {
        guard digits != 0 else { return 0 }
        guard abs(power) <= 19 else { return nil }
        let ten = UInt128(wholePowers[abs(power)])
        var whole: UInt128
        var scale = 0
        var rest = false
        if power >= 0 {
            whole = UInt128(digits) * ten
        } else {
            // At least 63 bits of quotient remain, whatever the divisor.
            scale = UInt128(digits).leadingZeroBitCount
            let (quotient, remainder) = (UInt128(digits) << UInt128(scale)).quotientAndRemainder(dividingBy: ten)
            whole = quotient
            rest = remainder != 0
        }
        let surplus = 128 - whole.leadingZeroBitCount - bits
        if surplus > 0 {
            let half = UInt128(1) << UInt128(surplus - 1)
            let cut = whole & (half << 1 - 1)
            whole >>= UInt128(surplus)
            if cut > half || cut == half && (rest || whole & 1 == 1) { whole += 1 }
            scale -= surplus
        }
        // At most 2^bits, so exact; and far from the ends of the range of both types.
        return Double(sign: .plus, exponent: -scale, significand: Double(UInt64(whole)))
    }
}
