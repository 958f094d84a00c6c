// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Reads times after ISO 8601, as `TimeText` writes them: `2024-02-29`, `12:30:00.250`, `2024-02-29T12:30:00+01:00`, `PT90S`.
///
/// Between a date and a time of day may be a space. Points in time have `Z` or a difference from UTC exactly where their type has a
/// zone.
struct TimeReader {
    private let text: [UInt8]
    private var at = 0

    /// Returns the number that `text` is of the unit of `type`. Throws `Misfit` for other text, and for times that the
    /// type does not hold.
    static func read(_ text: Span<UInt8>, as type: TimeType) throws(Misfit) -> Int64 {
        var reader = TimeReader(text: Array(text))
        let nanoseconds = try reader.nanoseconds(of: type)
        guard reader.at == reader.text.count else { throw .notTime }
        let (count, rest) = nanoseconds.quotientAndRemainder(dividingBy: type.unit.nanoseconds)
        guard rest == 0 else { throw .between }
        guard let value = Int64(exactly: count), type.dtype == .int64 || Int32(exactly: value) != nil else {
            throw .tooLarge
        }
        return value
    }

    /// Returns the number for a fill: a time, `NaT`, or the number itself. Nil for other texts.
    static func readFill(_ text: Span<UInt8>, as type: TimeType) -> Int64? {
        if isNotATime(text) { return type.notATime }
        if let value = try? read(text, as: type) { return value }
        let number = Int64(String(decoding: text))
        return type.dtype == .int64 ? number : number.flatMap { Int32(exactly: $0) }.map(Int64.init)
    }

    /// Whether the text is `NaT`, which NumPy and pandas write.
    static func isNotATime(_ text: Span<UInt8>) -> Bool {
        text.count == 3 && text[0] == UInt8(ascii: "N") && text[1] == UInt8(ascii: "a") && text[2] == UInt8(ascii: "T")
    }

    private init(text: [UInt8]) { self.text = text }

    private mutating func nanoseconds(of type: TimeType) throws(Misfit) -> Int128 {
        switch type.kind {
        case .time: return try clock()
        case .duration: return try duration()
        case .date:
            let midnight = try date()
            return at == text.count ? midnight : midnight + (try clockAfterDate())
        case .timestamp:
            var moment = try date()
            if at < text.count { moment += try clockAfterDate() }
            let offset = at < text.count ? try zone() : nil
            guard (offset == nil) == (type.zone == nil) else { throw offset == nil ? .withoutZone : .withZone }
            return moment - (offset ?? 0)
        }
    }

    // MARK: Parts

    private static let second: Int128 = 1_000_000_000

    /// Reads a civil date, and returns its midnight since 1970-01-01 in the proleptic Gregorian calendar.
    private mutating func date() throws(Misfit) -> Int128 {
        let isNegative = take("-")
        let isSigned = isNegative || take("+")
        let magnitude = try digits(isSigned ? 4...7 : 4...4)
        let year = isNegative ? -magnitude : magnitude
        guard take("-"), case let month = try digits(2...2), take("-"), case let day = try digits(2...2),
            1...12 ~= month, 1...Self.days(of: month, year) ~= day
        else { throw .notTime }
        // Years that begin in March have the leap day at their end.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month <= 2 ? month + 9 : month - 3) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int128(era * 146_097 + dayOfEra - 719_468) * 86_400 * Self.second
    }

    private static func days(of month: Int, _ year: Int) -> Int {
        guard month == 2 else { return [4, 6, 9, 11].contains(month) ? 30 : 31 }
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    }

    private mutating func clockAfterDate() throws(Misfit) -> Int128 {
        guard take("T") || take("t") || take(" ") else { throw .notTime }
        return try clock()
    }

    private mutating func clock() throws(Misfit) -> Int128 {
        let hour = try digits(2...2)
        guard take(":"), case let minute = try digits(2...2), hour < 24, minute < 60 else { throw .notTime }
        var time = Int128(hour * 3_600 + minute * 60) * Self.second
        if take(":") {
            let seconds = try digits(2...2)
            guard seconds < 60 else { throw .notTime }
            time += Int128(seconds) * Self.second + (take(".") ? try fraction() : 0)
        }
        return time
    }

