// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Writes CSV (RFC 4180) or TSV with a header: scalars, strings, bytes as base64, and tensors of a fixed shape, each element
/// a column: `image_0`, `image_1`, and so on in row-major order, to be read again as a vector.
///
/// Times are written after ISO 8601: `2024-02-29T12:00:00.000000Z`. Floating-point numbers have the shortest form that gives the same value again; what is not finite is `nan`, `inf` or
/// `-inf`. Ragged columns do not fit: JSON Lines takes them.
public struct CSVExporter: RecordSink, ~Copyable {
    private let schema: Schema
    private let delimiter: UInt8
    private let output: ExportOutput
    private var text: [UInt8] = []

    /// More columns than that are no table any more.
    private static let columnLimit = 1 << 16

    /// Throws `invalidArgument` for columns that a table cannot hold, with what to do; `fileExists` unless `replacing`,
    /// `fileNotFound` for a folder that is not there, `system`.
    public init(
        path: String, schema: Schema, delimiter: Character = ",", replacing: Bool = false
    ) throws(ColonnadeError) {
        guard let byte = delimiter.asciiValue, byte != UInt8(ascii: "\""), byte >= 32 || byte == 9 else {
            throw ColonnadeError(
                .invalidArgument, "\"\(delimiter)\" cannot separate fields; use one ASCII character other than a quote")
        }
        let names = try Self.header(schema)
        let output = try ExportOutput(path: path, replacing: replacing)
        self.schema = schema
        self.delimiter = byte
        self.output = output
        for (index, name) in names.enumerated() {
            if index > 0 { text.append(byte) }
            Self.append(Array(name.utf8).span, delimiter: byte, isName: true, to: &text)
        }
        text.append(UInt8(ascii: "\n"))
    }

    /// The names of the columns of the table.
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
                if index > 0 { text.append(delimiter) }
                let value = columns[index][row]
                switch field.kind {
                case .tensor:
                    try ElementText.append(value, 0..<value.count, of: field, separator: delimiter, to: &text)
                case .string:
                    Self.append(Array(try value.string().utf8).span, delimiter: delimiter, to: &text)
                case .bytes:
                    let base64 = Base64.encode(try value.elements(as: UInt8.self))
                    Self.append(Array(base64.utf8).span, delimiter: delimiter, to: &text)
                }
            }
            text.append(UInt8(ascii: "\n"))
            try output.take(&text)
        }
    }

    public consuming func finish() throws(ColonnadeError) {
        try output.takeAll(&text)
        try output.publish()
    }

    /// A field, in quotes where it needs them: also when it is empty, since a line of one empty field would be blank.
    /// A name also where it has another delimiter, for which it could be split.
    private static func append(
        _ field: Span<UInt8>, delimiter: UInt8, isName: Bool = false, to text: inout [UInt8]
    ) {
        let quote = UInt8(ascii: "\"")
        var needsQuotes = field.isEmpty
        for index in field.indices {
            let byte = field[index]
            if byte == quote || byte == delimiter || byte == 10 || byte == 13 { needsQuotes = true }
            if isName, ";|,\t".utf8.contains(byte) { needsQuotes = true }
        }
        guard needsQuotes else { return text.append(contentsOf: field) }
        text.append(quote)
        for index in field.indices {
            if field[index] == quote { text.append(quote) }
            text.append(field[index])
        }
        text.append(quote)
    }
}
