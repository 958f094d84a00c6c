// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Makes sources fit the data set that they are appended to.
enum AppendedSource {
    /// Throws what opening does, and `invalidSource` with all differences if the columns are not those of the data set.
    static func open(
        _ paths: [String], _ options: IngestOptions, for dataset: any OpenDataset
    ) throws(ColonnadeError) -> any RecordSource {
        var opening = options
        var isText = true
        for path in paths {
            if try !options.format(of: path).isText { isText = false }
        }
        if isText {
            opening.types = types(of: dataset, options)
            opening.target = dataset.schema
            // A column that is missing is reported below, with all other differences.
            opening.toleratesAbsentColumns = true
        }
        try checkStorage(ofFilesAt: paths, options, in: dataset)
        func mapped(_ source: any RecordSource) throws(ColonnadeError) -> any RecordSource {
            try MappedClassesSource(source, to: dataset.schema, of: dataset.path)
        }
        // Folders with other classes have one column of them after this.
        var source = try SourceOpener.open(paths, opening, mapping: options.mapsClassesByName ? mapped : nil)
        try checkStorage(of: source.schema, options, in: dataset)
        source = try widened(source, for: dataset)
        // Columns may have got the names of the data set since.
        if options.mapsClassesByName { source = try mapped(source) }
        source = try MeantSource(source, as: dataset.schema)
        let differences = SchemaDifference.between(dataset.schema, dataset.path, source.schema, source.name)
        guard differences.isEmpty else {
            let remedy =
                audioRemedy(dataset.schema, source.schema) ?? classRemedy(dataset.schema, source.schema)
                ?? "Convert (--type), choose or rename (--columns) them"
            throw ColonnadeError(
                .invalidSource,
                "the columns are not those of the data set: \(differences.joined(separator: "; ")). \(remedy)")
        }
        return source.schema.hasNames(of: dataset.schema)
            ? source : try SelectedSource(source, columns: dataset.schema.names)
    }

    /// Returns the remedy if a column has other class names in the schemas; otherwise nil.
    private static func classRemedy(_ stored: Schema, _ source: Schema) -> String? {
        guard SchemaDifference.isOfClasses(stored, source) else { return nil }
        if MappedClassesSource.canMap(source, to: stored) {
            return
                "The data set has all of these classes: --labels-by-name gives each row the number that its class has there"
        }
        return "Ingest them into a file of their own, and join both in Python by the names of the classes: "
            + "colonnade.concat(first, second, labels=\"by_name\")"
    }

    /// Returns the remedy if only one of the schemas has the length, the channels and the rate of sound; otherwise nil.
    private static func audioRemedy(_ stored: Schema, _ source: Schema) -> String? {
        for field in stored where field.kind == .bytes {
            guard case .media(let type) = field.meaning, !MediaType.isPicture(type) else { continue }
            let frames = "\(field.name).frames"
            switch (stored.index(named: frames), source.index(named: frames)) {
            case (.some, nil): return "The data set was made with --audio-info: give it here too"
            case (nil, .some): return "The data set was made without --audio-info: leave it out here too"
            default: continue
            }
        }
        return nil
    }

    /// Throws `invalidArgument` if files of pictures would have another storage than those of the data set. Their columns would differ too,
    /// and the message about types has another remedy.
    private static func checkStorage(
        ofFilesAt paths: [String], _ options: IngestOptions, in dataset: any OpenDataset
    ) throws(ColonnadeError) {
        for path in paths { guard try options.format(of: path).hasMedia else { return } }
        for field in dataset.schema {
            let key = field.storageKey
            var stored = dataset.metadata.first { $0.key.hasBytes(of: key) }?.value
            if field.kind == .bytes, case .media(let type) = field.meaning, MediaType.isPicture(type) {
                stored = stored ?? "\(PictureStorage.encoded)"
            }
            // No option gives a storage that has no `PictureStorage`; where channels are is compared later.
            guard let stored, (try? PictureStorage(parsing: stored)) != nil else { continue }
            let storage = options.images[options.sourceName(of: field.name)] ?? .encoded
            try field.checkStorage("\(storage)", isThat: stored, of: dataset.path)
        }
    }

