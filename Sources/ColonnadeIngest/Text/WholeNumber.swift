// SPDX-License-Identifier: Apache-2.0

/// A whole number of any size, to compare a number in a text with the value in a floating-point type.
struct WholeNumber: Sendable, Hashable {
    /// The number in base 2^64, the lowest digit first; the highest is not zero.
    private var limbs: [UInt64] = []

    /// Reads the decimal digits of `text`; a sign is skipped.
    init(digitsOf text: Span<UInt8>) {
        for index in text.indices where text[index] &- 48 <= 9 {
            var carry = UInt64(text[index] &- 48)
            for place in limbs.indices {
                let (high, low) = limbs[place].multipliedFullWidth(by: 10)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                limbs[place] = sum
                carry = high + (overflow ? 1 : 0)
            }
            if carry > 0 { limbs.append(carry) }
        }
    }

    /// Converts a finite value that is not negative; its fraction is dropped.
    init(_ value: Double) {
        var rest = value.rounded(.towardZero)
        guard rest >= 1 else { return }
        let exponent = Int(rest.exponent)
        limbs = Array(repeating: 0, count: exponent / 64 + 1)
        for place in limbs.indices.reversed() {
            let unit = Double(sign: .plus, exponent: place * 64, significand: 1)
            let digit = (rest / unit).rounded(.towardZero)
            limbs[place] = UInt64(digit)
            rest -= digit * unit
        }
    }
}
