// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// From paths and options to one source of the records that are to be written.
enum SourceOpener {
    /// Opens all, converts, combines, selects and labels. Throws what each of these does, `unknownKey` for an option about a
    /// column that no source has.
    static func open(_ paths: [String], _ options: IngestOptions) throws(ColonnadeError) -> any RecordSource {
        guard !paths.isEmpty else {
            throw ColonnadeError(.invalidArgument, "there are no sources: name at least one file")
        }
        var sources: [any RecordSource] = []
        for path in paths { sources.append(try open(path, options, isOneOfSeveral: paths.count > 1)) }
        for column in options.types.names + options.fills.names where !options.toleratesAbsentColumns {
            if sources.contains(where: { $0.schema.index(named: column) != nil }) { continue }
            _ = try Schema(unique(sources.flatMap(\.schema.fields))).position(of: column)
        }
        let masks = sources.reduce(into: Set<ExactName>()) { $0.formUnion($1.masks) }
        if sources.count > 1 {
            let text = options.textOptions(.csv, isOneOfSeveral: true)
            sources = try SourceAlignment.align(sources, options: text) {
                (index, types) throws(ColonnadeError) in
                var wider = options
                wider.types = types.merging(options.types)
                return try open(paths[index], wider, isOneOfSeveral: true)
            }
        }
        var source = try SourceCombination.combine(sources)
        if !options.columns.isEmpty {
            source = try SelectedSource(source, columns: try withMasks(options.columns, masks, in: source.schema))
        }
        var labels = options.labelNames
        for (column, path) in options.labels { labels[column] = try LabelFile.read(path) }
        if !labels.isEmpty { source = try LabelledSource(source, labels: labels) }
        return source
    }

    /// The choices, and after each that of its mask.
    private static func withMasks(
        _ columns: [String], _ masks: Set<ExactName>, in schema: Schema
    ) throws(ColonnadeError) -> [String] {
        var chosen: [String] = []
        for column in columns {
            chosen.append(column)
            let (new, old) = try SelectedSource.names(column, in: schema)
            guard masks.contains(ExactName("\(old).valid")) else { continue }
            chosen.append(new == old ? "\(old).valid" : "\(new).valid=\(old).valid")
        }
        return chosen
    }

    private static func open(
        _ path: String, _ options: IngestOptions, isOneOfSeveral: Bool
    ) throws(ColonnadeError) -> any RecordSource {
        let format = try options.format(of: path)
        return try convert(try open(path, format, options, isOneOfSeveral: isOneOfSeveral), options)
    }

    private static func open(
        _ path: String, _ format: SourceFormat, _ options: IngestOptions, isOneOfSeveral: Bool
    ) throws(ColonnadeError) -> any RecordSource {
        let text = options.textOptions(format, isOneOfSeveral: isOneOfSeveral)
        switch format {
        case .idx: return try IDXSource(path: path)
        case .npy: return try NumPySource(path: path)
        case .npz: return try NPZSource(path: path, choosing: options.columns.isEmpty ? nil : chosen(options.columns))
        case .csv, .tsv: return try CSVSource(path: path, options: text)
        case .jsonl: return try JSONLinesSource(path: path, options: text)
        }
    }

    /// The names in the sources, of choices that may rename.
    private static func chosen(_ columns: [String]) -> [String] {
        columns + columns.compactMap { $0.cut(at: "=")?.after }
    }

    /// What a text source could not do itself, and everything for the others.
    private static func convert(
        _ source: any RecordSource, _ options: IngestOptions
    ) throws(ColonnadeError) -> any RecordSource {
        let types = options.types.filter { column, type in
            guard let index = source.schema.index(named: column) else { return false }
            let field = source.schema[index]
            return field.kind != type.kind || field.dtype != type.dtype || type.shape.map { $0 != field.shape } ?? false
        }
        return types.isEmpty ? source : try ConvertedSource(source, types: types)
    }

    private static func unique(_ fields: [Field]) -> [Field] {
        var names: Set<ExactName> = []
        return fields.filter { names.insert(ExactName($0.name)).inserted }
    }
}
