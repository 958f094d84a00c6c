// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Writes JSON Lines: one object a row. Takes every column.
///
/// - Names with dots stay as they are: `{"position.x": 1}` is read as the column that it was.
/// - Tensors are nested arrays. Of a row without elements only the dimensions up to the first zero are seen.
/// - Floating-point numbers have the shortest form that gives the same value again. A number that is not finite is a string, `"NaN"`,
///   `"Infinity"` or `"-Infinity"`, which `JSONLinesSource` reads as that number.
/// - Times are strings after ISO 8601, to be read with the requested type of times.
/// - Bytes are base64, to be read with the requested type bytes.
public struct JSONLinesExporter: RecordSink, ~Copyable {
    private let schema: Schema
    private let output: ExportOutput
    private var json = JSONWriter(style: .jsonNames)

    /// Throws `fileExists` unless `replacing`, `fileNotFound` for a folder that is not there, `system`.
    public init(path: String, schema: Schema, replacing: Bool = false) throws(ColonnadeError) {
        self.schema = schema
        output = try ExportOutput(path: path, replacing: replacing)
    }

    public var isSequential: Bool { output.isStream }

    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        var columns: [[Tensor]] = []
        for (field, column) in zip(schema, chunk.columns) {
            columns.append(try column.tensors(of: field, rows: chunk.rowCount))
        }
        for row in 0..<chunk.rowCount {
            try json.object { (json) throws(ColonnadeError) in
                for (index, field) in schema.enumerated() {
                    json.key(field.name)
                    try json.value(columns[index][row], of: field)
                }
            }
            json.endLine()
            try output.take(&json.text)
        }
    }

    public consuming func finish() throws(ColonnadeError) {
        try output.takeAll(&json.text)
        try output.publish()
    }
}