    /// Throws `invalidArgument` if pictures would have another storage than those of the data set, whose metadata describes all of them.
    private static func checkStorage(
        of schema: Schema, _ options: IngestOptions, in dataset: any OpenDataset
    ) throws(ColonnadeError) {
        for field in schema {
            let storage = options.images[options.sourceName(of: field.name)]?.description
            if field.kind == .tensor {
                guard let storage, let index = dataset.schema.index(named: field.name) else { continue }
                let place = field.channelPlace(ofStorage: storage)
                try dataset.schema[index].checkChannels(place, at: .file(dataset.path))
                continue
            }
            guard field.kind == .bytes, case .media(let type) = field.meaning, MediaType.isPicture(type) else {
                continue
            }
            let key = field.storageKey
            let stored = dataset.metadata.first { $0.key.hasBytes(of: key) }?.value
            try field.checkStorage(storage ?? "\(PictureStorage.encoded)", isThat: stored, of: dataset.path)
        }
    }

    /// Converts columns whose values the types of the data set hold: int8 becomes int64, and not the other way round.
    private static func widened(
        _ source: any RecordSource, for dataset: any OpenDataset
    ) throws(ColonnadeError) -> any RecordSource {
        var types: NameMap<RequestedType> = [:]
        var because: NameMap<String> = [:]
        for field in source.schema where field.kind == .tensor {
            guard let index = dataset.schema.index(named: field.name) else { continue }
            let wider = dataset.schema[index]
            guard wider.kind == .tensor, wider.dtype != field.dtype,
                field.dtype.joined(with: wider.dtype) == wider.dtype
            else { continue }
            types[field.name] = RequestedType(wider.dtype)
            because[field.name] =
                "because it is \(field.typeDescription) in \(source.name) and \(wider.typeDescription) in \(dataset.path)"
        }
        return types.isEmpty ? source : try ConvertedSource(source, types: types, because: because)
    }

    /// Returns the types of the data set, by the names that its columns have in the sources; the types of the options
    /// take precedence.
    private static func types(
        of dataset: any OpenDataset, _ options: IngestOptions
    ) -> NameMap<RequestedType> {
        var types: NameMap<RequestedType> = [:]
        let names = Set(dataset.schema.map { ExactName($0.maskName) })
        for field in dataset.schema {
            // A mask is made, and not read.
            if options.text.masks, field.dtype == .bool, names.contains(ExactName(field.name)) { continue }
            types[options.sourceName(of: field.name)] = RequestedType(field)
        }
        return types.merging(options.types)
    }
}

/// The records of another source, where columns have the meaning that those of a schema have.
private final class MeantSource: RecordSource {
    let schema: Schema
    private let base: any RecordSource

    var name: String { base.name }
    var rowCount: Int? { base.rowCount }
    var reasons: [String] { base.reasons }

    init(_ base: any RecordSource, as target: Schema) throws(ColonnadeError) {
        var schema = base.schema
        var labels: NameMap<[String]> = [:]
        for (index, field) in base.schema.enumerated() {
            guard let column = target.index(named: field.name) else { continue }
            let meant = target[column]
            guard meant.typeDescription == field.typeDescription else { continue }
            guard field.meaning == nil || field.isOfMedia(in: meant) else { continue }
            var copy = field
            copy.meaning = meant.meaning
            schema = schema.replacing(index, with: copy)
            if case .classLabels(let names) = meant.meaning { labels[field.name] = names }
        }
        self.schema = schema
        self.base = labels.isEmpty ? base : try LabelledSource(base, labels: labels)
    }

    func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try base.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit)
    }
}

extension Field {
    /// Whether the files of the column may be in one whose files differ, as `image/png` may be in `image/*`.
    fileprivate func isOfMedia(in other: Field) -> Bool {
        guard case .media(let type) = meaning, case .media(let wider) = other.meaning else { return false }
        return MediaType.joined(type, wider)?.hasBytes(of: wider) == true
    }
}
