// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// What takes the place of missing values in columns that have no fill of their own, by the kind of their elements.
///
///     KindFills([.float: "nan", .int: "-1", .str: ""])
public struct KindFills: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case float, int, bool, str, bytes
        /// Dates, times of day, points in time and durations.
        case time

        /// The kind of a column, or of the elements of its lists.
        public init(_ field: Field) {
            switch field.kind {
            case .string: self = .str
            case .bytes: self = .bytes
            case .tensor:
                if case .time = field.meaning {
                    self = .time
                } else {
                    self = field.dtype == .bool ? .bool : field.dtype.isFloatingPoint ? .float : .int
                }
            }
        }
    }

    /// Values as they are written in a CSV file; `NaT` is the least integer, which NumPy and pandas take for no time.
    public var texts: [Kind: String]

    public init(_ texts: [Kind: String] = [:]) { self.texts = texts }

    /// Reads `float:nan,int:-1,str:`. Throws `invalidArgument` for what is none of the kinds.
    public init(parsing text: String) throws(ColonnadeError) {
        var texts: [Kind: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let kind = Kind(rawValue: String(pair[0])), texts[kind] == nil else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(part)\" is no fill of a kind: write float:nan,int:-1,str: with the kinds "
                        + Kind.allCases.map(\.rawValue).joined(separator: ", "))
            }
            texts[kind] = String(pair[1])
        }
        self.texts = texts
    }

    /// What is filled in where masks tell which values were missing and no fill is given: zero, nothing, NaN.
    static let whereMasked = KindFills([
        .float: "nan", .int: "0", .bool: "false", .str: "", .bytes: "", .time: "NaT",
    ])
}
