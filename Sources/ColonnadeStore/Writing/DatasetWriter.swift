// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// A writer that writes a data set sequentially, with memory use that is independent of the number of rows.
///
///     var writer = try DatasetWriter(creating: "points.colonnade", schema: Schema([Field("x", .float32)]))
///     try writer.append(Sample(schema: writer.schema, tensors: [Tensor(scalar: Float(1))]))
///     try writer.finish()
///
/// The target's name does not exist before `finish()`. A writer that is dropped without it leaves no file. A process
/// that is killed may leave a staging file, which the next writer removes.
public struct DatasetWriter: ~Copyable {
    public let schema: Schema

    private let target: DatasetTarget
    private let sequence: UInt64
    private let segmentBytes: Int
    private var footer: FileFooter
    private var segments: SegmentWriter
    private var builder: SegmentBuilder
    private var samples: RecordChunk
    private var run: RunPlan
    /// The error of the first failed call. After a failure the writer must not publish its rows.
    private var failure: ColonnadeError?
    private let entryPoints: EntryPointColumns

    /// Starts a new file.
    ///
    /// Throws `fileExists` if the file exists and `options.replacing` is false, `fileNotFound` if the folder does not
    /// exist, `unknownKey` and `invalidArgument` for options or a schema that are not valid, and `system`.
    public init(creating path: String, schema: Schema, options: WriterOptions = WriterOptions()) throws(ColonnadeError)
    {
        let footer = try DatasetWriter.footer(schema, options)
        let staging = try StagingFile(target: path, replacing: options.replacing)
        let file = staging.file
        self.init(
            try Schema(footer.valueFields), footer, file: file, end: ForeverConstants.prologueSize, sequence: 1,
            options.entryPoints, segmentBytes: options.segmentBytes, codecOptions: options,
            target: .creating(staging, replacing: options.replacing))
    }

    /// Returns the footer of a file without rows. Throws `unknownKey` and `invalidArgument` for options or a schema that
    /// are not valid.
    static func footer(_ schema: Schema, _ options: WriterOptions) throws(ColonnadeError) -> FileFooter {
        try GroupPlan.validate(schema)
        let schema = options.describingPixels(of: schema)
        var plan = try GroupPlan.make(schema, options)
        if options.entryPoints != nil { EntryPointColumns.add(to: &plan.columns) }
        let metadata = try options.footerMetadata(describing: schema)
        guard FormatLimits.blockExponents.contains(options.checksumBlockExponent), options.segmentBytes ?? 1 > 0 else {
            throw ColonnadeError(.invalidArgument, "checksum blocks have 2^12 to 2^20 bytes, and segments at least one")
        }
        return FileFooter(
            rowCount: 0, blockExponent: options.checksumBlockExponent, columns: plan.columns, groups: plan.groups,
            runs: [], metadata: metadata, retired: [])
    }

    /// Opens an existing file for appending. `finish()` makes all appended rows part of it at once.
    ///
    /// Readers that have the file open still see the old rows. Throws the errors of opening it, `system` if another
    /// writer appends to it, and `unsupported` if it has extensions that this version does not know, which may not
    /// apply to the new rows.
    ///
    /// Each append writes a new description of the whole file, about 90 bytes for each earlier append. If old
    /// descriptions take more of the file than its rows, and more than 1 MiB, `finish()` rewrites the rows into a file
    /// that replaces this one.
    ///
    /// - Parameters:
    ///   - path: the path of the data set.
    ///   - entryPoints: see `WriterOptions`; used if the data set has entry points. Without it, the new rows have none.
    ///   - segmentBytes: see `WriterOptions`.
    public init(
        appendingTo path: String, entryPoints: (any EntryPointFinder)? = nil, segmentBytes: Int? = nil
    ) throws(ColonnadeError) {
        guard segmentBytes ?? 1 > 0 else { throw ColonnadeError(.invalidArgument, "segments have at least one byte") }
        let (file, old) = try AppendingFile.open(path)
        let layout = old.layout
        var footer = layout.footer
        let retired = layout.footerRange.lowerBound..<layout.commit.end
        footer.retired.append(
            RetiredExtent(
                offset: retired.lowerBound, length: retired.count, checksum: old.checksum(of: retired)))
        try old.checkIntact()
        guard footer.runs.count < FormatLimits.runs, layout.commit.sequence < UInt64.max,
            let end = aligned(layout.commit.end)
        else {
            throw ColonnadeError(
                .invalidArgument, "it has been appended to too often: ingest it anew", at: .file(path))
        }
        let target = try AppendingFile(file, end: layout.commit.end)
        self.init(
            layout.schema, footer, file: file, end: end, sequence: layout.commit.sequence + 1, entryPoints,
            segmentBytes: segmentBytes, target: .appending(target))
    }

