// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The rule by which several sources become one.
///
/// Sources of the same columns are rows one after another; then sources of the same length are columns side by side. So images
/// and labels combine, parts of a table do, and parts of images together with as many parts of labels.
public enum SourceCombination {
    /// Throws `invalidSource` with the shapes of all sources if they do not go together. There is at least one.
    ///
    /// `skipsBadRows` says that sources without a number of rows leave bad rows out. Such sources never go side by side, because the
    /// rows after a bad one would have wrong partners.
    public static func combine(
        _ sources: [any RecordSource], skipsBadRows: Bool = false
    ) throws(ColonnadeError) -> any RecordSource {
        precondition(!sources.isEmpty, "there must be a source")
        var groups: [[any RecordSource]] = []
        for source in sources {
            let index = groups.firstIndex { group in
                SchemaDifference.between(group[0].schema, "", source.schema, "").isEmpty
            }
            if let index { groups[index].append(source) } else { groups.append([source]) }
        }
        var joined: [any RecordSource] = []
        for group in groups { joined.append(group.count == 1 ? group[0] : try ConcatenatedSource(group)) }
        guard joined.count > 1 else { return joined[0] }
        if skipsBadRows, let skipping = joined.first(where: { $0.rowCount == nil }) {
            throw ColonnadeError(
                .invalidArgument,
                "the sources have different columns, and bad rows of \(skipping.name) are left out, so its rows would not match those "
                    + "beside them: ingest them apart, or without --skip-bad")
        }

        let names = joined.flatMap(\.schema.names.exactNames)
        if Set(names).count == names.count, joined.allSatisfy({ $0.rowCount == joined[0].rowCount }) {
            return try ZippedSource(joined)
        }
        throw failure(joined)
    }

    private static func failure(_ sources: [any RecordSource]) -> ColonnadeError {
        let shapes = sources.map { source in
            let columns = source.schema.prefix(8).map(\.description).joined(separator: ", ")
            let rows = source.rowCount.map(String.init) ?? "any number of"
            return "\(source.name): \(rows) rows of \(columns)\(source.schema.count > 8 ? ", …" : "")"
        }
        let overlap = SchemaDifference.between(sources[0].schema, sources[0].name, sources[1].schema, sources[1].name)
        let isOverlap = sources[1].schema.names.contains { sources[0].schema.index(named: $0) != nil }
        let remedy =
            isOverlap
            ? "To put them one after another their columns must agree (--type): \(overlap.prefix(4).joined(separator: "; "))"
            : "To put them side by side they must have the same number of rows; else ingest them apart"
        return ColonnadeError(
            .invalidSource, "the sources do not go together. \(shapes.joined(separator: "; ")). \(remedy)")
    }
}
