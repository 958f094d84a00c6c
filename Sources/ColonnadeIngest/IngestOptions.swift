// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The options of an ingest.
///
/// Types, fills and vectors go by the names that columns have in the sources; columns, and from there on labels and the
/// codecs of `writer`, by the names that they have in the data set.
public struct IngestOptions: Sendable {
    /// The format of all sources, instead of the one that their contents and names tell.
    public var format: SourceFormat?
    /// The columns to take, in this order: `["image", "y=label"]` takes two and calls the second y. Empty takes all.
    public var columns: [String] = []
    /// Column → its type.
    public var types: NameMap<RequestedType> = [:]
    /// Texts that stand for a missing value.
    public var missing = TextOptions.usualMissing
    /// Column → the value to put in place of a missing one.
    public var fills: NameMap<String> = [:]
    /// The fills by kind for columns of text sources that have no fill of their own.
    public var kindFills = KindFills()
    /// Whether a bool column `NAME.valid` follows each column of text that has a fill: false where the value, or a part of it,
    /// was missing. Without any fill, all columns have one, and what is missing becomes 0, false, nothing or NaN.
    public var masks = false
    /// Runs of CSV columns that become one tensor each.
    public var vectors: [VectorColumn] = []
    /// Between the fields of a CSV record; nil takes a tab for TSV and a comma for CSV.
    public var delimiter: Character?
    /// The quoting of the fields of a CSV record.
    public var quoting = Quoting.automatic
    /// Whether `\t`, `\n`, `\r` and `\\` in CSV fields without quotes stand for a tab, line ends and a backslash.
    public var escapes = false
    /// Whether the first CSV record names the columns; nil finds out.
    public var header: Bool?
    /// Column → path of a file with one name a line: value i of the column means the i-th.
    public var labels: NameMap<String> = [:]
    /// Column → its names, for those that are in no file.
    public var labelNames: NameMap<[String]> = [:]
    /// The options of the writer: replacing an existing file, grouping, codecs, metadata.
    public var writer = WriterOptions()

    /// The schema of the data set that is appended to; nil for a new one.
    var target: Schema?
    /// Whether types and fills of columns that no source has are passed over.
    var toleratesAbsentColumns = false

    public init() {}

    /// Returns the format of a file, given or recognised.
    func format(of path: String) throws(ColonnadeError) -> SourceFormat {
        if let format { return format }
        return try SourceFormat(detecting: path)
    }

    /// The options of a source of records of text. These have no columns to join to vectors.
    var forRecords: TextOptions {
        var options = TextOptions()
        options.types = types
        options.missing = missing
        options.fills = fills
        options.kindFills = kindFills
        options.masks = masks
        if !columns.isEmpty { options.taken = Set(chosenColumns.exactNames) }
        options.labelled = Set((labels.names + labelNames.names).map { ExactName(sourceName(of: $0)) })
        for field in target?.fields ?? [] where field.hasClasses {
            options.labelled.insert(ExactName(sourceName(of: field.name)))
        }
        options.toleratesAbsentColumns = toleratesAbsentColumns
        return options
    }

    /// The options of a table of text. Its cells have no shape: columns get it after the source is opened.
    var forTable: TextOptions {
        var options = forRecords
        options.types = types.mapValues {
            var element = $0
            element.shape = nil
            return element
        }
        options.vectors = vectors
        options.delimiter = delimiter
        options.quoting = quoting
        options.escapes = escapes
        options.header = header
        return options
    }

    /// The name in the sources of a column of the data set.
    func sourceName(of column: String) -> String {
        let renamed = columns.first { $0.startsWithBytes(of: "\(column)=") }
        return renamed.map { String($0.unicodeScalars.dropFirst(column.unicodeScalars.count + 1)) } ?? column
    }

    /// The options given that only tables of text have.
    var namesOfTableOptions: [String] {
        [
            vectors.isEmpty ? nil : "--vector", delimiter == nil ? nil : "--delimiter",
            quoting == .automatic ? nil : "--quote",
            escapes ? "--escapes" : nil, header == nil ? nil : "--header",
        ].compactMap { $0 }
    }

    /// The options given that only sources of text have.
    var namesOfTextOptions: [String] {
        [masks ? "--mask" : nil, missing == TextOptions.usualMissing ? nil : "--missing"].compactMap { $0 }
    }

    /// The names in the sources of the columns that are taken, which may be renamed.
    var chosenColumns: [String] { columns + columns.compactMap { $0.cut(at: "=")?.after } }

    /// The fill for `NaT` in an array of times; nil for none.
    func timeFill(_ column: String) -> String? { fills[column] ?? kindFills.texts[.time] }
}
