// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The files of a folder: pictures, or sound, in a folder for each class, or with a table, or in one folder.
///
/// - The column `image` or `audio` has the bytes of each file. Its first bytes tell its media type, never its name. A column of
///   files of several types has the media type `image/*` or `audio/*`.
/// - With `IngestOptions.audioInfo`, `audio.frames`, `audio.channels` and `audio.sample_rate` follow `audio`.
/// - `label` is the number of the file's folder in the order of their names, and has these names. A folder without folders has no
///   such column.
/// - A table `metadata.csv`, `metadata.tsv` or `metadata.jsonl` in the folder has a row for each file, which its column `file_name`
///   names. Its rows and their order are those of the source, and its other columns follow the pictures. Folders are then no
///   classes, and may be of any depth.
/// - `file` is the path from the folder on. Without a table, the rows are in the order of the folders' names, and in each folder in
///   that of the files' names. Names are compared byte by byte.
/// - Links are followed. Names that begin with a dot, `Thumbs.db` and `desktop.ini` are ignored. All other files that are no
///   pictures or sound are errors, unless `IngestOptions.skipped` collects them.
public final class FolderSource: InferringSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int?
    public let reasons: [String]

    private struct File {
        let entry: FolderListing.Entry
        let byteCount: Int
    }

    let masks: Set<ExactName>
    /// Empty: the types of a table are settled when the source is opened.
    let columnsWithoutValues: Set<ExactName> = []

    private let files: [File]
    private let media: MediaColumn
    private let hasNames: Bool
    /// The table whose rows are the rows of the source, and the files by their names; nil if each file is a row.
    private let table: FolderTable?
    private let indices: NameMap<Int>
    private var queue: RowQueue
    private var nextFile = 0

    /// Lists a folder, reads the first bytes of each file, and the names in its table.
    ///
    /// Throws `invalidSource` with a list of the files that are no pictures or sound, and for a folder of another structure;
    /// `unsupported` without a reader of media in the options; the errors of the table; `fileNotFound`, `system`.
    public init(path: String, options: IngestOptions) throws(ColonnadeError) {
        let listing = if let listing = options.listing { listing } else { try FolderListing(path: path) }
        let path = listing.path
        if listing.table == nil { try options.refuseTextOptions(path) }
        var bad = BadFiles(surveying: path, options)
        for fault in listing.faults { try bad.note(fault.name, fault.error) }
        var entries = listing.entries
        var names: FolderTableNames?
        if let table = listing.table {
            let all = try FolderTableNames(entries, table: "\(path)/\(table)", options, &bad)
            entries = entries.filter { all.rows[$0.name] != nil }
            names = all
        }
        let media = try MediaColumn("image", options, source: path)
        // The files of one task may all be bad, or most of them, and those of the others are not.
        let known = bad.areSkipped ? options.columnOfTarget : nil
        var survey = MediaSurvey(media, isOfPictures: known.map { $0 == "image" })
        try survey.observe(entries.map { ($0.name, .file("\(path)/\($0.name)")) }, &bad)
        try bad.check(of: listing.entries.count + listing.faults.count)
        guard let column = survey.evidence.map({ MediaType.isPicture($0.type) ? "image" : "audio" }) ?? known else {
            throw ColonnadeError(.invalidSource, "none of its files is a picture or sound", at: .file(path))
        }
        try options.checkImages(column == "image" ? [column] : [], path)
        try options.checkAudioInfo(hasSound: column == "audio", path)
        let table = try listing.table.map { (name) throws(ColonnadeError) in
            try FolderTable(path: "\(path)/\(name)", options: options)
        }
        hasNames = options.takes("file")
        let own: [Field]
        if let evidence = survey.evidence {
            own = try media.fields(column, evidence, source: path, target: options.targetField(ofSource: column))
        } else {
            own = options.targetFields(ofSource: column)
        }
        var fields = own
        if let table { fields += try table.fields(besides: own) }
        if !listing.classes.isEmpty {
            fields.append(Field("label", .int64, meaning: .classLabels(listing.classes)))
        }
        if hasNames { fields.append(Field("file", kind: .string)) }
        schema = try Schema(fields)
        files = zip(entries, survey.byteCounts).compactMap { entry, count in
            count.map { File(entry: entry, byteCount: $0) }
        }
        indices = table == nil ? [:] : NameMap(files.enumerated().map { ($0.element.entry.name, $0.offset) })
        let rows = files.reduce(0) { $0 + (names?.rows[$1.entry.name] ?? 1) }
        name = path
        rowCount = bad.areSkipped ? nil : rows
        reasons = Self.reasons(fields, listing, media.storage) + (table?.reasons ?? [])
        masks = table?.masks ?? []
        self.media = media
        self.table = table
        queue = RowQueue(BadFiles(options.skipped, source: path), total: files.count)
        if hasNames { try checkNames() }
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try queue.chunk(schema, rowLimit: rowLimit, byteLimit: byteLimit) { () throws(ColonnadeError) in try nextJob() }
    }

    private func nextJob() throws(ColonnadeError) -> RowJob? {
        guard let table else {
            guard nextFile < files.count else { return nil }
            defer { nextFile += 1 }
            return job(files[nextFile], files[nextFile].entry.label.map { [RowValue($0)] } ?? [])
        }
        // Rows of files that are left out have no index.
        while let (name, values) = try table.next() {
            if let index = indices[name] { return job(files[index], values) }
        }
        return nil
    }

    private func job(_ file: File, _ values: [RowValue]) -> RowJob {
        let (media, field) = (media, schema[0])
        let others = values + (hasNames ? [RowValue(file.entry.name)] : [])
        let encoded = EncodedFile.file("\(name)/\(file.entry.name)")
        return RowJob(name: file.entry.name, byteCount: file.byteCount) { () throws(ColonnadeError) in
            try media.values(encoded, as: field) + others
        }
    }

    /// Throws `invalidSource` for a name that is no text.
    private func checkNames() throws(ColonnadeError) {
        guard let file = files.first(where: { $0.entry.name.holdsEscapedBytes }) else { return }
        throw ColonnadeError(
            .invalidSource,
            "the name \(file.entry.name.readableFileName) is not UTF-8, and the column file is text: rename it, or choose the other "
                + "columns (--columns)", at: .file(name))
    }

    private static func reasons(_ fields: [Field], _ listing: FolderListing, _ storage: PictureStorage) -> [String] {
        let type = if case .media(let type) = fields[0].meaning { type } else { "pixels" }
        let content = storage == .raw ? "decoded" : storage == .encoded ? "the bytes of each file" : "\(storage)"
        var reasons = ["\(fields[0].name): \(fields[0].typeDescription), \(type), \(content)"]
        if !listing.classes.isEmpty {
            reasons.append("label: \(Field("", .int64).typeDescription), the folders in the order of their names")
        }
        return reasons
    }
}
