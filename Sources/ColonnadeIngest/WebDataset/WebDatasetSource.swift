// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore
import ColonnadeSystem

/// Tar shards of a WebDataset, one after another: the members with the same name before the first dot are one sample.
///
/// - Each extension is a column: `jpg`, `png`, `wav` and others have the bytes of pictures and sound, `txt` text, `cls` int64, and `npy`
///   arrays. With `IngestOptions.audioInfo`, `wav.frames` and others follow `wav`. The fields of `json` are columns such as `json.caption`, by the rules of `JSONLinesSource`.
/// - `__key__` is the name before the first dot, with its folder.
/// - Members of a sample follow each other. All samples have the same extensions. Names that begin with a dot, `__name__`, and
///   folders are ignored. Hard links have the contents of their targets. Symbolic links and files with holes are
///   errors, and so are names that lead out of the archive.
///
/// The headers of a shard are read twice. Memory is bounded by the index of one shard.
public final class WebDatasetSource: InferringSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int?
    public let reasons: [String]
    let columnsWithoutValues: Set<ExactName>
    let masks: Set<ExactName>

    private let paths: [String]
    private let options: IngestOptions
    private let survey: WebDatasetSurvey
    private let hasKeys: Bool
    /// The number of columns that are not of JSON members.
    private let ownCount: Int
    /// The columns of single members, and the first field of each.
    private let single: [(column: WebDatasetColumn, field: Field)]
    private var jsonRows: JSONRows?
    private var queue: RowQueue
    private var shard: WebDatasetShard?
    private var nextShard = 0
    private var nextSample = 0

    /// Reads all headers, and the text members.
    ///
    /// Throws `invalidSource` for archives that are damaged and with a list of bad samples, `unsupported` for extensions that are not
    /// read, `fileNotFound`, `system`.
    public init(paths: [String], options: IngestOptions) throws(ColonnadeError) {
        name = paths.joined(separator: ", ")
        var bad = BadFiles(surveying: name, options)
        var survey = WebDatasetSurvey(options, source: name)
        for path in paths { try survey.observe(path, &bad) }
        try bad.check(of: survey.sampleCount)
        try survey.checkColumns(bad)
        guard !survey.columns.isEmpty else {
            throw ColonnadeError(
                .invalidSource,
                "it has no members that are taken: give an archive whose members are called KEY.jpg, KEY.cls …",
                at: .file(name))
        }
        if !survey.columns.contains(where: { $0.kind == .json }) { try options.refuseTextOptions(name) }
        let pictures = survey.columns.filter { $0.kind == .media }.map(\.name)
        try options.checkImages(pictures, name)
        var single: [(column: WebDatasetColumn, field: Field)] = []
        var fields: [Field] = []
        for column in survey.columns {
            let own = try column.fields(survey.evidence(of: column), source: name)
            if let field = own.first { single.append((column, field)) }
            fields += own
        }
        try options.checkAudioInfo(hasSound: fields.count > single.count, name)
        hasKeys = options.takes("__key__")
        let json: JSONMembers
        do throws(ColonnadeError) {
            json = try JSONMembers(survey, options.forMembers, source: name)
        } catch {
            throw survey.naming(error, paths)
        }
        if hasKeys { fields.append(Field("__key__", kind: .string)) }
        ownCount = fields.count
        schema = try Schema(fields + json.fields)
        reasons =
            single.map { "\($0.field.name): \($0.field.typeDescription), the members .\($0.field.name)" } + json.reasons
        masks = json.masks
        columnsWithoutValues = json.columnsWithoutValues
        jsonRows = json.rows
        let badCount = survey.badSamples.reduce(0) { $0 + $1.count }
        rowCount = bad.areSkipped ? nil : survey.sampleCount - badCount
        queue = RowQueue(BadFiles(options.skipped, source: name), total: survey.sampleCount)
        self.paths = paths
        self.options = options
        self.survey = survey
        self.single = single
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        var chunk = RecordChunk(rowCount: 0, columns: (0..<ownCount).map { _ in ColumnChunk() })
        var byteCount = 0
        while chunk.rowCount < max(rowLimit, 1) {
            let next = try queue.peek { () throws(ColonnadeError) in try nextJob() }
            guard let (sample, values) = next else { break }
            var row = values
            let json = jsonRows == nil ? nil : row.removeLast()
            byteCount += row.reduce(0) { $0 + $1.bytes.count }
            if let json { byteCount += try append(json, of: sample) }
            if byteCount > byteLimit, chunk.rowCount > 0 {
                if json != nil { jsonRows?.rollBack() }
                break
            }
            chunk.append(row, schema)
            queue.removeFirst()
        }
        guard chunk.rowCount > 0 else { return nil }
        chunk.columns += jsonRows?.take() ?? []
        return chunk
    }

    /// Appends the JSON members of a sample. Returns the bytes of their values. Errors name the sample.
    private func append(_ json: RowValue, of sample: String) throws(ColonnadeError) -> Int {
        do throws(ColonnadeError) {
            return try jsonRows?.append(json.bytes.span, line: 1) ?? 0
        } catch {
            var error = error
            if case .record(_, _, let column) = error.place {
                error.place = .record(source: sample, record: nil, column: column)
            }
            throw error
        }
    }

    /// Returns the work for the next sample that is not known to be bad.
    private func nextJob() throws(ColonnadeError) -> RowJob? {
        while true {
            guard let shard else {
                guard nextShard < paths.count else { return nil }
                let opened = try WebDatasetShard(path: paths[nextShard], takes: options.takesMember)
                guard opened.file.version == survey.versions[nextShard] else {
                    throw ColonnadeError(
                        .invalidSource, "it has changed since the ingest began: leave it alone, and run this again",
                        at: .file(paths[nextShard]))
                }
                (shard, nextSample) = (opened, 0)
                nextShard += 1
                continue
            }
            guard nextSample < shard.samples.count else {
                self.shard = nil
                continue
            }
            defer { nextSample += 1 }
            if survey.badSamples[nextShard - 1].contains(nextSample) { continue }
            let pixels = survey.pixelBytes[nextShard - 1]
            return job(shard.samples[nextSample], shard.file, pixels.isEmpty ? 0 : pixels[nextSample])
        }
    }

    private func job(_ sample: WebDatasetSample, _ file: SharedFile, _ pixelBytes: Int) -> RowJob {
        let (single, columns, complete) = (single, survey.columns, survey.completeColumns)
        let hasKeys = hasKeys
        let byteCount = sample.members.reduce(pixelBytes) { $0 + $1.range.count }
        return RowJob(name: "\(file.path)/\(sample.key)", byteCount: byteCount) {
            () throws(ColonnadeError) in
            guard sample.columns.hasBytes(of: complete) else {
                throw ColonnadeError(.invalidSource, "it lacks a member that others have: it has \(sample.columns)")
            }
            var row: [RowValue] = []
            for (column, field) in single {
                guard let range = sample.range(of: column.name) else { continue }
                do throws(ColonnadeError) {
                    row += try column.values(.member(file, range), as: field)
                } catch {
                    throw error.prefixed(".\(column.name): ")
                }
            }
            if hasKeys { row.append(RowValue(sample.key)) }
            var json: [(column: String, text: [UInt8])] = []
            for column in columns where column.kind == .json {
                guard let range = sample.range(of: column.name) else { continue }
                json.append((column.name, try EncodedFile.member(file, range).contents()))
            }
            if let record = JSONRecord.text(of: json) { row.append(RowValue(record)) }
            return row
        }
    }
}
