// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Fills for missing values in columns that have no fill of their own, by the kind of their elements.
///
///     KindFills([.float: "nan", .int: "-1", .str: ""])
public struct KindFills: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case float, int, bool, str, bytes
        /// Dates, times of day, points in time and durations.
        case time

        /// Finds the kind of a column, or of the elements of its lists.
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

    /// Returns the fills of columns that have none of their own: these, or those of columns with masks where masks are asked for
    /// without any fill.
    ///
    /// - Parameter hasOthers: whether the caller gave the fill of a column, also of one that another source has.
    func implied(masks: Bool, hasOthers: Bool) -> KindFills {
        masks && !hasOthers && texts.isEmpty ? .whereMasked : self
    }

    /// Reads `float:nan,int:-1,str:`. Throws `invalidArgument` for a word that is no kind.
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

    /// Reads fills as `init(parsing:)` does, but with bytes as plain text, as the command gets them. Throws `invalidArgument` also
    /// for a text that is no value of its kind.
    public init(command text: String) throws(ColonnadeError) {
        try self.init(parsing: text)
        for (kind, text) in texts where !kind.holds(text) { throw kind.misfit(text) }
        if let bytes = texts[.bytes] { texts[.bytes] = Base64.encode(Array(bytes.utf8)) }
    }

    /// Returns a fill that a column can have.
    static func example(for field: Field) -> String {
        switch Kind(field) {
        case .float: "nan"
        case .int: field.dtype.isSignedInteger ? "-1" : "0"
        case .bool: "false"
        case .str, .bytes: ""
        case .time: "NaT"
        }
    }

    /// The fills of columns with masks if no fill is given: zero, an empty value, NaN.
    static let whereMasked = KindFills([
        .float: "nan", .int: "0", .bool: "false", .str: "", .bytes: "", .time: "NaT",
    ])
}

extension KindFills.Kind {
    /// Finds the kind of a column of text that has values of this type.
    init(_ type: InferredType) {
        switch type {
        case .bool: self = .bool
        case .int64, .uint64: self = .int
        case .float64, .none: self = .float
        case .string: self = .str
        }
    }

    /// Whether a text can be a value of such a column.
    func holds(_ text: String) -> Bool {
        switch self {
        case .float: Double(text) != nil
        case .int: Int64(text) != nil || UInt64(text) != nil
        case .bool: text == "true" || text == "false"
        case .str, .bytes, .time: true
        }
    }

    func misfit(_ text: String) -> ColonnadeError {
        ColonnadeError(.invalidArgument, "the fill \"\(text)\" of \(rawValue) columns is no \(rawValue); give another")
    }
}
