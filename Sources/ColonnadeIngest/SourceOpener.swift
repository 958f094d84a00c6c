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
        try checkFormats(paths, options)
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

    /// Throws `invalidArgument` for options that none of the sources has a use for.
    private static func checkFormats(_ paths: [String], _ options: IngestOptions) throws(ColonnadeError) {
        let ofTables = options.namesOfTableOptions
        let ofText = options.namesOfTextOptions
        guard !ofTables.isEmpty || !ofText.isEmpty else { return }
        var formats: Set<SourceFormat> = []
        for path in paths { formats.insert(try options.format(of: path)) }
        if let name = ofTables.first, formats.isDisjoint(with: [.csv, .tsv]) {
            throw ColonnadeError(
                .invalidArgument,
                "\(name) is for CSV and TSV, and this is \(formats.first?.rawValue ?? ""): leave it out",
                at: .file(paths[0]))
        }
        if let name = ofText.first, formats.isDisjoint(with: [.csv, .tsv, .jsonl]) {
            throw ColonnadeError(
                .invalidArgument,
                "\(name) is for CSV, TSV and JSON Lines: no value is missing in an array; leave it out",
                at: .file(paths[0]))
        }
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
        case .npy: return try NumPySource(path: path, timeFill: options.timeFill)
        case .npz:
            let chosen = options.columns.isEmpty ? nil : options.chosenColumns
            return try NPZSource(path: path, choosing: chosen, timeFill: options.timeFill)
        case .csv, .tsv: return try CSVSource(path: path, options: text)
        case .jsonl: return try JSONLinesSource(path: path, options: text)
        }
    }

    /// Applies the options that a text source does not apply itself, and all options for other sources.
    private static func convert(
        _ source: any RecordSource, _ options: IngestOptions
    ) throws(ColonnadeError) -> any RecordSource {
        let types = options.types.filter { column, type in
            guard let index = source.schema.index(named: column) else { return false }
            let field = source.schema[index]
            return field.kind != type.kind || field.dtype != type.dtype || type.shape.map { $0 != field.shape } ?? false
                || type.time != nil && type.time != field.time
        }
        return types.isEmpty ? source : try ConvertedSource(source, types: types)
    }

    private static func unique(_ fields: [Field]) -> [Field] {
        var names: Set<ExactName> = []
        return fields.filter { names.insert(ExactName($0.name)).inserted }
    }
}
