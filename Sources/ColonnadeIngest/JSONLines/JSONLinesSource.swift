// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Records of a JSON Lines file, gzipped or not: one object a line; blank lines are ignored.
///
/// The file is read twice: once to settle the columns from all records, and once to convert them. Memory is bounded by the
/// longest line and the chunk asked for.
///
/// - Objects in objects become columns named `a.b`. A column's place is that of its key's first appearance.
/// - Numbers become int64, uint64 or, mixed with others, float64; true and false bool; strings text. `NaN`, `Infinity`
///   and `-Infinity`, which Python's `json` writes, are float64; as strings they are too, in a column of no other strings.
/// - Arrays become tensors. A dimension whose size is the same in all records is fixed, others vary.
/// - A value that is null, or whose key is absent, is missing: numbers and arrays of a fixed shape become float64 with NaN in its
///   place. Text, truth values, integers of a requested type and ragged arrays need a fill; it is the value or the text, of a
///   fixed shape each element, and a ragged array becomes empty.
/// - Kinds that do not go together are an error, as is an array of strings. A requested type settles it: `string` takes any
///   value, other than a string as its JSON text; types of numbers take also strings that hold one; `bytes` takes base64.
public final class JSONLinesSource: InferringSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int?
    public let reasons: [String]
    let columnsWithoutValues: Set<ExactName>
    let masks: Set<ExactName>

    private var pass: JSONPass

    /// Opens a file and settles its schema. Reads all of it, and twice if `types` are given.
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
        var survey = JSONSurvey(options, source: input.name)
        var reader = try LineReader(input, readSize: readSize)
        while try reader.next() {
            let line = reader.line
            try reader.withText { (text) throws(ColonnadeError) in try survey.observe(text, line: line) }
        }
        var gaps = TextGaps()
        let (columns, reasons) = try survey.settle(&gaps)

        let tokens = MissingTokens(options.text.missing)
        let builders = try columns.map { (column) throws(ColonnadeError) in
            try options.builder(column.field, tokens, source: input.name)
        }
        let writers = builders.map { JSONColumn($0, isDeclared: options.types[$0.field.name] != nil) }
        if !options.types.isEmpty {
            // Whether every value fits a requested type is found by converting it, before anything is written.
            var trial = try JSONPass(input, survey.paths, columns, writers, survey.recordCount, readSize: readSize)
            try trial.rehearse(&gaps)
        }
        try gaps.report(source: input.name)
        pass = try JSONPass(input, survey.paths, columns, writers, survey.recordCount, readSize: readSize)
        name = input.name
        schema = try builders.schema(source: input.name)
        masks = builders.masks
        rowCount = survey.recordCount
        self.reasons = reasons + builders.maskReasons
        columnsWithoutValues = survey.columnsWithoutValues
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try pass.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit)
    }
}