    /// Starts a file that will replace a data set with the same rows and the same layout.
    init(rewriting old: StoredDataset) throws(ColonnadeError) {
        var footer = old.layout.footer.withoutRows()
        footer.metadata = old.layout.footer.metadata
        let staging = try StagingFile(target: old.path, replacing: true)
        guard staging.keepsRights else {
            throw ColonnadeError(.system, "the new file would belong to another user", at: .file(old.path))
        }
        let file = staging.file
        self.init(
            old.schema, footer, file: file, end: ForeverConstants.prologueSize,
            sequence: old.layout.commit.sequence, nil, segmentBytes: nil, target: .creating(staging, replacing: true))
    }

    init(
        _ schema: Schema, _ footer: FileFooter, file: WritableFile, end: Int, sequence: UInt64,
        _ entryPoints: (any EntryPointFinder)?, segmentBytes: Int?, codecOptions: WriterOptions? = nil,
        target: consuming DatasetTarget
    ) {
        self.entryPoints = EntryPointColumns(footer, entryPoints)
        self.schema = schema
        self.footer = footer
        self.sequence = sequence
        self.segmentBytes = segmentBytes ?? RunPlan.bufferedBytes
        self.target = target
        segments = SegmentWriter(file: file, footer: footer, options: codecOptions, at: end)
        builder = SegmentBuilder(columns: footer.columns, groups: footer.groups)
        samples = RecordChunk(rowCount: 0, columns: schema.map { _ in ColumnChunk() })
        run = RunPlan(footer: footer, segmentBytes: segmentBytes)
    }

