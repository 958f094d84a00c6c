// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Times as people and other programs read them, after ISO 8601: `2024-02-29`, `12:00:00.250`, `2024-02-29T12:00:00Z`, `PT90S`.
///
/// A fraction has as many digits as the unit: three for milliseconds, six for microseconds, nine for nanoseconds. A point in
/// time with a zone is given in UTC, which `Z` says.
package enum TimeText {
    package static func append(_ value: Int64, _ type: TimeType, to text: inout [UInt8]) {
        let unit = type.unit
        switch type.kind {
        case .date where unit == .days: append(day: value, to: &text)
        case .date, .timestamp:
            let (day, rest) = floored(value, 86_400 * unit.perSecond)
            append(day: day, to: &text)
            if type.kind == .date, rest == 0 { return }
            text.append(UInt8(ascii: "T"))
            append(ofDay: rest, unit, to: &text)
            if type.zone != nil { text.append(UInt8(ascii: "Z")) }
        case .time:
            // A value that is not a time of day stays a number.
            guard value >= 0, value < 86_400 * unit.perSecond else {
                return ElementText.append(integer: value, to: &text)
            }
            append(ofDay: value, unit, to: &text)
        case .duration:
            if value < 0 { text.append(UInt8(ascii: "-")) }
            let (seconds, fraction) = value.magnitude.quotientAndRemainder(dividingBy: UInt64(unit.perSecond))
            text.append(contentsOf: "PT".utf8)
            ElementText.append(integer: seconds, to: &text)
            append(fraction: Int64(fraction), unit, to: &text)
            text.append(UInt8(ascii: "S"))
        }
    }

    private static func floored(_ value: Int64, _ step: Int64) -> (quotient: Int64, rest: Int64) {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: step)
        return rest < 0 ? (quotient - 1, rest + step) : (quotient, rest)
    }

    /// Appends the civil date of a day since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years from
    /// 0000-03-01 on.
    private static func append(day: Int64, to text: inout [UInt8]) {
        let (era, dayOfEra) = floored(day + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        if year < 0 || year > 9_999 { text.append(UInt8(ascii: year < 0 ? "-" : "+")) }
        append(Int64(year.magnitude), digits: 4, to: &text)
        text.append(UInt8(ascii: "-"))
        append(month, digits: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(dayOfYear - (153 * shifted + 2) / 5 + 1, digits: 2, to: &text)
    }

    private static func append(ofDay value: Int64, _ unit: TimeType.Unit, to text: inout [UInt8]) {
        let (seconds, fraction) = value.quotientAndRemainder(dividingBy: unit.perSecond)
        append(seconds / 3_600, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(seconds / 60 % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(seconds % 60, digits: 2, to: &text)
        append(fraction: fraction, unit, to: &text)
    }

    private static func append(fraction: Int64, _ unit: TimeType.Unit, to text: inout [UInt8]) {
        guard unit.digits > 0 else { return }
        text.append(UInt8(ascii: "."))
        append(fraction, digits: unit.digits, to: &text)
    }

    /// Appends a number with at least `digits` digits.
    private static func append(_ value: Int64, digits: Int, to text: inout [UInt8]) {
        var number: [UInt8] = []
        ElementText.append(integer: value, to: &number)
        for _ in number.count..<max(digits, number.count) { text.append(UInt8(ascii: "0")) }
        text += number
    }
}

extension TimeType.Unit {
    /// Digits of a fraction of a second.
    fileprivate var digits: Int {
        switch self {
        case .days, .seconds: 0
        case .milliseconds: 3
        case .microseconds: 6
        case .nanoseconds: 9
        }
    }

    fileprivate var perSecond: Int64 { (0..<digits).reduce(1) { power, _ in power * 10 } }
}
