// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Several sources of the same columns, one after another.
public final class ConcatenatedSource: RecordSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int?
    public let reasons: [String]
    private let sources: [any RecordSource]
    private var current = 0

    /// Joins sources. The columns are those of the first source, in its order; the others may have another. There is at least one source.
    ///
    /// Throws `invalidSource` for sources whose columns differ.
    public init(_ sources: [any RecordSource]) throws(ColonnadeError) {
        precondition(!sources.isEmpty, "there must be a source")
        let first = sources[0]
        var aligned: [any RecordSource] = [first]
        var rowCount = first.rowCount
        for source in sources.dropFirst() {
            let differences = SchemaDifference.between(first.schema, first.name, source.schema, source.name)
            guard differences.isEmpty else {
                throw ColonnadeError(
                    .invalidSource,
                    "sources one after another need the same columns: \(differences.joined(separator: "; "))")
            }
            let isAligned = source.schema.hasNames(of: first.schema)
            aligned.append(isAligned ? source : try SelectedSource(source, columns: first.schema.names))
            rowCount = rowCount.flatMap { sum in source.rowCount.map { sum + $0 } }
        }
        name = sources.map(\.name).joined(separator: ", ")
        schema = first.schema
        // A column that is as it was in the first may have been converted in a later one.
        reasons = first.schema.compactMap { field in
            sources.lazy.flatMap(\.reasons).first { $0.startsWithBytes(of: "\(field.name): ") }
        }
        self.rowCount = rowCount
        self.sources = aligned
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        while current < sources.count {
            if let chunk = try sources[current].nextChunk(rowLimit: rowLimit, byteLimit: byteLimit) { return chunk }
            current += 1
        }
        return nil
    }
}