    /// Reads the difference of the clock to UTC.
    private mutating func zone() throws(Misfit) -> Int128 {
        if take("Z") || take("z") { return 0 }
        let isBehind = take("-")
        guard isBehind || take("+") else { throw .notTime }
        let hours = try digits(2...2)
        let hasMinutes = take(":") || at < text.count
        let minutes = hasMinutes ? try digits(2...2) : 0
        guard hours < 24, minutes < 60 else { throw .notTime }
        let offset = Int128(hours * 3_600 + minutes * 60) * Self.second
        return isBehind ? -offset : offset
    }

    private mutating func duration() throws(Misfit) -> Int128 {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard take("P") else { throw .notTime }
        var span: Int128 = 0
        var isEmpty = true
        var units: [(letter: Unicode.Scalar, seconds: Int128)] = [("W", 604_800), ("D", 86_400)]
        var isClock = false
        while at < text.count {
            if !isClock, take("T") {
                (isClock, units) = (true, [("H", 3_600), ("M", 60), ("S", 1)])
                isEmpty = true
                continue
            }
            let count = Int128(try digits(1...19))
            let part = take(".") ? try fraction() : nil
            guard let index = units.firstIndex(where: { take($0.letter) }), part == nil || units[index].letter == "S"
            else { throw .notTime }
            span += count * units[index].seconds * Self.second + (part ?? 0)
            units.removeFirst(index + 1)
            isEmpty = false
        }
        guard !isEmpty else { throw .notTime }
        return isNegative ? -span : span
    }

    private mutating func fraction() throws(Misfit) -> Int128 {
        var nanoseconds: Int128 = 0
        var unit = Self.second
        let start = at
        while at < text.count, text[at] &- 48 <= 9 {
            let digit = Int128(text[at] - 48)
            unit /= 10
            guard unit > 0 || digit == 0 else { throw .between }
            nanoseconds += digit * unit
            at += 1
        }
        guard at > start else { throw .notTime }
        return nanoseconds
    }

    /// Reads all consecutive digits, whose number must be in `count`.
    private mutating func digits(_ count: ClosedRange<Int>) throws(Misfit) -> Int {
        var value = 0
        let start = at
        while at < text.count, text[at] &- 48 <= 9, at - start < count.upperBound {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(text[at] - 48))
            guard !overflow, !carry else { throw .tooLarge }
            value = sum
            at += 1
        }
        guard count.contains(at - start) else { throw .notTime }
        return value
    }

    private mutating func take(_ letter: Unicode.Scalar) -> Bool {
        guard at < text.count, text[at] == UInt8(ascii: letter) else { return false }
        at += 1
        return true
    }
}

extension TimeType {
    /// The least integer, which NumPy and pandas take for no time.
    var notATime: Int64 { dtype == .int32 ? Int64(Int32.min) : .min }

    /// The name of the type with the finest unit.
    var finest: String { (TimeType(kind == .date ? .timestamp : kind, .nanoseconds, zone: zone) ?? self).description }

    /// The name of the type with a zone where it has none, and without where it has one.
    var clock: String { (TimeType(kind, unit, zone: zone == nil ? "UTC" : nil) ?? self).description }

    /// The form in which a value is written.
    var example: String {
        switch kind {
        case .date: "2024-02-29"
        case .time: "12:30:00"
        case .timestamp: zone == nil ? "2024-02-29T12:30:00" : "2024-02-29T12:30:00Z"
        case .duration: "PT90S"
        }
    }
}

extension TimeType.Unit {
    var nanoseconds: Int128 {
        switch self {
        case .days: 86_400_000_000_000
        case .seconds: 1_000_000_000
        case .milliseconds: 1_000_000
        case .microseconds: 1_000
        case .nanoseconds: 1
        }
    }
}

extension Field {
    /// The unit and zone of integers that are times; nil for all other types.
    var time: TimeType? {
        if case .time(let type)? = meaning { return type }
        return nil
    }
}
