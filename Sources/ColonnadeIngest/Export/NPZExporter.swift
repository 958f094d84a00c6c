// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
public import ColonnadeCore
public import ColonnadeStore

/// Writes an `.npz` archive, stored: each column an array, whose first dimension counts the rows.
///
/// Where everything lies is known before the first row, so all columns are written in one pass over the rows. Strings become
/// `U` strings and bytes `S` strings of the width of the longest; what ends in a zero cannot, since the zeros that pad them
/// could not be told from it. Ragged columns and bfloat16 do not fit: JSON Lines takes them.
public struct NPZExporter: RecordSink, ~Copyable {
    private let rowCount: Int
    private var output: StagedOutput
    private var entries: [NPZEntry] = []
    private var nextRow = 0
    /// Whether 64-bit records are written even where they are not needed.
    private let forcingWideRecords: Bool

    /// `widths` says of each column of strings or bytes how many characters or bytes its longest row has.
    ///
    /// Throws `invalidArgument` for columns that an array cannot hold, with what to do; `fileExists` unless `replacing`,
    /// `fileNotFound` for a folder that is not there, `system`.
    public init(
        path: String, schema: Schema, rowCount: Int, widths: NameMap<Int>, replacing: Bool = false
    ) throws(ColonnadeError) {
        try self.init(
            path: path, schema: schema, rowCount: rowCount, widths: widths, replacing: replacing,
            forcingWideRecords: false)
    }

    package init(
        path: String, schema: Schema, rowCount: Int, widths: NameMap<Int>, replacing: Bool, forcingWideRecords: Bool
    ) throws(ColonnadeError) {
        var entries: [NPZEntry] = []
        var offset = 0
        for field in schema {
            let entry = try NPZEntry(field, rowCount: rowCount, width: widths[field.name] ?? 0, offset: offset)
            entries.append(entry)
            offset = entry.end
        }
        guard entries.count < 0xFFFF else {
            throw ColonnadeError(.invalidArgument, "an archive takes at most 65,534 columns: choose some (--columns)")
        }
        let output = try StagedOutput(path: path, replacing: replacing)
        self.rowCount = rowCount
        self.forcingWideRecords = forcingWideRecords
        self.output = output
        self.entries = entries
    }

    /// Traps if there are more rows than announced.
    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        precondition(chunk.rowCount <= rowCount - nextRow, "there are more rows than were announced")
        for index in entries.indices {
            let bytes = try entries[index].elements(chunk.columns[index], firstRow: nextRow)
            try output.write(bytes, at: entries[index].dataStart + nextRow * entries[index].rowByteCount)
            entries[index].checksum.update(bytes.span)
        }
        nextRow += chunk.rowCount
    }

    /// Traps if there are fewer rows than announced.
    public consuming func finish() throws(ColonnadeError) {
        precondition(nextRow == rowCount, "there are fewer rows than were announced")
        for entry in entries { try output.write(entry.localHeader, at: entry.offset) }
        let start = entries.last?.end ?? 0
        var directory: [UInt8] = []
        for entry in entries { directory += entry.directoryRecord(forcingWide: forcingWideRecords) }
        let length = directory.count
        directory += ZipEnd.records(
            entryCount: entries.count, length: length, start: start, forcingWide: forcingWideRecords)
        try output.write(directory, at: start)
        try output.publish()
    }
}
