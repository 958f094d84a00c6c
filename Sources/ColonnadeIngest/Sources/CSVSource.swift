// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Records of a CSV or TSV file (RFC 4180), gzipped or not.
///
/// The file is read twice: once to settle the type of each column from all of its values, and once to convert them. Memory
/// is bounded by the longest record and the chunk asked for.
///
/// - Truth values become bool, whole numbers int64 or uint64, other numbers float64, and everything else text.
/// - Where numbers are missing, the column is float64 with NaN, unless a fill was given. Text keeps missing values as they
///   are written.
/// - Spaces around numbers are ignored; in text they are kept.
/// - A column whose requested type is bytes holds base64.
public final class CSVSource: RecordSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int
    public let reasons: [String]

    private let plan: CSVPlan
    private var pass: CSVPass

    /// Opens a file and settles its schema; reads all of it. Throws `fileNotFound`, `system`, `invalidSource` with the place
    /// of what is wrong, and `unknownKey` or `invalidArgument` for options that do not go with the file.
    public convenience init(path: String, options: TextOptions = TextOptions()) throws(ColonnadeError) {
        try self.init(.file(path), options: options)
    }

    /// The same over any input. `readSize` is for tests.
    package init(_ input: TextInput, options: TextOptions, readSize: Int = 1 << 20) throws(ColonnadeError) {
        let delimiter = try Self.delimiter(options, input)
        var reader = try CSVReader(input, delimiter: delimiter, readSize: readSize)
        let header = try reader.readHeader(options.header)
        let plan = try CSVPlan(header: header, options: options, source: input.name)
        let survey = try CSVSurvey(plan, &reader, options: options)
        let schema = try Schema(survey.fields)

        name = input.name
        self.schema = schema
        rowCount = reader.recordCount
        reasons = survey.reasons
        self.plan = plan

        var builders: [ColumnBuilder] = []
        let tokens = MissingTokens(options.missing)
        for (field, output) in zip(survey.fields, plan.outputs) {
            builders.append(try ColumnBuilder(field, missing: tokens, fill: output.fill, source: input.name))
        }
        var second = try CSVReader(input, delimiter: delimiter, readSize: readSize)
        guard try second.readHeader(options.header) == header else {
            throw ColonnadeError(
                .invalidSource, "its header changed while it was read; leave it alone", at: .file(name))
        }
        pass = CSVPass(second, plan.targets, builders, rowCount: reader.recordCount)
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try pass.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit)
    }

    private static func delimiter(_ options: TextOptions, _ input: TextInput) throws(ColonnadeError) -> UInt8 {
        guard let delimiter = options.delimiter else {
            var name = input.name.lowercased()[...]
            if name.hasSuffix(".gz") { name = name.dropLast(3) }
            return name.hasSuffix(".tsv") || name.hasSuffix(".tab") ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        }
        guard let byte = delimiter.asciiValue, byte != 10, byte != 13, byte != UInt8(ascii: "\""), byte != 0 else {
            throw ColonnadeError(
                .invalidArgument, "\"\(delimiter)\" cannot separate fields; use one ASCII character other than a quote")
        }
        return byte
    }
}

/// The first pass over a CSV file: what its columns hold, and that what was asked for fits.
struct CSVSurvey: Sendable {
    private(set) var fields: [Field] = []
    private(set) var reasons: [String] = []

    init(_ plan: CSVPlan, _ reader: inout CSVReader, options: TextOptions) throws(ColonnadeError) {
        let tokens = MissingTokens(options.missing)
        var evidence = [ColumnEvidence](repeating: ColumnEvidence(), count: plan.outputs.count)
        // Columns with a requested type are converted on trial, so that what does not fit is reported before anything is
        // written.
        var trials: [ColumnBuilder?] = []
        for output in plan.outputs {
            trials.append(
                try output.requested.map { (type) throws(ColonnadeError) in
                    try ColumnBuilder(output.field(type), missing: tokens, fill: output.fill, source: reader.name)
                })
        }
        let source = reader.name
        let targets = plan.targets
        let isTrial = trials.map { $0 != nil }
        var scratch: [UInt8] = []
        _ = try reader.visit { (bytes, fields, record) throws(ColonnadeError) in
            for column in fields.indices {
                let target = targets[column]
                let misfit = CSVReader.withText(of: fields[column], in: bytes, &scratch) { text -> Misfit? in
                    guard isTrial[target] else {
                        evidence[target].observe(text, record: record, missing: tokens)
                        return nil
                    }
                    return trials[target]?.tryOut(text)
                }
                if let misfit, let field = trials[target]?.field {
                    throw CSVSurvey.error(misfit, fields[column], bytes, field, source, record)
                }
            }
            return .next
        }
        try settle(plan, evidence, SchemaInference(source: source))
    }

