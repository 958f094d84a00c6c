// SPDX-License-Identifier: Apache-2.0

/// The error type of all modules: a stable code, a sentence, and the location of the problem.
public struct ColonnadeError: Error, Sendable, Hashable {
    /// The kind of an error. Codes are stable: programs may match on them.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// A file or folder does not exist.
        case fileNotFound
        /// The target exists, and the caller did not allow replacing it.
        case fileExists
        /// The file is not a Colonnade file or is damaged: it breaks a rule of the format.
        case corruptFile
        /// The file uses a version, feature, codec or variant that this build does not support.
        case unsupported
        /// The bytes or values of a source are not valid, or do not fit the column type.
        case invalidSource
        /// There is no column with that name.
        case unknownKey
        /// An argument is not valid.
        case invalidArgument
        /// An index is out of range.
        case outOfRange
        /// The operating system returned an error.
        case system
        /// The operation was stopped on request (Ctrl-C).
        case cancelled
        /// A user's function threw an error.
        case userFunction
        /// There is not enough memory for an allocation.
        case outOfMemory
    }

    /// The location of an error: a file, record, row or column.
    public enum Place: Sendable, Hashable {
        case file(String, offset: Int? = nil)
        /// A record of a text source. Records count from 1, like the lines in an editor.
        case record(source: String, record: Int?, column: String?)
        /// A row of a table in memory. Rows count from 0, like all row numbers that programs use as an index.
        case tableRow(source: String, row: Int, column: String?)
        /// A row of a data set, counted from 0.
        case row(Int, column: String?)
        /// A sample of a buffer or stream, with its row from 0.
        case sample(row: Int, key: String?)
    }

    public var code: Code
    /// One sentence that says what is wrong and how to correct it.
    public var message: String { didSet { pythonMessage = nil } }
    public var place: Place?
    /// The number of the format rule that the file breaks, or nil: 7 for rule R7 of `formats/colonnade-1.md`, and 107 for
    /// rule M7 of `formats/manifest-1.md`.
    public var rule: Int?
    /// The error that a user's function threw, or nil. Comparisons of two errors ignore it.
    public var underlying: (any Error)?
    /// The message with names of Python, if it names methods or arguments.
    private var pythonMessage: String?

    public init(
        _ code: Code, _ message: String, at place: Place? = nil, rule: Int? = nil, underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.place = place
        self.rule = rule
        self.underlying = underlying
    }

    /// An error whose message names methods or arguments. `text` is called with the names of each language.
    package init(_ code: Code, at place: Place? = nil, saying text: (CallerNames) -> String) {
        self.init(code, text(.swift), at: place)
        pythonMessage = text(.python)
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

    /// Returns the error with a text before its message.
    package func prefixed(_ text: String) -> ColonnadeError {
        var copy = self
        copy.message = text + message
        copy.pythonMessage = pythonMessage.map { text + $0 }
        return copy
    }

    /// Returns the error with `file` as its place, or unchanged if it already has a place.
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

extension ColonnadeError {
    /// The name of the rule in the texts of the formats: `R7` or `M7`; nil without a rule.
    public var ruleName: String? { rule.map { $0 > 100 ? "M\($0 - 100)" : "R\($0)" } }
}

extension ColonnadeError: CustomStringConvertible {
    /// The error as text: `train.csv, record 17, column "age": …`. Characters of names and values that a terminal would
    /// obey are escaped.
    public var description: String { described(message) }

    /// The description with names of Python, for callers of the C interface.
    package var descriptionForPython: String { described(pythonMessage ?? message) }

    private func described(_ message: String) -> String {
        let text = (ruleName.map { "\(message) (\($0))" } ?? message).visible(keepingLines: true)
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
        case .sample(let row, let key):
            return key.map { "row \(row), key \"\($0)\"" } ?? "row \(row)"
        }
    }
}
