// SPDX-License-Identifier: Apache-2.0

/// Functions that format numbers for people.
enum Wording {
    /// Returns a count with thousands separators: `60,000`.
    static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Returns a count with its noun: `1 row`, `3 rows`.
    static func count(_ value: Int, _ noun: String) -> String { "\(count(value)) \(noun)\(value == 1 ? "" : "s")" }

    /// Returns a size in bytes: `47.1 MB`.
    static func bytes(_ value: Int) -> String { scaled(Double(value), "B", whole: true) }

    /// Returns a speed: `1.24 GB/s`.
    static func speed(_ bytesPerSecond: Double) -> String { scaled(bytesPerSecond, "B/s", whole: false) }

    /// Returns a rate: `1.84 million`, `12,400`.
    static func rate(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        return value >= 1e6 ? "\(fixed(value / 1e6, 2)) million" : count(Int(value.rounded()))
    }

    /// Returns a duration: `3.2 ms`, `14.0 s`, `3 min 20 s`.
    static func seconds(_ value: Double) -> String {
        switch value {
        case ..<1e-3: return "\(fixed(value * 1e6, 0)) µs"
        case ..<1: return "\(fixed(value * 1e3, 1)) ms"
        case ..<120: return "\(fixed(value, 1)) s"
        case ..<1e9: return "\(Int(value) / 60) min \(Int(value) % 60) s"
        default: return "–"
        }
    }

    /// Returns a time in UTC: `2026-11-30 07:15:02`.
    static func time(milliseconds: UInt64) -> String {
        let seconds = Int(clamping: milliseconds / 1000)
        // The days of the civil calendar: see howardhinnant.github.io/date_algorithms.html.
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
        return
            "\(year)-\(two(month))-\(two(day)) \(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    /// Returns a number with at most six significant digits: `35.4321`, `0.00123`, `1.2e+20`.
    static func number(_ value: Double) -> String {
        guard value.isFinite, value != 0 else {
            return value == 0 ? "0" : value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
        }
        let magnitude = value.magnitude
        guard magnitude >= 1e-4, magnitude < 1e9 else {
            var exponent = 0
            var fraction = magnitude
            while fraction >= 10 { (fraction, exponent) = (fraction / 10, exponent + 1) }
            while fraction < 1 { (fraction, exponent) = (fraction * 10, exponent - 1) }
            return "\(value < 0 ? "-" : "")\(trimmed(fixed(fraction, 4)))e\(exponent)"
        }
        var decimals = 5
        var power = 10.0
        while magnitude >= power, decimals > 0 { (power, decimals) = (power * 10, decimals - 1) }
        var first = 0.1
        if magnitude < 1 { decimals = 6 }
        while magnitude < first { (first, decimals) = (first / 10, decimals + 1) }
        return trimmed(fixed(value, decimals))
    }

    /// Returns a number with a fixed number of decimals, rounded to nearest.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, value.magnitude < 1e12 else { return "\(value)" }
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let whole = Int((value.magnitude * scale).rounded())
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(whole) }
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text[...]
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return String(text)
    }

    private static func scaled(_ value: Double, _ unit: String, whole: Bool) -> String {
        guard value.isFinite else { return "–" }
        for (factor, prefix) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= factor {
            let shown = value / factor
            return "\(fixed(shown, shown < 10 ? 2 : shown < 100 ? 1 : 0)) \(prefix)\(unit)"
        }
        return "\(fixed(value, whole ? 0 : 1)) \(unit)"
    }
}