    private mutating func settle(
        _ plan: CSVPlan, _ evidence: [ColumnEvidence], _ inference: SchemaInference
    ) throws(ColonnadeError) {
        for (output, evidence) in zip(plan.outputs, evidence) {
            if let requested = output.requested {
                fields.append(output.field(requested))
                continue
            }
            let settled = try inference.settleText(output.name, evidence, fill: output.fill)
            if let reason = settled.reason { reasons.append(reason) }
            guard let dtype = settled.type.dtype else {
                guard !output.isVector else {
                    throw ColonnadeError(
                        .invalidSource,
                        "not all of its values are numbers (\(settled.reason ?? "all are text")); leave out "
                            + "the column that is text, or take such values as missing with --missing",
                        at: .record(source: inference.source, record: nil, column: output.name))
                }
                fields.append(output.field(.string))
                continue
            }
            fields.append(output.field(RequestedType(dtype)))
        }
    }

    static func error(
        _ misfit: Misfit, _ cell: CSVField, _ bytes: Span<UInt8>, _ field: Field, _ source: String, _ record: Int
    ) -> ColonnadeError {
        var scratch: [UInt8] = []
        let value = CSVReader.withText(of: cell, in: bytes, &scratch) { String(quoting: $0) }
        return misfit.error(value, in: field, source: source, record: record)
    }
}

/// The second pass over a CSV file: its values, in chunks.
struct CSVPass: ~Copyable {
    private var reader: CSVReader
    private let targets: [Int]
    private var builders: [ColumnBuilder]
    private let rowCount: Int
    /// Bytes of a row; nil if rows differ.
    private let rowBytes: Int?
    private var scratch: [UInt8] = []

    init(_ reader: consuming CSVReader, _ targets: [Int], _ builders: [ColumnBuilder], rowCount: Int) {
        self.reader = reader
        self.targets = targets
        self.builders = builders
        self.rowCount = rowCount
        rowBytes = builders.reduce(Optional(0)) { sum, builder in
            builder.field.fixedByteCount.flatMap { bytes in sum.map { $0 + bytes } }
        }
    }

    mutating func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        let fixedLimit = rowBytes.map { max(1, byteLimit / max($0, 1)) } ?? Int.max
        let limit = max(1, min(rowLimit, fixedLimit))
        let hasFixedRows = rowBytes != nil
        let source = reader.name
        var rows = 0
        var byteCount = 0
        let isAtEnd = try reader.visit { (bytes, fields, record) throws(ColonnadeError) in
            if !hasFixedRows { for index in builders.indices { builders[index].mark() } }
            for column in fields.indices {
                let target = targets[column]
                let misfit = CSVReader.withText(of: fields[column], in: bytes, &scratch) { builders[target].append($0) }
                if let misfit {
                    throw CSVSurvey.error(misfit, fields[column], bytes, builders[target].field, source, record)
                }
            }
            if !hasFixedRows {
                for builder in builders { byteCount += builder.byteCountSinceMark }
                if byteCount > byteLimit, rows > 0 {
                    for index in builders.indices { builders[index].rollBack() }
                    return .undo
                }
            }
            rows += 1
            return rows < limit ? .next : .stop
        }
        guard reader.recordCount <= rowCount, !isAtEnd || reader.recordCount == rowCount else {
            throw ColonnadeError(
                .invalidSource,
                "it had \(rowCount) records when it was opened, and now has others; leave it alone meanwhile",
                at: .file(source))
        }
        guard rows > 0 else { return nil }
        var columns: [ColumnChunk] = []
        for index in builders.indices { columns.append(builders[index].take()) }
        return RecordChunk(rowCount: rows, columns: columns)
    }
}
