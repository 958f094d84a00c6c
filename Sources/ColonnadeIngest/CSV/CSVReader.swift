// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The records of a CSV input one after the other, each checked for its number of fields and numbered.
///
///     while try reader.next() {
///         for column in 0..<reader.fieldCount { reader.withText(of: column, &scratch) { use($0) } }
///     }
///
/// A record that is not well-formed is an error and counts; the next call continues at the next line. An input that cannot be
/// read, or a record longer than the limit, is the end.
struct CSVReader: ~Copyable {
    let name: String
    /// The number of the last record, counted from 1 after the header, also if it was not well-formed.
    var recordCount = 0
    /// Whether a name in the header stood in quotes.
    var isHeaderQuoted = false
    /// Indices of the columns whose names are made up, since the header has an empty field for them.
    var unnamedColumns: [Int] = []
    /// The number of fields that each record must have, once that is settled.
    var columnCount: Int?
    /// The names of the columns, for messages.
    var columns: [String] = []
    private var window: TextWindow
    private var parser: CSVParser
    /// Blank lines before the current byte. They are records only if a record follows them.
    private var blankCount = 0
    private var firstBlankLine = 0
    /// Blank lines that are records and have not been returned.
    private var blankRecordCount = 0
    /// The start of the last record; nil if that was a blank line.
    private var recordStart: (index: Int, line: Int)?
    /// Whether the current byte is inside a line that is to be skipped.
    private var isInBadLine = false

    init(_ input: TextInput, _ dialect: CSVDialect, readSize: Int) throws(ColonnadeError) {
        let window = try TextWindow.open(input, readSize: readSize)
        name = input.name
        self.window = window
        parser = CSVParser(delimiter: dialect.separator, quote: dialect.quote, escapes: dialect.escapes)
    }

    /// Reads the next record, to which `fieldCount` and `withText` then refer. False at the end of the input.
    ///
    /// Throws `invalidSource` for a record that is not well-formed, and errors of reading.
    mutating func next() throws(ColonnadeError) -> Bool {
        if isInBadLine, !window.hasFailed { try skipRestOfLine() }
        while !window.hasFailed {
            if blankRecordCount > 0 {
                blankRecordCount -= 1
                parser.takeBlankLine()
                recordStart = nil
                recordCount += 1
                return true
            }
            let start = (index: window.index, line: parser.line)
            let step: CSVParser.Step
            do throws(ColonnadeError) {
                step = try window.step(&parser)
            } catch {
                guard blankCount == 0 else {
                    try settleBlankLines(before: start.line)
                    continue
                }
                throw skipRecord(error)
            }
            switch step {
            case .incomplete: try window.refill()
            case .end: return false
            case .blank(let next):
                if blankCount == 0 { firstBlankLine = start.line }
                blankCount += 1
                window.index = next
            case .record(let next):
                guard blankCount == 0 else {
                    try settleBlankLines(before: start.line)
                    continue
                }
                window.index = next
                recordStart = start
                recordCount += 1
                if let columnCount, parser.fields.count != columnCount {
                    throw fieldCountError(columnCount, start.line)
                }
                return true
            }
        }
        return false
    }

    /// Moves before the last record, so that `next` returns it again.
    mutating func unread() {
        recordCount -= 1
        if let recordStart {
            window.index = recordStart.index
            parser.goBack(to: recordStart.line)
        } else {
            blankRecordCount += 1
        }
    }

    /// Makes the blank lines before the record on `line` records of one empty field, which they are where records have one
    /// field. The record is parsed again after them.
    private mutating func settleBlankLines(before line: Int) throws(ColonnadeError) {
        parser.goBack(to: line)
        defer { blankCount = 0 }
        guard columnCount == 1 else {
            let expected = columnCount.map { "\($0) fields are" } ?? "the header is"
            throw fault(
                "line \(firstBlankLine) is blank where \(expected) expected; remove it", record: recordCount + 1)
        }
        blankRecordCount = blankCount
    }

