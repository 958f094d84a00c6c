// SPDX-License-Identifier: Apache-2.0

/// The one error of all modules: a stable code, a sentence, and the place.
public struct ColonnadeError: Error, Sendable, Hashable {
    /// Stable for ever; match on these.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// A file or folder is not there.
        case fileNotFound
        /// The target exists, and replacing it was not asked for.
        case fileExists
        /// Not a Colonnade file, or damaged: a rule of the format is broken.
        case corruptFile
        /// A version, feature, codec or variant that this build does not know.
        case unsupported
        /// A source's bytes or values do not fit.
        case invalidSource
        /// No column of that name.
        case unknownKey
        /// A value given by the caller cannot be used.
        case invalidArgument
        /// An index past the end.
        case outOfRange
        /// The operating system refused.
        case system
        /// Stopped on request (Ctrl-C).
        case cancelled
        /// A user's function threw.
        case userFunction
        /// There is no memory for as much as was asked for.
        case outOfMemory
    }

    /// The file, record, row or column that the error is about.
    public enum Place: Sendable, Hashable {
        case file(String, offset: Int? = nil)
        /// A record of a source that is text. Records count from 1, as lines do in an editor.
        case record(source: String, record: Int?, column: String?)
        /// A row of a table in memory. Rows count from 0, as they do wherever rows can be had by number.
        case tableRow(source: String, row: Int, column: String?)
        /// A row of the data set or of the samples, from 0.
        case row(Int, column: String?)
    }

    public var code: Code
    /// One sentence: what is wrong, and what to do.
    public var message: String
    public var place: Place?
    /// The number of the format rule that is broken (`formats/colonnade-1.md`, rule R7 is 7).
    public var rule: Int?
    /// The error that a user's function threw, if one did. Comparing two errors ignores it.
    public var underlying: (any Error)?

    public init(
        _ code: Code, _ message: String, at place: Place? = nil, rule: Int? = nil, underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.place = place
        self.rule = rule
        self.underlying = underlying
    }

    public static func == (left: ColonnadeError, right: ColonnadeError) -> Bool {
        left.code == right.code && left.message == right.message && left.place == right.place && left.rule == right.rule
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(message)
        hasher.combine(place)
        hasher.combine(rule)
    }

    /// Returns the error with `file` as its place, unless it already has a place.
    public func located(in file: String) -> ColonnadeError {
        var copy = self
        switch place {
        case nil: copy.place = .file(file)
        case .file("", let offset): copy.place = .file(file, offset: offset)
        default: break
        }
        return copy
    }
}

extension ColonnadeError: CustomStringConvertible {
    /// `train.csv, record 17, column "age": …`, with escapes for characters of names and values that a terminal would obey.
    public var description: String {
        let text = (rule.map { "\(message) (R\($0))" } ?? message).visible(keepingLines: true)
        return place.map { "\($0.description.visible): \(text)" } ?? text
    }
}

extension ColonnadeError.Place: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let offset):
            return offset.map { "\(path), byte \($0)" } ?? path
        case .record(let source, let record, let column):
            return ([source, record.map { "record \($0)" }, column.map { "column \"\($0)\"" }] as [String?])
                .compactMap { $0 }.joined(separator: ", ")
        case .tableRow(let source, let row, let column):
            return "\(source), \(Self.row(row, column: column).description)"
        case .row(let row, let column):
            return column.map { "row \(row), column \"\($0)\"" } ?? "row \(row)"
        }
    }
}