    /// Appends rows. Throws `invalidArgument` if they do not match the schema, or `system`. After an error the writer
    /// cannot be used.
    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        try appendSamples()
        try appendChunk(chunk)
    }

    /// Appends one row. Throws the errors of `append(_:)` with a chunk.
    public mutating func append(_ sample: Sample) throws(ColonnadeError) {
        if let failure { throw failure }
        let row = footer.rowCount + run.rowCount + builder.rowCount + samples.rowCount
        do throws(ColonnadeError) {
            try samples.append(sample, schema, row: row)
        } catch {
            // Some columns of the row may already be appended.
            failure = error
            throw error
        }
        if samples.rowCount >= 4096 || samples.columns.contains(where: { $0.byteCount >= 1 << 20 }) {
            try appendSamples()
        }
    }

    private mutating func appendSamples() throws(ColonnadeError) {
        guard samples.rowCount > 0 else { return }
        let chunk = samples
        samples = RecordChunk(rowCount: 0, columns: schema.map { _ in ColumnChunk() })
        try appendChunk(chunk)
    }

    private mutating func appendChunk(_ chunk: RecordChunk) throws(ColonnadeError) {
        if let failure { throw failure }
        do throws(ColonnadeError) {
            try chunk.validate(against: schema)
            try appendComplete(try entryPoints.completed(chunk))
        } catch {
            failure = error
            throw error
        }
    }

    /// Appends correct rows of all columns, those with entry points included. Throws as `append` does.
    mutating func appendComplete(_ chunk: RecordChunk) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try noteStatistics(chunk)
            var row = 0
            while row < chunk.rowCount {
                let limit = run.rowsToTake(of: chunk.rowCount - row, builder)
                let count = builder.rows(of: chunk, from: row, atMost: limit, bytes: segmentBytes)
                try builder.append(chunk, rows: row..<row + count, to: &segments)
                row += count
                try writeFullSegments()
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// Writes the buffered rows, and publishes the file or commits the rows. Throws `system`, and then the target is
    /// unchanged.
    @discardableResult
    public consuming func finish() throws(ColonnadeError) -> DatasetSummary {
        try appendSamples()
        if let failure { throw failure }
        while builder.rowCount > 0 {
            try writeSegment(rows: run.rowsAtEnd(builder))
        }
        try closeRun()
        let footerBytes = footer.encoded()
        let range = try segments.write(footerBytes)
        let trailer = FileTrailer(
            sequence: sequence, footerLength: range.count, footerChecksum: Checksum.of(footerBytes))
        let end = try segments.write(trailer.encoded()).upperBound
        let summary = DatasetSummary(
            rowCount: footer.rowCount, byteCount: end, segmentCount: footer.runs.reduce(0) { $0 + $1.segments.count },
            appendCount: Int(clamping: sequence - 1))
        let slot = CommitSlot(sequence: sequence, end: end)
        try segments.flush()
        try target.commit(slot)
        segments.releaseSmallPages()
        // The rows are in the file. If the rewrite fails, it keeps its old footers.
        guard DatasetRewriter.isWorthwhile(footer, end: end) else { return summary }
        return (try? DatasetRewriter.rewrite(segments.file, slot)) ?? summary
    }

    /// The file that is written.
    var file: WritableFile { segments.file }

    // MARK: Segments

    private mutating func writeFullSegments() throws(ColonnadeError) {
        while let rows = run.rowsOfFullSegment(builder) {
            try writeSegment(rows: rows)
            if run.shouldEnd { try closeRun() }
        }
    }

    private mutating func writeSegment(rows: Int) throws(ColonnadeError) {
        let segment = try builder.writeSegment(rows: rows, to: &segments)
        run.note(segment, rows: rows)
    }

    private mutating func closeRun() throws(ColonnadeError) {
        guard let descriptor = run.close() else { return }
        guard footer.runs.count < FormatLimits.runs else {
            throw ColonnadeError(
                .invalidArgument,
                "the rows differ in size too often for segments of \(segmentBytes) bytes: use larger ones")
        }
        footer.rowCount += descriptor.rowCount
        footer.runs.append(descriptor)
    }

    private mutating func noteStatistics(_ chunk: RecordChunk) throws(ColonnadeError) {
        let first = footer.rowCount + run.rowCount + builder.rowCount == 0
        for (index, column) in chunk.columns.enumerated() {
            let field = footer.columns[index].field
            let noted = unsafe column.withUnsafeBytes { unsafe ColumnStatistics.of($0.bytes, field.dtype) }
            if field.dtype == .bool, noted.max.double > 1 {
                throw ColonnadeError(
                    .invalidArgument, "a bool is 0 or 1, and here is \(Int(noted.max.double))",
                    at: .record(source: "chunk", record: nil, column: field.name))
            }
            guard chunk.rowCount > 0 else { continue }
            try column.checkLabels(
                field, noted, firstRow: footer.rowCount + run.rowCount + builder.rowCount)
            footer.columns[index].statistics.merge(noted)
            let lengths = column.elementCounts(field)
            footer.columns[index].statistics.noteLengths(
                shortest: lengths.shortest, longest: lengths.longest, first: first)
        }
    }
}

extension FileFooter {
    /// Returns the footer of a file with these columns and groups, and without rows and metadata.
    func withoutRows() -> FileFooter {
        let columns = columns.map { column in
            var column = column
            column.statistics = ColumnStatistics(column.field.dtype)
            return column
        }
        return FileFooter(
            rowCount: 0, blockExponent: blockExponent, columns: columns, groups: groups, runs: [], metadata: [],
            retired: [])
    }
}
