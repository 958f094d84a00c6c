// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The options of an ingest.
///
///     var options = IngestOptions()
///     options.columns = ["image", "y=label"]
///     options.types = ["label": RequestedType(.uint8)]
///     options.text.masks = true
///
/// Types, fills and vectors use the names that columns have in the sources. Columns, labels and the codecs of `writer` use the
/// names that columns have in the data set.
public struct IngestOptions: Sendable {
    /// The format of all sources, instead of the one that their contents and names tell.
    public var format: SourceFormat?
    /// The columns to take, in this order: `["image", "y=label"]` takes two and calls the second y. Empty takes all.
    public var columns: [String] = []
    /// Column → its type.
    public var types: NameMap<RequestedType> = [:]
    /// Column → the value to put in place of a missing one.
    public var fills: NameMap<String> = [:]
    /// The fills by kind for columns that have no fill of their own. In arrays only times have missing values, `NaT`.
    public var kindFills = KindFills()
    /// The options of sources of text.
    public var text = TextOptions()
    /// Column → path of a file with one class name a line: the value i of the column means line i, counted from 0.
    public var labels: NameMap<String> = [:]
    /// Column → its class names, for those that are in no file.
    public var labelNames: NameMap<[String]> = [:]
    /// The reader of pictures and sound, `MediaFiles()` of ColonnadeMedia; nil if no source has them.
    public var media: (any MediaReader)?
    /// Column → the form in which its pictures are stored; `encoded` for the others.
    public var images: NameMap<PictureStorage> = [:]
    /// Whether columns with the length, the channels and the rate follow each column of sound: `audio.frames` (int64), `audio.channels`
    /// and `audio.sample_rate` (int32). FLAC, Ogg and MP3 need libsndfile for that.
    public var audioInfo = false
    /// Whether rows that are added to a data set get the class numbers that their class names have there. Otherwise class names in another
    /// order, or fewer of them, are an error. A class that the data set does not have is an error in both cases.
    public var mapsClassesByName = false
    /// The folder with the pictures of a file of COCO.
    public var imageRoot: String?
    /// Collects the bad files of folders and archives, which are then left out; nil if they are an error. Files that are left out decide
    /// nothing about the columns; to find them, all files are read twice.
    public var skipped: SkippedFiles?
    /// The options of the writer: replacing an existing file, grouping, codecs, metadata.
    public var writer = WriterOptions()

    /// The schema of the data set that is appended to; nil for a new one.
    var target: Schema?
    /// The columns of text whose values are never missing; their fills are ignored.
    var verbatimColumns: [String] = []
    /// The columns that another source has; their types and fills are ignored.
    var otherColumns: [String] = []
    /// The files to read of a folder that is the only source; nil for all.
    var listing: FolderListing?
    /// Whether a source is opened again, with other types.
    var isReopening = false
    /// Whether types and fills of columns that no source has are ignored.
    var toleratesAbsentColumns = false

    public init() {}

    /// The options of the writer, with the entry points that the reader of pictures finds.
    var writerWithMedia: WriterOptions {
        var writer = writer
        if let media, writer.entryPoints == nil { writer.entryPoints = media }
        return writer
    }

    /// Returns the format of a file, given or recognised.
    func format(of path: String) throws(ColonnadeError) -> SourceFormat {
        if let format { return format }
        let found = try SourceFormat(detecting: path)
        // Only a folder of pictures tells COCO from JSON Lines before all of it is read.
        return imageRoot != nil && found == .jsonl ? .coco : found
    }

    /// The options of a source of records of text. These have no columns to join to vectors.
    var forRecords: TextSourceOptions {
        var options = forText
        options.text.vectors = []
        return options
    }

    /// The options of a table of text. Its cells have no shape: columns get it after the source is opened.
    var forTable: TextSourceOptions {
        var options = forText
        options.types = options.types.mapValues {
            var element = $0
            element.shape = nil
            return element
        }
        return options
    }

