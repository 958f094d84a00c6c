// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The records of a CSV input one after the other, each checked for its number of fields and numbered.
struct CSVReader: ~Copyable {
    let name: String
    /// Records visited so far, without the header.
    private(set) var recordCount = 0
    /// Whether a name in the header stood in quotes.
    private(set) var isHeaderQuoted = false
    /// Fields that each record must have, once that is settled.
    private var columnCount: Int?
    private var window: TextWindow
    private var parser: CSVParser
    /// Blank lines of which it is not known yet whether they are records or the end.
    private var blanks = 0
    private var firstBlankLine = 0

    init(_ input: TextInput, delimiter: UInt8, readSize: Int) throws(ColonnadeError) {
        let window = try TextWindow.open(input, readSize: readSize)
        name = input.name
        self.window = window
        parser = CSVParser(delimiter: delimiter)
    }

    /// The names of the columns, from the first record, or made up. Throws `invalidSource` if there is none, or if it holds
    /// only numbers and nothing was said about a header.
    mutating func readHeader(_ isThere: Bool?) throws(ColonnadeError) -> [String] {
        var names: [String] = []
        var isInvalid = false
        var isAllNumbers = true
        var isQuoted = false
        var scratch: [UInt8] = []
        _ = try visit { (bytes, fields, _) throws(ColonnadeError) in
            for field in fields {
                if field.isQuoted { isQuoted = true }
                CSVReader.withText(of: field, in: bytes, &scratch) { text in
                    let range = field.isQuoted ? 0..<text.count : text.trimmedRange
                    names.append(String(decoding: text.extracting(range)))
                    if NumberText.parse(text.extracting(text.trimmedRange)) == nil { isAllNumbers = false }
                    if text.firstInvalidUTF8 != nil { isInvalid = true }
                }
            }
            return isThere == false ? .undo : .stop
        }
        recordCount = 0
        columnCount = names.count
        isHeaderQuoted = isQuoted
        guard !names.isEmpty else {
            throw fault("there is no record, not even a header; is it the right file?")
        }
        if isThere == false { return names.indices.map { "c\($0)" } }
        if isInvalid { throw fault("the header is not UTF-8; convert the file first, as with iconv") }
        if isThere == nil, isAllNumbers {
            throw fault(
                "the first line holds only numbers, so it seems to be data; name the columns in a first line, or use "
                    + "--no-header, which calls them c0, c1 and so on")
        }
        return names
    }

    /// Hands records to `body`, with their number, until it has enough; true at the end of the input.
    ///
    /// Throws `invalidSource` for what is not well-formed, and what `body` throws.
    @inline(__always)
    mutating func visit(
        _ body: (Span<UInt8>, [CSVField], Int) throws(ColonnadeError) -> VisitAnswer
    ) throws(ColonnadeError) -> Bool {
        while true {
            var at = window.position
            let isFinal = window.isFinal
            var isDone = false
            var hasEnough = false
            // A reference of our own, since the span of the window's array would lock all of this value.
            let memory = window.bytes
            let bytes = memory.span
            scan: while true {
                let line = parser.line
                let step: CSVParser.Step
                do throws(ColonnadeError) {
                    step = try parser.step(in: bytes, from: at, isFinal: isFinal)
                } catch {
                    throw located(error)
                }
                switch step {
                case .incomplete:
                    break scan
                case .end:
                    isDone = true
                    break scan
                case .blank(let next):
                    if blanks == 0 { firstBlankLine = line }
                    blanks += 1
                    at = next
                case .record(let next):
                    if blanks > 0, try !visitBlanks(bytes, body) {
                        parser.goBack(to: line)
                        hasEnough = true
                        break scan
                    }
                    try checkFieldCount(line)
                    switch try body(bytes, parser.fields, recordCount + 1) {
                    case .next:
                        recordCount += 1
                        at = next
                    case .stop:
                        recordCount += 1
                        at = next
                        hasEnough = true
                        break scan
                    case .undo:
                        parser.goBack(to: line)
                        hasEnough = true
                        break scan
                    }
                }
            }
            window.position = at
            if isDone || hasEnough { return isDone }
            try window.refill()
        }
    }

    /// Blank lines before a record are records of one empty field, where records have one field. False if `body` has enough.
    private mutating func visitBlanks(
        _ bytes: Span<UInt8>, _ body: (Span<UInt8>, [CSVField], Int) throws(ColonnadeError) -> VisitAnswer
    ) throws(ColonnadeError) -> Bool {
        guard columnCount == 1 else {
            let expected = columnCount.map { "\($0) fields are" } ?? "the header is"
            throw fault(
                "line \(firstBlankLine) is blank where \(expected) expected; remove it", record: recordCount + 1)
        }
        let empty = CSVField(start: 0, end: 0, isQuoted: false, isEscaped: false)
        while blanks > 0 {
            let answer = try body(bytes, [empty], recordCount + 1)
            if case .undo = answer { return false }
            recordCount += 1
            blanks -= 1
            if case .stop = answer { return false }
        }
        return true
    }

    private func checkFieldCount(_ line: Int) throws(ColonnadeError) {
        guard let columnCount, parser.fields.count != columnCount else { return }
        let count = parser.fields.count
        let hint =
            count > columnCount
            ? "put fields that hold the delimiter in quotes" : "add what is missing, or delimiters for it"
        throw fault(
            "line \(line): \(count) field\(count == 1 ? "" : "s") where there \(columnCount == 1 ? "is 1 column" : "are \(columnCount) columns"); \(hint)",
            record: recordCount + 1)
    }

    /// Lends the text of a field, with doubled quotes made single in `scratch`.
    @inline(__always)
    static func withText<Result>(
        of field: CSVField, in bytes: Span<UInt8>, _ scratch: inout [UInt8], _ body: (Span<UInt8>) -> Result
    ) -> Result {
        guard field.isEscaped else { return body(bytes.extracting(field.start..<field.end)) }
        scratch.removeAll(keepingCapacity: true)
        CSVParser.unescape(bytes, field, into: &scratch)
        return body(scratch.span)
    }

    private func fault(_ message: String, record: Int? = nil) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: name, record: record, column: nil))
    }

    private func located(_ error: ColonnadeError) -> ColonnadeError {
        var error = error
        let record = columnCount == nil ? nil : recordCount + blanks + 1
        error.place = .record(source: name, record: record, column: nil)
        return error
    }
}
