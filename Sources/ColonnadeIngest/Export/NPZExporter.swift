// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
public import ColonnadeCore
public import ColonnadeStore

/// Writes an `.npz` archive, stored: each column an array, whose first dimension counts the rows.
///
/// Where everything lies is known before the first row, so all columns are written in one pass over the rows. Where bytes can
/// only be appended, as to a pipe, each column takes two: one for its checksum, which precedes its elements. Strings become
/// `U` strings and bytes `S` strings of the width of the longest; what ends in a zero cannot, since the zeros that pad them
/// could not be told from it. Ragged columns and bfloat16 do not fit: JSON Lines takes them.
public struct NPZExporter: RecordSink, ~Copyable {
    private let rowCount: Int
    private let output: ExportOutput
    private var entries: [NPZEntry]
    private var nextRow: Int
    /// Whether 64-bit records are written even where they are not needed.
    private let forcingWideRecords: Bool

    /// Starts an archive. `widths` has the size of the longest row of each column of strings or bytes, in characters or bytes.
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
        let output = try ExportOutput(path: path, replacing: replacing)
        self.rowCount = rowCount
        self.forcingWideRecords = forcingWideRecords
        self.output = output
        self.entries = entries
        nextRow = 0
    }

    /// Whether columns are written one after another, and not all at once, by `append(_:)`.
    public var isSequential: Bool { output.isStream }

    /// Appends rows. Traps if there are more rows than announced, and if the output is sequential.
    public mutating func append(_ chunk: RecordChunk) throws(ColonnadeError) {
        precondition(!isSequential, "a sequential archive is written column by column")
        precondition(chunk.rowCount <= rowCount - nextRow, "there are more rows than were announced")
        for index in entries.indices {
            let bytes = try entries[index].elements(chunk.columns[index], firstRow: nextRow)
            try output.write(bytes, at: entries[index].dataStart + nextRow * entries[index].rowByteCount)
            entries[index].checksum.update(bytes.span)
        }
        nextRow += chunk.rowCount
    }

    // MARK: Column by column

    /// Takes the first look at rows of one column, whose checksum precedes them.
    mutating func note(_ chunk: RecordChunk, ofColumn index: Int, firstRow: Int) throws(ColonnadeError) {
        let bytes = try entries[index].elements(chunk.columns[0], firstRow: firstRow)
        entries[index].checksum.update(bytes.span)
    }

    /// Begins the column. All of its rows were noted before.
    mutating func begin(column index: Int) throws(ColonnadeError) { try output.append(entries[index].localHeader) }

    /// Writes the next rows of the column that was begun.
    mutating func append(_ chunk: RecordChunk, ofColumn index: Int, firstRow: Int) throws(ColonnadeError) {
        try output.append(try entries[index].elements(chunk.columns[0], firstRow: firstRow))
    }

    // MARK: End

    /// Ends the archive and publishes it. Traps if there are fewer rows than announced.
    public consuming func finish() throws(ColonnadeError) {
        let (output, entries) = (output, entries)
        let isComplete = output.isStream || nextRow == rowCount
        precondition(isComplete, "there are fewer rows than were announced")
        let start = entries.last?.end ?? 0
        var directory: [UInt8] = []
        for entry in entries { directory += entry.directoryRecord(forcingWide: forcingWideRecords) }
        let length = directory.count
        directory += ZipEnd.records(
            entryCount: entries.count, length: length, start: start, forcingWide: forcingWideRecords)
        if output.isStream {
            try output.append(directory)
        } else {
            for entry in entries { try output.write(entry.localHeader, at: entry.offset) }
            try output.write(directory, at: start)
        }
        try output.publish()
    }
}
