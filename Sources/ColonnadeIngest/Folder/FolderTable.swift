// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A table beside files, whose column `file_name` names the file of each row: `metadata.csv`, `metadata.tsv` or `metadata.jsonl`, as
/// in the folders of Hugging Face.
final class FolderTable {
    /// The names of files that are such a table.
    static let names = ["metadata.csv", "metadata.tsv", "metadata.jsonl"]
    /// The column with the path of a file, from the folder on.
    static let fileColumn = "file_name"

    let path: String
    /// The columns except that of the names.
    private let fields: [Field]
    let reasons: [String]
    let masks: Set<ExactName>
    private let source: any RecordSource
    private let nameIndex: Int
    private var chunk: RecordChunk?
    /// The next row of the chunk.
    private var row = 0

    /// Opens a table, and settles the types of its columns. Throws what its format throws, and `invalidSource` if it has no column
    /// with the names of files.
    init(path: String, options given: IngestOptions) throws(ColonnadeError) {
        var options = given
        options.types[Self.fileColumn] = .string
        options.verbatimColumns = [Self.fileColumn]
        options.otherColumns = ["image", "audio", "audio.frames", "audio.channels", "audio.sample_rate", "file"]
        if !options.columns.isEmpty { options.columns.append(Self.fileColumn) }
        let format = try SourceFormat(detecting: path)
        do throws(ColonnadeError) {
            source = try format.open(path, options)
            nameIndex = try source.schema.index(ofColumn: Self.fileColumn)
        } catch {
            guard error.code == .unknownKey else { throw error }
            var all = given
            (all.columns, all.types) = ([], [:])
            let names = try format.open(path, all).schema.names
            guard !names.contains(where: { $0.hasBytes(of: Self.fileColumn) }) else { throw error.located(in: path) }
            throw ColonnadeError(
                .invalidSource,
                "it has no column \(Self.fileColumn), which names the file of each row: rename one of "
                    + names.joined(separator: ", "), at: .file(path))
        }
        let index = nameIndex
        fields = source.schema.fields.enumerated().filter { $0.offset != index }.map(\.element)
        reasons = source.reasons.filter { !$0.startsWithBytes(of: "\(Self.fileColumn): ") }
        masks = (source as? any InferringSource)?.masks ?? []
        self.path = path
    }

    /// Returns the columns. Throws `invalidSource` if one has the name of a column that the folder makes.
    func fields(besides own: [Field]) throws(ColonnadeError) -> [Field] {
        let names = Set((own.map(\.name) + ["file"]).exactNames)
        guard let field = fields.first(where: { names.contains(ExactName($0.name)) }) else { return fields }
        throw ColonnadeError(
            .invalidSource, "it has a column \(field.name), which is made of the files: rename it", at: .file(path))
    }

    /// Returns the name of the next row's file, and the values of the other columns; nil at the end.
    func next() throws(ColonnadeError) -> (file: String, values: [RowValue])? {
        if row == chunk?.rowCount ?? 0 {
            chunk = try source.nextChunk(rowLimit: 1024, byteLimit: 1 << 20)
            row = 0
        }
        guard let chunk else { return nil }
        defer { row += 1 }
        var values: [RowValue] = []
        var file = ""
        for (index, field) in source.schema.enumerated() {
            let value = chunk.columns[index].value(row, field)
            if index == nameIndex {
                let bytes = value.bytes.starts(with: "./".utf8) ? Array(value.bytes.dropFirst(2)) : value.bytes
                file = String(fileName: bytes)
            } else {
                values.append(value)
            }
        }
        return (file, values)
    }
}

extension ColumnChunk {
    /// Returns the value of a row.
    fileprivate func value(_ row: Int, _ field: Field) -> RowValue {
        if let size = field.fixedByteCount { return RowValue(Array(values[row * size..<(row + 1) * size])) }
        let count = field.varyingCount > 1 ? field.varyingCount : 0
        return RowValue(
            Array(values[(row == 0 ? 0 : ends[row - 1])..<ends[row]]),
            dimensions: Array(dimensions[row * count..<(row + 1) * count]))
    }
}
