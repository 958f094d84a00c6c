// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeFormat
import ColonnadeSystem

/// A data set on disk, open for reading: a mapped file whose metadata has been checked. Rows are checked as they are read.
///
/// It keeps the rows it was opened with, whatever is appended to the file or put in its place. If the file is truncated
/// meanwhile, what reads it throws `corruptFile`, and tensors over the mapped file read zeros from then on.
public final class StoredDataset: Sendable {
    /// What is checked beyond the metadata, which always is.
    public enum Verification: Sendable, Hashable {
        case metadata
        /// Each block of the file, when a row in it is first read, against its checksum. `DatasetVerifier` checks all at
        /// once.
        case onFirstTouch
    }

    public let path: String
    public let schema: Schema
    public let rowCount: Int

    let file: MappedFile
    let layout: FileLayout
    let columns: [ColumnReader]
    /// What finding a row takes of each run, and of each group: where the rows of each segment begin in memory.
    let rowRuns: [RowRun]
    let table: RowTable
    /// All segments, for columns that are in no group.
    let variableSegments: [SegmentDescriptor]
    /// The whole mapping, for tensors over parts of it.
    let whole: TensorStorage
    let access: AccessAdvice
    /// Of each group, whether it has more than one column.
    let isShared: [Bool]
    let blocks: BlockVerifier?

    /// Maps a file. Costs as much as its segments and columns are many, and nothing for rows: for 10⁹ rows about a
    /// millisecond.
    ///
    /// Throws `fileNotFound`, `corruptFile` with the rule that is broken and the offset, `unsupported`, `system`.
    public init(path: String, verification: Verification = .metadata) throws(ColonnadeError) {
        let (file, layout) = try StoredDataset.open(path)
        self.path = path
        self.file = file
        self.layout = layout
        schema = layout.schema
        rowCount = layout.footer.rowCount
        columns = ColumnReader.all(layout)
        rowRuns = RowRun.all(layout)
        table = RowTable(layout, columns, in: file)
        variableSegments = layout.footer.runs.flatMap(\.segments)
        whole = unsafe TensorStorage(borrowing: file.bytes, lender: file)
        access = AccessAdvice(file)
        var members = [Int](repeating: 0, count: layout.footer.groups.count)
        for column in layout.footer.columns {
            if let group = column.group { members[group] += 1 }
        }
        isShared = members.map { $0 > 1 }
        blocks = verification == .onFirstTouch ? BlockVerifier(file: file, layout: layout) : nil
    }

    private static func open(_ path: String) throws(ColonnadeError) -> (MappedFile, FileLayout) {
        var previous = -1
        while true {
            do throws(ColonnadeError) {
                let file = try MappedFile(path: path)
                do throws(ColonnadeError) {
                    let layout = try file.reading { () throws(ColonnadeError) in
                        try FileLayout(byteCount: file.byteCount) { range in unsafe Array(file.bytes[range]) }
                    }
                    return (file, layout)
                } catch {
                    // A commit between looking at the length and at the slots: now the file is longer.
                    guard error.rule == 6, file.byteCount > previous else { throw error }
                    previous = file.byteCount
                }
            } catch {
                throw error.located(in: path)
            }
        }
    }

    /// Throws `corruptFile` if something was read that the file does not have any more: whoever holds a tensor over the mapped
    /// file knows with that, behind reading it, that it was not zeros instead. O(1).
    public func checkIntact() throws(ColonnadeError) { try file.checkIntact() }

    /// What the data set's maker stored beside the rows, in the order of the keys.
    public var metadata: [(key: String, value: String)] { layout.footer.metadata.map { ($0.key, $0.value) } }

    /// What was noted about a column while it was written.
    public func statistics(ofColumn index: Int) -> ColumnStatistics { layout.footer.columns[index].statistics }

    /// Tells this data set from others, and from itself before or after an append: its metadata's checksum and size.
    public var identity: UInt64 {
        UInt64(layout.trailer.footerChecksum) << 32 | UInt64(truncatingIfNeeded: layout.commit.end) & 0xFFFF_FFFF
    }

    /// Of these bytes of the file.
    func checksum(of range: Range<Int>) -> UInt32 {
        file.withBytes { Checksum.of($0.extracting(range)) }
    }
}
