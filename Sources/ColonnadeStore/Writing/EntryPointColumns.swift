// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The columns with entry points that a writer adds to the rows that it gets.
struct EntryPointColumns: Sendable {
    private let finder: (any EntryPointFinder)?
    /// For each column with entry points, in the order of the file, the column with the files.
    private let sources: [Int]

    /// The number of bytes of files for which another thread is worthwhile.
    private static let threadBytes = 1 << 18

    /// The media types of columns whose files may have entry points.
    private static let mediaTypes = ["image/jpeg", "image/*"]

    /// - Parameter finder: finds entry points; nil if rows get none.
    init(_ footer: FileFooter, _ finder: (any EntryPointFinder)?) {
        self.finder = finder
        sources = footer.entryPointColumns.enumerated().compactMap { files, entryPoints in
            entryPoints.map { (entryPoints: $0, files: files) }
        }.sorted { $0.entryPoints < $1.entryPoints }.map(\.files)
    }

    /// Adds a column with entry points for each column of JPEG files.
    static func add(to columns: inout [ColumnDescriptor]) {
        for index in columns.indices where columns.count < FormatLimits.columns {
            guard case .media(let type) = columns[index].field.meaning, mediaTypes.contains(type),
                let name = unusedName("\(columns[index].field.name).entry_points", columns)
            else { continue }
            columns[index].entryPoints = name
            columns.append(
                ColumnDescriptor(
                    field: Field(name, kind: .bytes), codec: .plain, group: nil, offset: 0,
                    statistics: ColumnStatistics(.uint8)))
        }
    }

    /// Returns a name that no column has: the given one, if possible. The result is nil if names would be too long.
    private static func unusedName(_ name: String, _ columns: [ColumnDescriptor]) -> String? {
        let names = Set(columns.map { ExactName($0.field.name) })
        var (unused, number) = (name, 1)
        while names.contains(ExactName(unused)) {
            number += 1
            unused = "\(name)_\(number)"
        }
        return unused.utf8.count <= Int(UInt16.max) ? unused : nil
    }

    /// Returns rows with their entry points, which are found unless the source has done so. Throws `outOfMemory`. O(bytes of the files).
    func completed(_ chunk: RecordChunk) throws(ColonnadeError) -> RecordChunk {
        var chunk = chunk
        for source in sources { chunk.columns.append(try entryPoints(of: chunk.columns[source])) }
        return chunk
    }

    private func entryPoints(of files: ColumnChunk) throws(ColonnadeError) -> ColumnChunk {
        if let found = files.entryPoints?.column(of: files) { return found }
        guard let finder else { return ColumnChunk(ends: [Int](repeating: 0, count: files.ends.count)) }
        let parts = EntryPointColumns.parts(files.ends)
        var result = ColumnChunk()
        let outcomes = ParallelWork.results(parts.count) { (index) throws(ColonnadeError) in
            try EntryPointColumns.entryPoints(of: files, rows: parts[index], finder)
        }
        for outcome in outcomes {
            let part = try outcome.get()
            let start = result.byteCount
            result.ends += part.ends.map { start + $0 }
            result.values += part.values
        }
        return result
    }

    /// Returns ranges of rows, each with enough bytes for a thread.
    private static func parts(_ ends: [Int]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var (first, start) = (0, 0)
        for (row, end) in ends.enumerated() where end - start >= threadBytes || row == ends.count - 1 {
            parts.append(first..<row + 1)
            (first, start) = (row + 1, end)
        }
        return parts
    }

    private static func entryPoints(
        of files: ColumnChunk, rows: Range<Int>, _ finder: any EntryPointFinder
    ) throws(ColonnadeError) -> ColumnChunk {
        var result = ColumnChunk()
        try unsafe files.withUnsafeBytes { (bytes) throws(ColonnadeError) in
            let bytes = unsafe bytes.bindMemory(to: UInt8.self)
            for row in rows {
                let start = row == 0 ? 0 : files.ends[row - 1]
                let file = unsafe UnsafeBufferPointer(rebasing: bytes[start..<files.ends[row]])
                try unsafe finder.appendEntryPoints(of: file.span, to: &result.values)
                result.ends.append(result.byteCount)
            }
        }
        return result
    }
}
