// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// A data set on its way into another format.
///
///     try DatasetExport(StoredDataset.open("train.colonnade")).write(to: "train.jsonl")
///
/// Memory is bounded whatever the size of the data set. Nothing appears under the path before it is complete. A pipe, a device
/// and standard output (`/dev/stdout`) get the rows as they come, and keep what they got before an error.
public struct DatasetExport: Sendable {
    /// The columns that are exported.
    public let schema: Schema
    public let dataset: any OpenDataset
    private let columns: [Int]

    /// Exports all columns, or the columns of these names in this order. Throws `unknownKey`, `invalidArgument` for a repeated name.
    public init(_ dataset: any OpenDataset, columns names: [String] = []) throws(ColonnadeError) {
        let names = names.isEmpty ? dataset.schema.names : names
        var columns: [Int] = []
        for name in names { columns.append(try dataset.schema.index(ofColumn: name)) }
        schema = try dataset.schema.selecting(names)
        self.columns = columns
        self.dataset = dataset
    }

    /// Writes a file in `format`, or in what its ending asks for. Links are followed. `quoting` and `escapes` are for CSV and
    /// TSV. `progress` is told how many rows and bytes of values are written, and stops the export with false.
    ///
    /// Throws `invalidArgument` for columns and values that the format cannot hold, `fileExists` unless `replacing`,
    /// `fileNotFound`, `corruptFile`, `cancelled`, `system`.
    public func write(
        to path: String, format: ExportFormat? = nil, quoting: Quoting = .automatic, escapes: Bool = false,
        replacing: Bool = false,
        progress: Ingestor.Progress = { _, _ in true }
    ) throws(ColonnadeError) {
        var chosen = format
        if chosen == nil { chosen = try ExportFormat(forPath: path) }
        switch chosen ?? .jsonl {
        case .jsonl: try pour(into: try JSONLinesExporter(path: path, schema: schema, replacing: replacing), progress)
        case .csv, .tsv:
            let sink = try CSVExporter(
                path: path, schema: schema, delimiter: chosen == .tsv ? "\t" : ",", quoting: quoting, escapes: escapes,
                replacing: replacing)
            try pour(into: sink, progress)
        case .npz:
            let sink = try NPZExporter(
                path: path, schema: schema, rowCount: dataset.rowCount, widths: try widths(), replacing: replacing)
            try sink.isSequential ? pourColumns(into: sink, progress) : pour(into: sink, progress)
        }
    }

    private func pourColumns(into sink: consuming NPZExporter, _ progress: Ingestor.Progress) throws(ColonnadeError) {
        var bytes = 0
        for (index, column) in columns.enumerated() {
            var isStopped = false
            do throws(ColonnadeError) {
                try dataset.forEachChunk(of: [column]) { (chunk, rows) throws(ColonnadeError) in
                    try sink.note(chunk, ofColumn: index, firstRow: rows - chunk.rowCount)
                    return true
                }
                try sink.begin(column: index)
                try dataset.forEachChunk(of: [column]) { (chunk, rows) throws(ColonnadeError) in
                    try sink.append(chunk, ofColumn: index, firstRow: rows - chunk.rowCount)
                    bytes += chunk.columns[0].values.count
                    isStopped = !progress(index * dataset.rowCount / columns.count, bytes)
                    return !isStopped
                }
            } catch {
                throw error.located(in: dataset.path)
            }
            if isStopped { throw Self.stopped(after: "column \(index + 1) of \(columns.count)", isStream: true) }
        }
        _ = progress(dataset.rowCount, bytes)
        try sink.finish()
    }

    private static func stopped(after place: String, isStream: Bool) -> ColonnadeError {
        let rest = isStream ? "what was written before stays" : "nothing was written"
        return ColonnadeError(.cancelled, "stopped on request after \(place); \(rest)")
    }

    private func pour(
        into sink: consuming some RecordSink & ~Copyable, _ progress: Ingestor.Progress
    ) throws(ColonnadeError) {
        var bytes = 0
        var failure: ColonnadeError?
        try dataset.forEachChunk(of: columns) { (chunk, rows) throws(ColonnadeError) in
            bytes += chunk.columns.reduce(0) { $0 + $1.values.count }
            do throws(ColonnadeError) {
                try sink.append(chunk)
            } catch {
                throw error.located(in: dataset.path)
            }
            if !progress(rows, bytes) {
                failure = Self.stopped(after: "\(rows) rows", isStream: sink.isSequential)
            }
            return failure == nil
        }
        if let failure { throw failure }
        try sink.finish()
    }

    /// Returns the characters or bytes of the longest row, for columns of strings and bytes. Reads all of them.
    private func widths() throws(ColonnadeError) -> NameMap<Int> {
        let chosen = columns.filter { dataset.schema[$0].kind != .tensor }
        guard !chosen.isEmpty else { return [:] }
        var widths = [Int](repeating: 0, count: chosen.count)
        try dataset.forEachChunk(of: chosen) { (chunk, _) throws(ColonnadeError) in
            for (index, column) in chunk.columns.enumerated() {
                let isText = dataset.schema[chosen[index]].kind == .string
                var start = 0
                for end in column.ends {
                    // Bytes that continue a character do not count.
                    let width = isText ? column.values[start..<end].count { $0 & 0xC0 != 0x80 } : end - start
                    widths[index] = max(widths[index], width)
                    start = end
                }
            }
            return true
        }
        return NameMap(zip(chosen.map { dataset.schema[$0].name }, widths))
    }
}
