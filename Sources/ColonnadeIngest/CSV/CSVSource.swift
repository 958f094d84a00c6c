// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Records of a CSV file (RFC 4180) or of tab-separated values, gzipped or not.
///
/// The file is read twice: once to settle the type of each column from all of its values, and once to convert them. Memory
/// is bounded by the longest record and the chunk asked for.
///
/// - Truth values become bool, whole numbers int64 or uint64, other numbers float64, and everything else text.
/// - Missing numbers and truth values are an error that names all columns with such, unless there is a fill. Text keeps
///   missing values as they are written.
/// - Spaces around numbers are ignored; in text they are kept.
/// - In files called `.tsv` or `.tab` quotes are characters like others, unless `TextOptions.quoting` says otherwise.
/// - A column whose requested type is bytes holds base64.
public final class CSVSource: InferringSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int?
    public let reasons: [String]
    let columnsWithoutValues: Set<ExactName>
    let masks: Set<ExactName>

    private let plan: CSVPlan
    private var pass: CSVPass

    /// Opens a file and settles its schema. Reads all of it.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - types: Column → its type, instead of the inferred one.
    ///   - fills: Column → the value to put in place of a missing one.
    ///   - kindFills: The fills by kind for columns that have no fill of their own.
    ///   - options: The options of text.
    /// - Throws: `fileNotFound`, `system`; `invalidSource` with the place of a value that is wrong; `unknownKey` and
    ///   `invalidArgument` for arguments that do not fit the file.
    public convenience init(
        path: String, types: NameMap<RequestedType> = [:], fills: NameMap<String> = [:],
        kindFills: KindFills = KindFills(), options: TextOptions = TextOptions()
    ) throws(ColonnadeError) {
        let all = TextSourceOptions(types: types, fills: fills, kindFills: kindFills, text: options)
        try self.init(.file(path), options: all)
    }

    /// Opens a source over any input. `readSize` is for tests.
    package init(
        _ input: TextInput, options: TextSourceOptions, readSize: Int = 1 << 20
    ) throws(ColonnadeError) {
        let dialect = try Self.dialect(options.text, input)
        var reader = try CSVReader(input, dialect, readSize: readSize)
        let header = try reader.readHeader(options.text.header)
        if options.text.delimiter == nil, !reader.isHeaderQuoted {
            try Self.checkDelimiter(header, dialect.separator, input)
        }
        let plan = try CSVPlan(header: header, options: options, source: input.name)
        let survey = try CSVSurvey(plan, &reader, options: options)
        let tokens = MissingTokens(options.text.missing)
        let builders = try survey.fields.map { (field) throws(ColonnadeError) in
            try options.builder(field, tokens, source: input.name)
        }

        name = input.name
        schema = try builders.schema(source: input.name)
        rowCount = reader.recordCount
        reasons = Self.reasons(survey, plan, unnamed: reader.unnamedColumns) + builders.maskReasons
        masks = builders.masks
        columnsWithoutValues = survey.columnsWithoutValues
        self.plan = plan

        var second = try CSVReader(input, dialect, readSize: readSize)
        guard try second.readHeader(options.text.header) == header else {
            throw ColonnadeError(
                .invalidSource, "its header changed while it was read; leave it alone", at: .file(name))
        }
        pass = CSVPass(second, plan.targets, builders, rowCount: reader.recordCount)
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try pass.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit)
    }

    /// Throws `invalidSource` for a header of one name that contains another delimiter: the file would become one column.
    private static func checkDelimiter(
        _ header: [String], _ delimiter: UInt8, _ input: TextInput
    ) throws(ColonnadeError) {
        let others: [(text: Unicode.Scalar, name: String)] = [(";", "';'"), ("\t", "tab"), ("|", "'|'"), (",", "','")]
        guard header.count == 1, let other = others.first(where: { header[0].cut(at: $0.text) != nil }) else { return }
        throw ColonnadeError(
            .invalidSource,
            "the header is one name, and \(other.name) in it seems to separate the fields: use --delimiter "
                + "\(other.name); if it is one column all the same, --delimiter \(delimiter == 9 ? "tab" : "','")",
            at: .file(input.name))
    }

    /// Returns the reasons for types, with those for made-up names.
    private static func reasons(_ survey: CSVSurvey, _ plan: CSVPlan, unnamed: [Int]) -> [String] {
        var reasons = survey.reasons
        for column in unnamed where !plan.outputs[plan.targets[column]].isVector {
            let field = survey.fields[plan.targets[column]]
            let start = "\(field.name): "
            let note = "the header has no name for column \(column + 1)"
            if let index = reasons.firstIndex(where: { $0.startsWithBytes(of: start) }) {
                reasons[index] += "; \(note)"
            } else {
                reasons.append("\(start)\(field.typeDescription), under a made-up name, because \(note)")
            }
        }
        return reasons
    }

    private static func dialect(_ options: TextOptions, _ input: TextInput) throws(ColonnadeError) -> CSVDialect {
        let isTabSeparated = SourceFormat.ofName(input.name) == .tsv
        return try CSVDialect(
            separator: options.delimiter ?? (isTabSeparated ? "\t" : ","),
            quote: options.quoting.quote(isTabSeparated: isTabSeparated), escapes: options.escapes)
    }
}
