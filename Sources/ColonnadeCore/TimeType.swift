// SPDX-License-Identifier: Apache-2.0

/// The unit and the zone of integers that stand for dates, times of day, points in time or durations.
///
///     TimeType(parsing: "timestamp[us, UTC]")
///     TimeType(.date, .days).description          // date[d]
public struct TimeType: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Since 1970-01-01, in whole days.
        case date
        /// Since midnight.
        case time
        /// Since 1970-01-01 00:00:00: of UTC where there is a zone, otherwise of any clock.
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
    /// The zone in which people read the points in time, such as `UTC`, `Europe/Berlin` or `+01:00`. The integers count from
    /// 1970-01-01 UTC whatever the zone is. Nil where the clock is not known.
    public let zone: String?

    /// Returns nil for a unit that the kind does not have, and for a zone that is not text of 1 to 255 visible ASCII characters
    /// without comma and brackets, or on a kind other than `timestamp`.
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

    /// Reads what `description` writes, and nothing else: `date[d]`, `time[us]`, `timestamp[ns]`, `timestamp[us, UTC]`,
    /// `duration[ms]`.
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

    /// The integers that Arrow has for this type.
    public var dtype: DType {
        switch (kind, unit) {
        case (.date, .days), (.time, .seconds), (.time, .milliseconds): .int32
        default: .int64
        }
    }

    /// Whether elements of that type can be such times.
    public static func canBe(_ dtype: DType) -> Bool { dtype == .int32 || dtype == .int64 }
}

extension TimeType: CustomStringConvertible {
    /// `timestamp[us, UTC]`.
    public var description: String { "\(kind.rawValue)[\(unit.rawValue)\(zone.map { ", \($0)" } ?? "")]" }
}
