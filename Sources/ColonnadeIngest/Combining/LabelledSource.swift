// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The records of another source, where integers of some columns are given names: value i means the i-th. Each value is
/// checked to be in `Field.labelRange` as it passes.
public final class LabelledSource: RecordSource {
    public let schema: Schema
    private let base: any RecordSource
    private let labelled: [(column: Int, cast: ElementCast)]
    private var nextRow = 0

    public var name: String { base.name }
    public var rowCount: Int? { base.rowCount }
    public var reasons: [String] { base.reasons }

    /// Throws `unknownKey` for a column that is not there, `invalidArgument` for one that does not hold integers or has
    /// other names already, and for no names at all.
    public init(_ base: any RecordSource, labels: NameMap<[String]>) throws(ColonnadeError) {
        var schema = base.schema
        var labelled: [(column: Int, cast: ElementCast)] = []
        for (column, names) in labels {
            let index = try schema.index(ofColumn: column)
            var field = schema[index]
            guard field.kind == .tensor, !field.dtype.isFloatingPoint, field.dtype != .bool else {
                throw ColonnadeError(
                    .invalidArgument,
                    "labels name integers, and column \"\(column)\" is \(field.typeDescription): "
                        + "convert it first (--type \(column)=int64)")
            }
            guard !names.isEmpty else {
                throw ColonnadeError(.invalidArgument, "there are no labels for column \"\(column)\"")
            }
            var known: Set<ExactName> = []
            if let twice = names.exactNames.first(where: { !known.insert($0).inserted }) {
                throw ColonnadeError(
                    .invalidArgument,
                    "labels of \"\(column)\" have \"\(twice.text)\" twice: give each class a name of its own")
            }
            if case .classLabels(let present) = field.meaning, present.exactNames != names.exactNames {
                throw ColonnadeError(
                    .invalidArgument,
                    "column \"\(column)\" has the class names \(Self.list(present)) already, and the labels are "
                        + "\(Self.list(names)): leave the labels out, or give the same ones in the same order")
            }
            field.meaning = .classLabels(names)
            schema = schema.replacing(index, with: field)
            labelled.append((index, ElementCast(source: field.dtype, target: .int64)))
        }
        self.schema = schema
        self.base = base
        self.labelled = labelled
    }

    /// Returns the first names, as part of a sentence.
    private static func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count))" : "")
    }

    /// Throws `invalidSource` for a value without a label, with record and column.
    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        guard let chunk = try base.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit) else { return nil }
        for (column, cast) in labelled {
            let values = chunk.columns[column]
            let field = schema[column]
            guard let range = field.labelRange, let bad = cast.firstOutside(range, in: values.values) else { continue }
            let byte = bad.index * field.dtype.size
            let row = field.fixedByteCount.map { byte / $0 } ?? values.ends.firstIndex { $0 > byte } ?? 0
            throw ColonnadeError(
                .invalidSource,
                field.noLabelMessage(for: bad.value),
                at: .record(source: name, record: nextRow + row + 1, column: field.name))
        }
        nextRow += chunk.rowCount
        return chunk
    }
}
