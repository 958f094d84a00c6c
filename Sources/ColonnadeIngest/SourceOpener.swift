// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Makes one source of the records that are to be written, from paths and options.
enum SourceOpener {
    /// Opens all files, converts, combines, selects and labels. Throws the errors of each of these, and `unknownKey` for an option
    /// about a column that no source has.
    ///
    /// - Parameter mapping: returns a source of each unit of files as it is combined with the others; nil to leave it as it is.
    static func open(
        _ paths: [String], _ options: IngestOptions,
        mapping: ((any RecordSource) throws(ColonnadeError) -> any RecordSource)? = nil
    ) throws(ColonnadeError) -> any RecordSource {
        guard let first = paths.first else {
            throw ColonnadeError(.invalidArgument, "there are no sources: name at least one file")
        }
        var files: [(path: String, format: SourceFormat)] = []
        for path in paths { files.append((path, try options.format(of: path))) }
        try checkOptions(options, files.map(\.format), first)

        var each = options
        // A column may be in another of several sources.
        if paths.count > 1 { each.toleratesAbsentColumns = true }
        let units = Self.units(files)
        var sources: [any RecordSource] = []
        for unit in units { sources.append(try open(unit.paths, unit.format, each)) }
        for column in options.types.names + options.fills.names where !options.toleratesAbsentColumns {
            if sources.contains(where: { $0.schema.index(named: column) != nil }) { continue }
            _ = try Schema(unique(sources.flatMap(\.schema.fields))).index(ofColumn: column)
        }
        let masks = sources.reduce(into: Set<ExactName>()) { $0.formUnion($1.masks) }
        if sources.count > 1 {
            sources = try SourceAlignment.align(sources, options: each.forTable) {
                (index, types) throws(ColonnadeError) in
                var wider = each
                wider.types = types.merging(options.types)
                wider.isReopening = true
                return try open(units[index].paths, units[index].format, wider)
            }
        }
        if let mapping { sources = try sources.map(mapping) }
        var source = try SourceCombination.combine(sources, skipsBadRows: options.skipped != nil)
        if !options.columns.isEmpty {
            source = try SelectedSource(source, columns: try withMasks(options.columns, masks, in: source.schema))
        }
        var labels = options.labelNames
        for (column, path) in options.labels { labels[column] = try LabelFile.read(path) }
        if !labels.isEmpty { source = try LabelledSource(source, labels: labels) }
        return source
    }

    /// Throws `invalidArgument` for options that apply to none of the sources.
    private static func checkOptions(
        _ options: IngestOptions, _ formats: [SourceFormat], _ path: String
    ) throws(ColonnadeError) {
        if let name = options.text.setTableOptions.first, !formats.contains(where: { $0.kind == .table }) {
            let tables = SourceFormat.sentence(SourceFormat.allCases.filter { $0.kind == .table })
            throw ColonnadeError(
                .invalidArgument, "\(name) is for \(tables), and this is \(formats[0]): leave it out", at: .file(path))
        }
        if let name = options.text.setCommonOptions.first, !formats.contains(where: \.isText) {
            let texts = SourceFormat.sentence(SourceFormat.allCases.filter(\.isText))
            throw ColonnadeError(
                .invalidArgument, "\(name) is for \(texts): no value is missing in an array; leave it out",
                at: .file(path))
        }
        if options.imageRoot != nil, !formats.contains(.coco) {
            throw ColonnadeError(
                .invalidArgument, "--image-root is for COCO, and this is \(formats[0]): leave it out", at: .file(path))
        }
        let mediaOption =
            options.skipped != nil
            ? "--skip-bad" : !options.images.isEmpty ? "--image" : options.audioInfo ? "--audio-info" : nil
        if let mediaOption, !formats.contains(where: \.hasMedia) {
            let media = SourceFormat.sentence(SourceFormat.allCases.filter(\.hasMedia))
            throw ColonnadeError(
                .invalidArgument, "\(mediaOption) is for \(media), and this is \(formats[0]): leave it out",
                at: .file(path))
        }
    }

    /// Returns the columns, each followed by its mask where there is one.
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

    /// Joins neighbouring files of a format whose files are opened together.
    private static func units(
        _ files: [(path: String, format: SourceFormat)]
    ) -> [(paths: [String], format: SourceFormat)] {
        var units: [(paths: [String], format: SourceFormat)] = []
        for (path, format) in files {
            if format.openTogether != nil, units.last?.format == format {
                units[units.count - 1].paths.append(path)
            } else {
                units.append(([path], format))
            }
        }
        return units
    }

    /// Opens files, and applies the types that its source does not apply itself.
    private static func open(
        _ paths: [String], _ format: SourceFormat, _ options: IngestOptions
    ) throws(ColonnadeError) -> any RecordSource {
        let source: any RecordSource
        if let openTogether = format.openTogether {
            source = try openTogether(paths, options)
        } else {
            source = try format.open(paths[0], options)
        }
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