    private var forText: TextSourceOptions {
        var options = TextSourceOptions(types: types, fills: fills, kindFills: kindFills, text: text)
        if !columns.isEmpty { options.taken = Set(chosenColumns.exactNames) }
        options.labelled = Set((labels.names + labelNames.names).map { ExactName(sourceName(of: $0)) })
        for field in target?.fields ?? [] where field.hasClasses {
            options.labelled.insert(ExactName(sourceName(of: field.name)))
        }
        options.verbatim = Set(verbatimColumns.exactNames)
        let (verbatim, others) = (options.verbatim, Set(otherColumns.exactNames))
        options.keepOptions { !others.contains(ExactName($0)) }
        options.keepOptions(dropsTypes: false) { !verbatim.contains(ExactName($0)) }
        options.toleratesAbsentColumns = toleratesAbsentColumns
        return options
    }

    /// Returns the name in the sources of a column of the data set.
    func sourceName(of column: String) -> String {
        let renamed = columns.first { $0.startsWithBytes(of: "\(column)=") }
        return renamed.map { String($0.unicodeScalars.dropFirst(column.unicodeScalars.count + 1)) } ?? column
    }

    /// Returns the column of the data set that is appended to which a column of the sources becomes; nil if there is none.
    func targetField(ofSource column: String) -> Field? {
        target?.first { sourceName(of: $0.name).hasBytes(of: column) }
    }

    /// The column of pictures or of sound that the data set has to which files are added; nil without one.
    var columnOfTarget: String? { ["image", "audio"].first { targetField(ofSource: $0) != nil } }

    /// Returns the columns of the data set that a column of files gives, which for sound has its length, channels and rate beside it.
    func targetFields(ofSource column: String) -> [Field] {
        [column, "\(column).frames", "\(column).channels", "\(column).sample_rate"].compactMap { name in
            targetField(ofSource: name).map { field in
                var own = field
                own.name = name
                return own
            }
        }
    }

    /// The names in the sources of the columns that are taken, which may be renamed.
    var chosenColumns: [String] { columns + columns.compactMap { $0.cut(at: "=")?.after } }

    /// Returns the fill for `NaT` in an array of times; nil for none.
    func timeFill(_ column: String) -> String? { fills[column] ?? kindFills.texts[.time] }

    /// Whether a column of a source is taken.
    func takes(_ column: String) -> Bool {
        columns.isEmpty || chosenColumns.contains { $0.hasBytes(of: column) }
    }

    /// Throws `unknownKey` if a storage is given for a column that has no pictures.
    func checkImages(_ columns: [String], _ path: String) throws(ColonnadeError) {
        guard let name = images.names.first(where: { name in !columns.contains { $0.hasBytes(of: name) } }) else {
            return
        }
        let known = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        throw ColonnadeError(
            .unknownKey,
            "a storage is given for \"\(name)\", and "
                + (columns.isEmpty ? "there is no column of pictures" : "the columns of pictures are \(known)"),
            at: .file(path))
    }

    /// Throws `invalidArgument` if the lengths of sound are asked for, and there is none.
    func checkAudioInfo(hasSound: Bool, _ path: String) throws(ColonnadeError) {
        guard audioInfo, !hasSound else { return }
        throw ColonnadeError(
            .invalidArgument, "--audio-info is for sound, and there is none: leave it out", at: .file(path))
    }

    /// Throws `invalidArgument` for an option about missing values, which a source without text does not have.
    func refuseTextOptions(_ path: String) throws(ColonnadeError) {
        guard let name = text.setCommonOptions.first else { return }
        throw ColonnadeError(
            .invalidArgument, "\(name) is for missing values, and no value of it can be missing: leave it out",
            at: .file(path))
    }

    /// Returns the options of the writer, with the storage of pictures that are not stored as their files in the metadata. Throws
    /// `invalidArgument` if the metadata has such a key already.
    func writerDescribingImages(of schema: Schema) throws(ColonnadeError) -> WriterOptions {
        var writer = writerWithMedia
        for field in schema {
            guard let storage = images[sourceName(of: field.name)], storage != .encoded else { continue }
            let key = field.storageKey
            guard writer.metadata.updateValue(storage.description, forName: key) == nil else {
                throw ColonnadeError(
                    .invalidArgument, "the metadata has \"\(key)\", which describes the pictures: choose another key")
            }
        }
        return writer
    }
}
