// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Writes CSV (RFC 4180) or tab-separated values with a header: scalars, strings, bytes as base64, and tensors of a fixed shape, each element
/// a column: `image_0`, `image_1`, and so on in row-major order, to be read again as a vector.
///
/// Times are written after ISO 8601 (`2024-02-29T12:00:00.000000Z`), and a missing time as `NaT`. Floating-point numbers have the
/// shortest form from which the same value is read, and numbers that are not finite are `nan`, `inf` and `-inf`. Ragged columns
/// are refused, since only JSON Lines can hold them. Without quotes, texts with tabs or line ends need escapes.
public struct CSVExporter: RecordSink, ~Copyable {
    private let schema: Schema
    private let dialect: CSVDialect
    private var rowCount = 0
    private let output: ExportOutput
    private var text: [UInt8] = []

    /// More columns than that are no table any more.
    private static let columnLimit = 1 << 16

    /// Throws `invalidArgument` for columns that a table cannot hold, with what to do; `fileExists` unless `replacing`,
    /// `fileNotFound` for a folder that is not there, `system`.
    public init(
        path: String, schema: Schema, delimiter: Character = ",", quoting: Quoting = .automatic, escapes: Bool = false,
        replacing: Bool = false
    ) throws(ColonnadeError) {
        let dialect = try CSVDialect(
            separator: delimiter, quote: quoting.quote(isTabSeparated: delimiter == "\t"), escapes: escapes)
        var header: [UInt8] = []
        for (index, name) in try Self.header(schema).enumerated() {
            if index > 0 { header.append(dialect.separator) }
            guard dialect.append(Array(name.utf8).span, isName: true, to: &header) else {
                throw Self.unwritable(.record(source: path, record: nil, column: name))
            }
        }
        header.append(UInt8(ascii: "\n"))
        output = try ExportOutput(path: path, replacing: replacing)
        self.schema = schema
        self.dialect = dialect
        text = header
    }

    /// Returns the names of the columns of the table.
    static func header(_ schema: Schema) throws(ColonnadeError) -> [String] {
        var names: [String] = []
        for field in schema {
            if field.kind != .tensor || field.shape.isEmpty {
                names.append(field.name)
                continue
            }
            guard !field.isRagged else {
                throw ColonnadeError(
                    .invalidArgument,
                    "column \"\(field.name)\" is \(field.typeDescription), and the rows of a table all have one length: "
                        + "export JSON Lines (.jsonl), or leave it out (--columns)")
            }
            guard field.fixedElementCount > 0, field.fixedElementCount <= columnLimit - names.count else {
                throw ColonnadeError(
                    .invalidArgument,
                    "column \"\(field.name)\" is \(field.typeDescription), and a table has 1 to \(columnLimit) columns: "
                        + "export .npz or JSON Lines (.jsonl), or leave it out (--columns)")
            }
            names += (0..<field.fixedElementCount).map { "\(field.name)_\($0)" }
        }
        var seen: Set<ExactName> = []
        for name in names where !seen.insert(ExactName(name)).inserted {
            throw ColonnadeError(
                .invalidArgument, "the table would have two columns called \"\(name)\": leave one out (--columns)")
        }
        return names
    }

    public var isSequential: Bool { output.isStream }

    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        var columns: [[Tensor]] = []
        for (field, column) in zip(schema, chunk.columns) {
            columns.append(try column.tensors(of: field, rows: chunk.rowCount))
        }
        for row in 0..<chunk.rowCount {
            for (index, field) in schema.enumerated() {
                if index > 0 { text.append(dialect.separator) }
                let value = columns[index][row]
                switch field.kind {
                case .tensor:
                    try ElementText.append(value, 0..<value.count, of: field, separator: dialect.separator, to: &text)
                case .string:
                    try append(Array(try value.string().utf8), field, row)
                case .bytes:
                    let base64 = Base64.encode(try value.elements(as: UInt8.self))
                    try append(Array(base64.utf8), field, row)
                }
            }
            text.append(UInt8(ascii: "\n"))
            try output.take(&text)
        }
        rowCount += chunk.rowCount
    }

    private mutating func append(_ characters: [UInt8], _ field: Field, _ row: Int) throws(ColonnadeError) {
        // Without quotes, a line of one empty field is blank.
        let isBlank = characters.isEmpty && schema.count == 1 && dialect.quote == nil
        guard !isBlank, dialect.append(characters.span, to: &text) else {
            throw Self.unwritable(.row(rowCount + row, column: field.name))
        }
    }

    public consuming func finish() throws(ColonnadeError) {
        try output.takeAll(&text)
        try output.publish()
    }

    private static func unwritable(_ place: ColonnadeError.Place) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument,
            "without quotes a field cannot hold a separator or a line end, or be empty where it is alone: write escapes "
                + "(--escapes), quotes (--quote '\"'), or JSON Lines (.jsonl)", at: place)
    }
}

extension CSVDialect {
    /// Appends a field, in quotes where it needs them: also when it is empty, since a line of one empty field would be blank.
    /// A name also where it has another delimiter, for which it could be split. False if only quotes would keep it whole.
    fileprivate func append(_ field: Span<UInt8>, isName: Bool = false, to text: inout [UInt8]) -> Bool {
        guard let quote else { return appendUnquoted(field, to: &text) }
        var needsQuotes = field.isEmpty
        for index in field.indices {
            let byte = field[index]
            if byte == quote || byte == separator || byte == 10 || byte == 13 { needsQuotes = true }
            if isName, ";|,\t".utf8.contains(byte) { needsQuotes = true }
        }
        guard needsQuotes else {
            text.append(contentsOf: field)
            return true
        }
        text.append(quote)
        for index in field.indices {
            if field[index] == quote { text.append(quote) }
            text.append(field[index])
        }
        text.append(quote)
        return true
    }

    private func appendUnquoted(_ field: Span<UInt8>, to text: inout [UInt8]) -> Bool {
        for index in field.indices {
            let byte = field[index]
            let letter: UInt8? =
                switch byte {
                case 9: UInt8(ascii: "t")
                case 10: UInt8(ascii: "n")
                case 13: UInt8(ascii: "r")
                case UInt8(ascii: "\\"): byte
                default: nil
                }
            if escapes, let letter {
                text.append(UInt8(ascii: "\\"))
                text.append(letter)
            } else if byte == 10 || byte == 13 || byte == separator {
                return false
            } else {
                text.append(byte)
            }
        }
        return true
    }
}
