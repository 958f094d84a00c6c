// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The reason for which a text is not a value of its column's type.
enum Misfit: Error, Sendable, Hashable {
    case notNumber, notWhole, notBoolean, notUTF8, notBase64
    /// A number, but beyond the type's range.
    case tooLarge
    /// A whole number that a floating-point type would round.
    case inexact
    /// No time after ISO 8601 of the column's kind.
    case notTime
    /// A time that the column's unit does not count.
    case between
    /// A point in time without a zone in a column with one, and the other way round.
    case withoutZone, withZone
    /// A missing value, in whose place nothing is put.
    case missing
}

extension Misfit {
    /// Returns the part of a message that follows the value.
    func sentence(for field: Field) -> String {
        let type = field.time?.description ?? (field.kind == .tensor ? field.dtype.name : field.typeDescription)
        switch self {
        case .notNumber: return "is not a number, as \(type) needs"
        case .notWhole: return "is not a whole number, as \(type) needs"
        case .notBoolean: return "is neither true nor false, as bool needs"
        case .notUTF8: return "is not UTF-8"
        case .notBase64: return "is not base64, from which bytes are read"
        case .tooLarge: return "is beyond the range of \(type)"
        case .inexact: return "is a whole number that \(type) cannot hold exactly"
        case .notTime: return "is no \(type) after ISO 8601"
        case .between: return "lies between two of the unit of \(type)"
        case .withoutZone: return "has no zone, and \(type) has one"
        case .withZone: return "has a zone, and \(type) has none"
        case .missing: return "stands for a missing value"
        }
    }

    /// Returns the remedies, as options of the command line.
    func remedies(for field: Field, value: String) -> String {
        let name = field.name
        switch self {
        case .notNumber, .notBoolean:
            return "correct it, take it as missing with --missing \(value), or keep text with --type \(name)=string"
        case .notTime:
            let example = field.time?.example ?? ""
            return
                "write it as in \(example), take it as missing with --missing \(value), or keep text with --type \(name)=string"
        case .between: return "correct it, or use a finer unit, such as --type \(name)=\(field.time?.finest ?? "")"
        case .tooLarge where field.time != nil: return "correct it, or use a coarser unit with --type \(name)=…"
        case .withoutZone:
            return "add Z or a difference from UTC such as +01:00, or use --type \(name)=\(field.time?.clock ?? "")"
        case .withZone: return "leave the zone out, or use --type '\(name)=\(field.time?.clock ?? "")'"
        case .notWhole: return "correct it, or use --type \(name)=float64"
        case .tooLarge:
            let wider = field.dtype.isFloatingPoint ? "float64" : "int64"
            let next = field.dtype.size == 8 ? "string" : wider
            return "correct it, or use --type \(name)=\(next)"
        case .inexact:
            let wider = field.dtype == .float64 ? "" : "--type \(name)=float64, or "
            return
                "use \(wider)--type \(name)=int64 where all are whole numbers, or keep text with --type \(name)=string"
        case .missing:
            return "leave the record out, or say what to put there with --fill \(name)=\(KindFills.example(for: field))"
        case .notUTF8: return "convert the file first, as with iconv"
        case .notBase64: return "correct it, or keep text with --type \(name)=string"
        }
    }

    /// Returns the whole error for a value that does not fit.
    func error(_ value: String, in field: Field, source: String, record: Int) -> ColonnadeError {
        ColonnadeError(
            .invalidSource, "\(value) \(sentence(for: field)); \(remedies(for: field, value: value))",
            at: .record(source: source, record: record, column: field.name))
    }
}
