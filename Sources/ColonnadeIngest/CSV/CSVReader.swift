// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The records of a CSV input one after the other, each checked for its number of fields and numbered.
///
/// Behind a record that is not well-formed it goes on at the next line, and the record counts. What cannot be read, or is
/// longer than a record may be, is the end.
struct CSVReader: ~Copyable {
    let name: String
    /// Records so far, without the header: those visited, and those that were not well-formed.
    var recordCount = 0
    /// Whether a name in the header stood in quotes.
    var isHeaderQuoted = false
    /// Indices of the columns whose names are made up, since the header has an empty field for them.
    var unnamedColumns: [Int] = []
    /// Fields that each record must have, once that is settled, and what they are called.
    var columnCount: Int?
    var columns: [String] = []
    private var window: TextWindow
    private var parser: CSVParser
    /// Blank lines of which it is not known yet whether they are records or the end.
    private var blanks = 0
    private var firstBlankLine = 0
    /// The rest of a line is still to be passed over.
    private var isInBadLine = false
    private var hasFailed = false

    init(_ input: TextInput, _ dialect: CSVDialect, readSize: Int) throws(ColonnadeError) {
        let window = try TextWindow.open(input, readSize: readSize)
        name = input.name
        self.window = window
        parser = CSVParser(delimiter: dialect.separator, quote: dialect.quote, escapes: dialect.escapes)
    }

    /// Hands records to `body`, with their number, until it has enough; true at the end of the input.
    ///
    /// Throws `invalidSource` for what is not well-formed, and what `body` throws.
    @inline(__always)
    mutating func visit(
        _ body: (Span<UInt8>, [CSVField], Int) throws(ColonnadeError) -> VisitAnswer
    ) throws(ColonnadeError) -> Bool {
        while true {
            if isInBadLine { try passOverLine() }
            if hasFailed { return true }
            var at = window.position
            let isFinal = window.isFinal
            var isDone = false
            var hasEnough = false
            var failure: ColonnadeError?
            // A reference of our own, since the span of the window's array would lock all of this value.
            let memory = window.bytes
            let bytes = memory.span
            scan: while true {
                let line = parser.line
                var step: CSVParser.Step
                var fault: ColonnadeError?
                do throws(ColonnadeError) {
                    step = try parser.step(in: bytes, from: at, isFinal: isFinal)
                } catch {
                    fault = error
                    step = .record(next: at)
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
                    if blanks > 0 {
                        do throws(ColonnadeError) {
                            hasEnough = try !visitBlanks(bytes, body)
                        } catch {
                            failure = error
                            hasEnough = true
                        }
                        if hasEnough {
                            // The record comes the next time.
                            parser.goBack(to: line)
                            break scan
                        }
                    }
                    if let fault {
                        failure = located(fault)
                        recordCount += 1
                        at = passOver(bytes, from: at)
                        break scan
                    }
                    if let error = fieldCountError(line) {
                        failure = error
                        recordCount += 1
                        at = next
                        break scan
                    }
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
            if let failure { throw failure }
            if isDone || hasEnough { return isDone }
            try refill()
        }
    }

    private mutating func refill() throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try window.refill()
        } catch {
            hasFailed = true
            throw error
        }
    }

    /// Returns the start of the line after the fault in a record that is not well-formed; nil after a quote that is never closed.
    private mutating func passOver(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var end = max(start, parser.fault.position)
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        isInBadLine = end == bytes.count
        let next = min(end + 1, bytes.count)
        var lines = 0
        for at in start..<next where bytes[at] == UInt8(ascii: "\n") { lines += 1 }
        parser.goBack(to: parser.line + lines)
        return next
    }

    /// Passes over what is left of a line, piece by piece.
    private mutating func passOverLine() throws(ColonnadeError) {
        while isInBadLine {
            if let end = window.bytes[window.position...].firstIndex(of: UInt8(ascii: "\n")) {
                window.position = end + 1
                parser.goBack(to: parser.line + 1)
                isInBadLine = false
            } else {
                window.position = window.bytes.count
                if window.isFinal { isInBadLine = false } else { try refill() }
            }
        }
    }

    /// Blank lines before a record are records of one empty field, where records have one field. False if `body` has enough.
    private mutating func visitBlanks(
        _ bytes: Span<UInt8>, _ body: (Span<UInt8>, [CSVField], Int) throws(ColonnadeError) -> VisitAnswer
    ) throws(ColonnadeError) -> Bool {
        guard columnCount == 1 else {
            defer { blanks = 0 }
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

    private func fieldCountError(_ line: Int) -> ColonnadeError? {
        guard let columnCount, parser.fields.count != columnCount else { return nil }
        let count = parser.fields.count
        // R's write.table names the columns but not the one of row names before them.
        let hint =
            count == columnCount + 1 && recordCount == 0
            ? "the header is one name short, as R writes it with row names: add a name in front (in R with col.names=NA), or "
                + "leave row names out (row.names=FALSE); if it is not, put fields that hold the delimiter in quotes"
            : count > columnCount
                ? "put fields that hold the delimiter in quotes" : "add what is missing, or delimiters for it"
        return fault(
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

    func fault(_ message: String, record: Int? = nil) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: name, record: record, column: nil))
    }

    private func located(_ error: ColonnadeError) -> ColonnadeError {
        var error = error
        let record = columnCount == nil ? nil : recordCount + 1
        let column = parser.fault.field.flatMap { columns.indices.contains($0) ? columns[$0] : nil }
        error.place = .record(source: name, record: record, column: column)
        return error
    }
}
