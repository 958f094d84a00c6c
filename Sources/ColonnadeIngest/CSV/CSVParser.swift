// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A parser of comma-separated values by RFC 4180: a state machine over bytes, without input, output, or memory for a field.
///
/// Records end at LF or CRLF, the last one also at the end of the bytes. A field in quotes may hold delimiters, line ends
/// and doubled quotes. Other quotes are an error, since a guess could shift columns.
///
///     var parser = CSVParser()
///     while case .record(let next) = try parser.step(in: bytes, from: at, isFinal: true) {
///         use(parser.fields)
///         at = next
///     }
package struct CSVParser: Sendable {
    /// The result of parsing at an offset.
    package enum Step: Sendable, Hashable {
        /// A record, now in `fields`; the next step starts at `next`.
        case record(next: Int)
        /// A line without any byte. It is a record if a record follows it.
        case blank(next: Int)
        /// The record continues after these bytes: try again from the same offset with more of them.
        case incomplete
        /// The input has ended.
        case end
    }

    package let delimiter: UInt8
    /// Nil if quotes are characters like others.
    package let quote: UInt8?
    /// Whether `\t`, `\n`, `\r` and `\\` in fields stand for a tab, line ends and a backslash.
    package let escapes: Bool
    /// The fields of the last record.
    package private(set) var fields: [CSVField] = []
    /// The line, counted from 1, on which the next record starts.
    package private(set) var line = 1
    /// The place of the last error: the byte after the last one that was understood, and the field, counted from 0, if it is in one.
    package private(set) var fault: (index: Int, field: Int?) = (0, nil)

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    /// Bit b is set if byte b ends or breaks an unquoted field. LF, CR and the usual quote are all below 64.
    private let specials: UInt64
    /// The quote if it is not below 64; else a byte that is, and so never compared.
    private let highQuote: UInt8

    package init(
        delimiter: UInt8 = UInt8(ascii: ","), quote: UInt8? = UInt8(ascii: "\""), escapes: Bool = false
    ) {
        self.delimiter = delimiter
        self.quote = quote
        self.escapes = escapes
        let byte = quote ?? 10
        specials = 1 << 10 | 1 << 13 | (byte < 64 ? 1 << UInt64(byte) : 0)
        highQuote = byte < 64 ? 0 : byte
    }

    /// Parses one record. Throws `invalidSource`, without a place, for misplaced quotes and carriage returns.
    package mutating func step(
        in bytes: Span<UInt8>, from start: Int, isFinal: Bool
    ) throws(ColonnadeError) -> Step {
        fields.removeAll(keepingCapacity: true)
        let count = bytes.count
        guard start < count else { return isFinal ? .end : .incomplete }
        if bytes[start] == Self.lineFeed || bytes[start] == Self.carriageReturn {
            guard let next = try lineEnd(in: bytes, at: start, isFinal: isFinal) else { return .incomplete }
            line += 1
            return .blank(next: next)
        }
        var at = start
        var linesInQuotes = 0
        while true {
            if let quote, at < count, bytes[at] == quote {
                guard let end = try quotedField(quote, in: bytes, from: at, isFinal: isFinal, lines: &linesInQuotes)
                else {
                    return .incomplete
                }
                at = end
            } else {
                let fieldStart = at
                while at < count {
                    let byte = bytes[at]
                    if byte == delimiter { break }
                    if byte < 64 ? (specials >> UInt64(byte)) & 1 != 0 : byte == highQuote { break }
                    at += 1
                }
                let isEscaped = escapes && bytes.extracting(fieldStart..<at).contains(UInt8(ascii: "\\"))
                fields.append(CSVField(start: fieldStart, end: at, isQuoted: false, isEscaped: isEscaped))
            }
            guard at < count else {
                guard isFinal else { return .incomplete }
                line += linesInQuotes
                return .record(next: at)
            }
            if bytes[at] == delimiter {
                at += 1
                // The bytes end after a delimiter: one more field, empty, which the next turn appends.
                continue
            }
            if bytes[at] == quote {
                throw error(
                    "a quote stands inside field \(fields.count), which does not start with one; put the whole field "
                        + "in quotes and double the quote", linesInQuotes, at: at, field: fields.count - 1)
            }
            guard let next = try lineEnd(in: bytes, at: at, isFinal: isFinal) else { return .incomplete }
            line += linesInQuotes + 1
            return .record(next: next)
        }
    }

    /// Makes a blank line the last record: one empty field.
    package mutating func takeBlankLine() {
        fields.removeAll(keepingCapacity: true)
        fields.append(CSVField(start: 0, end: 0, isQuoted: false, isEscaped: false))
    }

    /// Sets the line on which the next record starts, as before a record that is parsed again.
    package mutating func goBack(to line: Int) { self.line = line }

    /// Appends the field that starts with the quote at `start`; returns the offset after the closing quote.
    private mutating func quotedField(
        _ quote: UInt8, in bytes: Span<UInt8>, from start: Int, isFinal: Bool, lines: inout Int
    ) throws(ColonnadeError) -> Int? {
        let linesBefore = lines
        var at = start + 1
        var isEscaped = false
        while true {
            while at < bytes.count, bytes[at] != quote {
                if bytes[at] == Self.lineFeed { lines += 1 }
                at += 1
            }
            // The byte after a quote tells whether the quote closes the field or is doubled.
            guard at + 1 < bytes.count || isFinal else { return nil }
            guard at < bytes.count else {
                throw error(
                    "the quote that opens field \(fields.count + 1) is never closed; close it", linesBefore,
                    at: bytes.count, field: fields.count)
            }
            guard at + 1 < bytes.count, bytes[at + 1] == quote else { break }
            isEscaped = true
            at += 2
        }
        fields.append(CSVField(start: start + 1, end: at, isQuoted: true, isEscaped: isEscaped))
        at += 1
        if at < bytes.count, bytes[at] != delimiter, bytes[at] != Self.lineFeed, bytes[at] != Self.carriageReturn {
            throw error(
                "text follows the closing quote of field \(fields.count); double the quotes that belong to the text",
                lines, at: at, field: fields.count - 1)
        }
        return at
    }

    /// Returns the start of the line after the LF or CRLF at `at`; nil if that depends on bytes to come.
    private mutating func lineEnd(in bytes: Span<UInt8>, at: Int, isFinal: Bool) throws(ColonnadeError) -> Int? {
        if bytes[at] == Self.lineFeed { return at + 1 }
        guard at + 1 < bytes.count else { return isFinal ? at + 1 : nil }
        guard bytes[at + 1] == Self.lineFeed else {
            throw error(
                "a carriage return stands alone; put its field in quotes, or end lines with LF or CRLF", 0, at: at + 1,
                field: fields.isEmpty ? nil : fields.count - 1)
        }
        return at + 2
    }

    private mutating func error(
        _ message: String, _ linesInQuotes: Int, at index: Int, field: Int?
    ) -> ColonnadeError {
        fault = (index, field)
        return ColonnadeError(.invalidSource, "line \(line + linesInQuotes): \(message)")
    }

    /// Appends the text of an escaped field: in quotes, each doubled quote as one. The byte before the field is the quote.
    package static func unescape(_ bytes: Span<UInt8>, _ field: CSVField, into text: inout [UInt8]) {
        guard field.isQuoted else { return unescapeBackslashes(bytes.extracting(field.start..<field.end), into: &text) }
        let quote = bytes[field.start - 1]
        var at = field.start
        while at < field.end {
            text.append(bytes[at])
            at += bytes[at] == quote ? 2 : 1
        }
    }

    /// Appends the text of a field with backslashes. A backslash before another character stands for itself.
    private static func unescapeBackslashes(_ bytes: Span<UInt8>, into text: inout [UInt8]) {
        var at = 0
        while at < bytes.count {
            let next = at + 1 < bytes.count && bytes[at] == UInt8(ascii: "\\") ? bytes[at + 1] : 0
            let escaped: UInt8? =
                switch next {
                case UInt8(ascii: "t"): 9
                case UInt8(ascii: "n"): 10
                case UInt8(ascii: "r"): 13
                case UInt8(ascii: "\\"): next
                default: nil
                }
            text.append(escaped ?? bytes[at])
            at += escaped == nil ? 1 : 2
        }
    }

    /// Returns all records of a whole text, for tests and fuzzing. Blank lines are records of one empty field, except
    /// at the end.
    package static func parse(
        _ bytes: [UInt8], delimiter: UInt8 = UInt8(ascii: ",")
    ) throws(ColonnadeError) -> [[[UInt8]]] {
        var parser = CSVParser(delimiter: delimiter)
        var records: [[[UInt8]]] = []
        var blanks = 0
        var at = 0
        while true {
            switch try parser.step(in: bytes.span, from: at, isFinal: true) {
            case .record(let next):
                records.append(contentsOf: repeatElement([[]], count: blanks))
                blanks = 0
                records.append(
                    parser.fields.map { field in
                        var text: [UInt8] = []
                        if field.isEscaped {
                            unescape(bytes.span, field, into: &text)
                        } else {
                            text = Array(bytes[field.start..<field.end])
                        }
                        return text
                    })
                at = next
            case .blank(let next):
                blanks += 1
                at = next
            case .incomplete:
                preconditionFailure("a whole text is never incomplete")
            case .end:
                return records
            }
        }
    }
}
