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
    /// The options of the writer: replacing an existing file, grouping, codecs, metadata.
    public var writer = WriterOptions()

    /// The schema of the data set that is appended to; nil for a new one.
    var target: Schema?
    /// Whether types and fills of columns that no source has are ignored.
    var toleratesAbsentColumns = false

    public init() {}

    /// Returns the format of a file, given or recognised.
    func format(of path: String) throws(ColonnadeError) -> SourceFormat {
        if let format { return format }
        return try SourceFormat(detecting: path)
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
        options.types = types.mapValues {
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
        options.toleratesAbsentColumns = toleratesAbsentColumns
        return options
    }

    /// Returns the name in the sources of a column of the data set.
    func sourceName(of column: String) -> String {
        let renamed = columns.first { $0.startsWithBytes(of: "\(column)=") }
        return renamed.map { String($0.unicodeScalars.dropFirst(column.unicodeScalars.count + 1)) } ?? column
    }

    /// The names in the sources of the columns that are taken, which may be renamed.
    var chosenColumns: [String] { columns + columns.compactMap { $0.cut(at: "=")?.after } }

    /// Returns the fill for `NaT` in an array of times; nil for none.
    func timeFill(_ column: String) -> String? { fills[column] ?? kindFills.texts[.time] }
}
