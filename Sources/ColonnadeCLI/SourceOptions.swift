// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia

/// The options about sources that `ingest` and `append` have.
struct SourceOptions: ParsableArguments {
    @Option(help: "The format of all sources, if their contents and names do not tell it: \(SourceFormat.names).")
    var format: String?

    @Option(help: ArgumentHelp("Only these columns, in this order; new=old renames one.", valueName: "a,b,…"))
    var columns: [ColumnList] = []

    @Option(
        help: ArgumentHelp(
            "The type of a column, instead of the one found: string, bytes, or that of its elements (bool, int8 … int64, "
                + "uint8 … uint64, float16, bfloat16, float32, float64, or date, time[us], timestamp[us], "
                + "'timestamp[us, UTC]', duration[us] of text after ISO 8601), which may have a shape: uint8[28,28], int32[?].",
            valueName: "column=type"))
    var type: [Assignment<RequestedType>] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A text that stands for a missing value. The given ones replace the usual ones: an empty field, NA, N/A, null, "
                + "NULL, None. NaN is a number.", valueName: "text"))
    var missing: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "The value that replaces the missing values of a column; '*=float:nan,int:-1,str:' for all other columns of "
                + "text sources, by kind: float, int, bool, str, bytes, time. Without a fill, missing numbers, times and truth "
                + "values are an error, and text stays as it is written.", valueName: "column=value"))
    var fill: [Assignment<String>] = []

    @Flag(
        help: ArgumentHelp(
            "Adds a bool column NAME.valid after each column of text sources with a fill: false where the value was missing. "
                + "Without a fill all have one, and what is missing becomes 0, false, nothing or NaN."))
    var mask = false

    @Option(
        help: ArgumentHelp("Neighbouring columns of CSV that become one tensor.", valueName: "name=first:last"))
    var vector: [Assignment<ColumnRange>] = []

    @Option(
        help: ArgumentHelp(
            "A file of class names, one a line: the value 0 of the column means the first. Lines end with LF or CRLF; spaces and "
                + "tabs around a name, a byte-order mark and blank lines at the end are ignored. Blank lines between names and "
                + "repeated names are errors. The value -1 of a signed column means no class.", valueName: "column=file"
        ))
    var labels: [Assignment<String>] = []

    @Option(
        help: ArgumentHelp(
            "How a column of pictures is stored: encoded (the bytes of each file, by default), encoded,baseline (progressive JPEG "
                + "files become baseline ones with the same pixels), raw (pixels), raw-if-small (for each picture its file or its "
                + "pixels, whichever is smaller), mixed=0.5 (pixels of which the file has at least half the bytes), or "
                + "encoded,max-side=512,quality=90 (JPEG files of at most that size, which loses something).",
            valueName: "column=storage"))
    var image: [Assignment<PictureStorage>] = []

    @Option(help: "The folder with the pictures of a JSON file of COCO.", completion: .directory)
    var imageRoot: String?

    @Flag(
        help: ArgumentHelp(
            "Adds columns with the length, the channels and the rate of sound: audio.frames, audio.channels, audio.sample_rate."
        ))
    var audioInfo = false

    @Flag(
        help:
            "Leaves out bad files of folders and archives, and reports them. Without it they are an error that lists them."
    )
    var skipBad = false

    @Option(help: "The character between the fields of a CSV record, or \"tab\".")
    var delimiter: String?

    @Option(
        help: ArgumentHelp(
            "The character that encloses CSV fields, or \"none\"; by default \" in CSV, and none in TSV.",
            valueName: "character|none"))
    var quote: QuoteChoice?

    @Flag(
        help: ArgumentHelp(
            "Reads \\t, \\n, \\r and \\\\ in CSV and TSV fields as a tab, line ends and a backslash; needs files without quotes "
                + "(--quote none, TSV)."))
    var escapes = false

    @Flag(
        inversion: .prefixedNo,
        help:
            "Whether the first CSV record has the names of the columns, which keep their spaces; if not, they are c0, c1, …."
    )
    var header: Bool?

    func validate() throws {
        guard delimiter == nil || delimiterCharacter != nil else {
            throw ValidationError("--delimiter is one character, or \"tab\".")
        }
    }

    private var delimiterCharacter: Character? {
        guard let delimiter else { return nil }
        if delimiter == "tab" || delimiter == "\\t" { return "\t" }
        return delimiter.count == 1 ? delimiter.first : nil
    }

    /// Returns the options for the ingest. Throws `invalidArgument` for options that are not valid or are given twice.
    func ingestOptions() throws -> IngestOptions {
        var options = IngestOptions()
        if let format { options.format = try SourceFormat(named: format) }
        options.columns = columns.names
        options.types = try type.unique("--type")
        if !missing.isEmpty { options.text.missing = missing }
        options.fills = try fill.unique("--fill")
        if let kinds = options.fills.removeValue(forName: "*") { options.kindFills = try KindFills(command: kinds) }
        options.text.masks = mask
        options.text.vectors = try vector.unique("--vector").map { name, range in
            VectorColumn(name: name, first: range.first, last: range.last)
        }
        options.labels = try labels.unique("--labels")
        options.media = MediaFiles()
        options.imageRoot = imageRoot
        options.images = try image.unique("--image")
        options.audioInfo = audioInfo
        if skipBad { options.skipped = SkippedFiles() }
        options.text.delimiter = delimiterCharacter
        options.text.quoting = quote?.quoting ?? .automatic
        options.text.escapes = escapes
        options.text.header = header
        return options
    }
}

extension PictureStorage: AssignedValue {
    static var mayContainEqualsSign: Bool { true }

    init?(assigned text: Substring) {
        guard let storage = try? PictureStorage(parsing: String(text)) else { return nil }
        self = storage
    }
}

extension RequestedType: AssignedValue {
    init?(assigned text: Substring) {
        guard let type = try? RequestedType(parsing: String(text)) else { return nil }
        self = type
    }
}
