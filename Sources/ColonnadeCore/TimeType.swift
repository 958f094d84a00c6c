// SPDX-License-Identifier: Apache-2.0

/// The unit and time zone of integers that represent dates, times of day, points in time or durations.
///
///     TimeType(parsing: "timestamp[us, UTC]")
///     TimeType(.date, .days).description          // date[d]
public struct TimeType: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A date: whole days since 1970-01-01.
        case date
        /// A time of day: the time since midnight.
        case time
        /// A point in time: the time since 1970-01-01 00:00:00, in UTC if there is a time zone, otherwise on an unknown
        /// clock.
        case timestamp
        /// A length of time.
        case duration
    }

    public enum Unit: String, Sendable, Hashable, CaseIterable {
        case days = "d"
        case seconds = "s"
        case milliseconds = "ms"
        case microseconds = "us"
        case nanoseconds = "ns"
    }

    public let kind: Kind
    public let unit: Unit
    /// The time zone in which the points in time are shown, such as `UTC`, `Europe/Berlin` or `+01:00`. The integers
    /// count from 1970-01-01 UTC in every time zone. It is nil if the clock is not known.
    public let zone: String?

    /// Makes a time type. Returns nil if the kind does not have the unit, if a kind other than `timestamp` has a zone,
    /// or if the zone is not 1 to 255 visible ASCII characters without commas and brackets.
    public init?(_ kind: Kind, _ unit: Unit, zone: String? = nil) {
        switch kind {
        case .date: guard unit == .days || unit == .milliseconds else { return nil }
        case .time, .timestamp, .duration: guard unit != .days else { return nil }
        }
        if let zone {
            let isText = zone.utf8.allSatisfy { 0x21..<0x7F ~= $0 && !",[]".utf8.contains($0) }
            guard kind == .timestamp, isText, 1...255 ~= zone.utf8.count else { return nil }
        }
        self.kind = kind
        self.unit = unit
        self.zone = zone
    }

    /// Parses the text that `description` returns, such as `date[d]`, `time[us]`, `timestamp[ns]`, `timestamp[us, UTC]`
    /// or `duration[ms]`. Returns nil for all other texts.
    public init?(parsing text: String) {
        let parts = text.split(separator: "[", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.last == UInt8(ascii: "]"), let kind = Kind(rawValue: String(parts[0]))
        else { return nil }
        let inner = parts[1].dropLast().split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard let unit = Unit(rawValue: String(inner[0])) else { return nil }
        guard inner.count == 2 else {
            self.init(kind, unit)
            return
        }
        guard inner[1].utf8.first == UInt8(ascii: " ") else { return nil }
        self.init(kind, unit, zone: String(inner[1].dropFirst()))
    }

    /// The integer type that Arrow uses for this time type.
    public var dtype: DType {
        switch (kind, unit) {
        case (.date, .days), (.time, .seconds), (.time, .milliseconds): .int32
        default: .int64
        }
    }

    /// Returns whether columns of a data type can be times.
    public static func canBe(_ dtype: DType) -> Bool { dtype == .int32 || dtype == .int64 }
}

extension TimeType: CustomStringConvertible {
    /// The time type as text: `timestamp[us, UTC]`.
    public var description: String { "\(kind.rawValue)[\(unit.rawValue)\(zone.map { ", \($0)" } ?? "")]" }
}