    /// Skips the line of the error in a record that is not well-formed; all bytes after a quote that is never closed. Returns the
    /// error with its place.
    private mutating func skipRecord(_ error: ColonnadeError) -> ColonnadeError {
        recordCount += 1
        let bytes = window.bytes
        let start = window.index
        var end = max(start, parser.fault.index)
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        isInBadLine = end == bytes.count
        let next = min(end + 1, bytes.count)
        var lines = 0
        for at in start..<next where bytes[at] == UInt8(ascii: "\n") { lines += 1 }
        parser.goBack(to: parser.line + lines)
        window.index = next

        var located = error
        let column = parser.fault.field.flatMap { columns.indices.contains($0) ? columns[$0] : nil }
        located.place = .record(source: name, record: columnCount == nil ? nil : recordCount, column: column)
        return located
    }

    /// Skips the rest of a line, piece by piece.
    private mutating func skipRestOfLine() throws(ColonnadeError) {
        while isInBadLine {
            if let end = window.bytes[window.index...].firstIndex(of: UInt8(ascii: "\n")) {
                window.index = end + 1
                parser.goBack(to: parser.line + 1)
                isInBadLine = false
            } else {
                window.index = window.bytes.count
                if window.isFinal { isInBadLine = false } else { try window.refill() }
            }
        }
    }

    private func fieldCountError(_ columnCount: Int, _ line: Int) -> ColonnadeError {
        let count = parser.fields.count
        // R's write.table names the columns but not the one of row names before them.
        let hint =
            count == columnCount + 1 && recordCount == 1
            ? "the header is one name short, as R writes it with row names: add a name in front (in R with col.names=NA), or "
                + "leave row names out (row.names=FALSE); if it is not, put fields that hold the delimiter in quotes"
            : count > columnCount
                ? "put fields that hold the delimiter in quotes" : "add what is missing, or delimiters for it"
        return fault(
            "line \(line): \(count) field\(count == 1 ? "" : "s") where there \(columnCount == 1 ? "is 1 column" : "are \(columnCount) columns"); \(hint)",
            record: recordCount)
    }

    func fault(_ message: String, record: Int? = nil) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: name, record: record, column: nil))
    }
}

extension CSVReader {
    /// The number of fields of the last record.
    var fieldCount: Int { parser.fields.count }

    /// The bytes from the first field of the last record to the end of its last field.
    var byteCount: Int { (parser.fields.last?.end ?? 0) - (parser.fields.first?.start ?? 0) }

    /// Whether a field of the last record stands in quotes.
    func isQuoted(_ column: Int) -> Bool { parser.fields[column].isQuoted }

    /// Lends the text of a field of the last record, unescaped in `scratch` if it has escapes.
    @inline(__always)
    func withText<Result>(
        of column: Int, _ scratch: inout [UInt8], _ body: (Span<UInt8>) -> Result
    ) -> Result {
        let field = parser.fields[column]
        let bytes = window.bytes.span
        guard field.isEscaped else { return body(bytes.extracting(field.start..<field.end)) }
        scratch.removeAll(keepingCapacity: true)
        CSVParser.unescape(bytes, field, into: &scratch)
        return body(scratch.span)
    }

    /// Appends the text of a field of the last record.
    func appendText(of column: Int, to text: inout [UInt8]) {
        let field = parser.fields[column]
        let bytes = window.bytes.span
        if field.isEscaped {
            CSVParser.unescape(bytes, field, into: &text)
        } else {
            text.append(contentsOf: bytes.extracting(field.start..<field.end))
        }
    }

    /// Returns the error for a field of the last record whose text is not a value of its column.
    func error(_ misfit: Misfit, _ column: Int, _ field: Field) -> ColonnadeError {
        var text: [UInt8] = []
        appendText(of: column, to: &text)
        return misfit.error(String(quoting: text.span), in: field, source: name, record: recordCount)
    }
}

extension TextWindow {
    /// Parses the record at the current byte. The bytes are borrowed here, so that no record costs a reference to them.
    @inline(__always)
    fileprivate func step(_ parser: inout CSVParser) throws(ColonnadeError) -> CSVParser.Step {
        try parser.step(in: bytes.span, from: index, isFinal: isFinal)
    }
}
