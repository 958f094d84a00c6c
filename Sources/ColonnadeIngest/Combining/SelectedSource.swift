// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Some columns of another source, in the order given, perhaps under other names.
public final class SelectedSource: RecordSource {
    public let schema: Schema
    public let reasons: [String]
    private let base: any RecordSource
    private let indices: [Int]

    public var name: String { base.name }
    public var rowCount: Int? { base.rowCount }

    /// Selects columns. Each of `columns` is a name, or a new and an old one: `["image", "y=label"]`. A column whose name has an equals sign
    /// in it is itself.
    ///
    /// Throws `unknownKey` for a column that is not there, `invalidArgument` if no column is chosen or two would have one name.
    public init(_ base: any RecordSource, columns: [String]) throws(ColonnadeError) {
        var fields: [Field] = []
        var indices: [Int] = []
        var reasons: [String] = []
        for column in columns {
            let (new, old) = try Self.names(column, in: base.schema)
            let index = try base.schema.index(ofColumn: old)
            var field = base.schema[index]
            field.name = new
            fields.append(field)
            indices.append(index)
            for reason in base.reasons where reason.startsWithBytes(of: "\(old): ") {
                reasons.append(new + String(reason.unicodeScalars.dropFirst(old.unicodeScalars.count)))
            }
        }
        guard !fields.isEmpty else {
            throw ColonnadeError(.invalidArgument, "no columns are chosen: name at least one of \(base.schema.names)")
        }
        schema = try Schema(fields)
        self.base = base
        self.indices = indices
        self.reasons = reasons
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        guard let chunk = try base.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit) else { return nil }
        return RecordChunk(rowCount: chunk.rowCount, columns: indices.map { chunk.columns[$0] })
    }

    static func names(_ column: String, in schema: Schema) throws(ColonnadeError) -> (new: String, old: String) {
        guard let (new, old) = column.cut(at: "="), schema.index(named: column) == nil else {
            return (column, column)
        }
        guard !new.isEmpty, !old.isEmpty else {
            throw ColonnadeError(.invalidArgument, "\"\(column)\" is no choice of a column: write new=old, or a name")
        }
        return (new, old)
    }
}
