// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The type that a format string of Arrow's C data interface names.
enum ArrowType: Hashable, Sendable {
    /// Elements of a fixed size in one buffer.
    case numbers(DType)
    /// Numbers that count units of time.
    case times(TimeType)
    /// One bit each.
    case bits
    /// Text or bytes, with ends of 32 or 64 bits.
    case bytes(isText: Bool, isLarge: Bool)
    /// Text or bytes, each found through a view.
    case views(isText: Bool)
    /// Values of this number of bytes each.
    case fixedBytes(Int)
    case fixedList(Int)
    case list(isLarge: Bool)
    case structure
    /// A type that no column can hold, with a remedy.
    case refused(String, remedy: String)

    /// Reads a format string. Throws `invalidSource` for other text.
    init(_ format: String) throws(ColonnadeError) {
        if let type = Self.simple[format] ?? Self.time(format) {
            self = type
            return
        }
        let parts = format.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let parameter = parts.count == 2 ? String(parts[1]) : ""
        switch parts[0] {
        case "w" where parts.count == 2: self = .fixedBytes(try Self.size(parameter, format))
        case "+w" where parts.count == 2: self = .fixedList(try Self.size(parameter, format))
        case "d": self = .refused("decimal(\(parameter))", remedy: "cast it to float64 or int64 first")
        case "+ud", "+us": self = .refused("union", remedy: "split it into one column for each type first")
        default:
            throw ColonnadeError(
                .invalidSource, "\"\(format.prefix(40))\" is no Arrow format that is known: cast the column first")
        }
    }

    private static func size(_ text: String, _ format: String) throws(ColonnadeError) -> Int {
        guard let size = Int(text), size >= 0, size <= Int(Int32.max) else {
            throw ColonnadeError(.invalidSource, "the Arrow format \"\(format.prefix(40))\" has no size that can be")
        }
        return size
    }

    private static let intervalRemedy =
        "turn it into a duration, or into one integer column for each of its parts, first"

    private static let simple: [String: ArrowType] = [
        "n": .refused("null", remedy: "drop the column, or cast it to the type that its values should have"),
        "b": .bits,
        "c": .numbers(.int8), "C": .numbers(.uint8), "s": .numbers(.int16), "S": .numbers(.uint16),
        "i": .numbers(.int32), "I": .numbers(.uint32), "l": .numbers(.int64), "L": .numbers(.uint64),
        "e": .numbers(.float16), "f": .numbers(.float32), "g": .numbers(.float64),
        "u": .bytes(isText: true, isLarge: false), "U": .bytes(isText: true, isLarge: true),
        "z": .bytes(isText: false, isLarge: false), "Z": .bytes(isText: false, isLarge: true),
        "vu": .views(isText: true), "vz": .views(isText: false),
        "+l": .list(isLarge: false), "+L": .list(isLarge: true), "+s": .structure,
        "tiM": .refused("month interval", remedy: intervalRemedy),
        "tiD": .refused("day-time interval", remedy: intervalRemedy),
        "tin": .refused("month-day-nanosecond interval", remedy: intervalRemedy),
        "+vl": .refused("list view", remedy: "cast it to a list first"),
        "+vL": .refused("large list view", remedy: "cast it to a large list first"),
        "+r": .refused("run-end encoded", remedy: "cast it to the type of its values first"),
        "+m": .refused("map", remedy: "turn it into one column of keys and one of values first"),
    ]

    /// Reads the format of a date, time of day, point in time or duration; nil for others. The elements are integers.
    private static func time(_ format: String) -> ArrowType? {
        let units: [Character: TimeType.Unit] = [
            "s": .seconds, "m": .milliseconds, "u": .microseconds, "n": .nanoseconds,
        ]
        let letters = Array(format.prefix(3))
        guard letters.count == 3, letters[0] == "t" else { return nil }
        if format == "tdD" { return TimeType(.date, .days).map(times) }
        if format == "tdm" { return TimeType(.date, .milliseconds).map(times) }
        guard let unit = units[letters[2]] else { return nil }
        switch letters[1] {
        case "t" where format.count == 3: return TimeType(.time, unit).map(times)
        case "s" where format.dropFirst(3).first == ":":
            let zone = format.dropFirst(4)
            return TimeType(.timestamp, unit, zone: zone.isEmpty ? nil : String(zone)).map(times)
                ?? .refused(
                    "timestamp in the zone \"\(zone.prefix(40))\"", remedy: "give the zone a name in ASCII first")
        case "D" where format.count == 3: return TimeType(.duration, unit).map(times)
        default: return nil
        }
    }

    /// The number of children of an array of this type; nil for any number.
    var childCount: Int? {
        switch self {
        case .fixedList, .list: 1
        case .structure, .refused: nil
        default: 0
        }
    }

    /// The type's name in messages.
    var name: String {
        switch self {
        case .numbers(let dtype): dtype.name
        case .times(let type): type.description
        case .bits: "bool"
        case .bytes(let isText, _), .views(let isText): isText ? "text" : "bytes"
        case .fixedBytes(let width): "bytes of length \(width)"
        case .fixedList(let size): "a list of length \(size)"
        case .list: "a list"
        case .structure: "a struct"
        case .refused(let name, _): name
        }
    }
}
