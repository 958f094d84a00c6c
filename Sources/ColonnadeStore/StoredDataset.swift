// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeFormat
import ColonnadeSystem

/// A data set on disk, open for reading: a mapped file whose metadata has been checked. `verification` says what is checked of its
/// rows.
///
/// An open data set keeps its rows, whatever is appended to the file or put in its place. If the file is truncated
/// meanwhile, reading throws `corruptFile`, and tensors over the mapped file read zeros from then on.
public final class StoredDataset: Sendable {
    /// The bytes with which each such file begins.
    package static let firstBytes = ForeverConstants.magic

    public let path: String
    public let schema: Schema
    public let rowCount: Int
    public let verification: Verification

    let file: MappedFile
    let layout: FileLayout
    let columns: [ColumnReader]
    /// The runs and, for each group, the addresses of the first rows of its segments: the tables that find a row.
    let rowRuns: [RowRun]
    let table: RowTable
    /// The segments, by number.
    let segments: [SegmentDescriptor]
    /// The whole mapping, for tensors over parts of it.
    let whole: TensorStorage
    let access: AccessAdvice
    /// For each group, whether it has more than one column.
    let isShared: [Bool]
    let blocks: BlockVerifier?

    /// Maps a file. Costs as much as its segments and columns are many, and nothing for rows: for 10⁹ rows about a
    /// millisecond; and with `full` verification, as much as reading all of it.
    ///
    /// Throws `fileNotFound`, `corruptFile` with the rule that is broken and the offset, `unsupported`, `system`.
    public init(path: String, verification: Verification = .automatic) throws(ColonnadeError) {
        let (file, layout) = try StoredDataset.open(path)
        self.path = path
        self.file = file
        self.layout = layout
        self.verification = verification
        schema = layout.schema
        rowCount = layout.footer.rowCount
        columns = ColumnReader.all(layout)
        rowRuns = RowRun.all(layout)
        table = RowTable([RowTable.Source(layout: layout, columns: columns, file: file)], rowRuns)
        segments = layout.footer.runs.flatMap(\.segments)
        whole = unsafe TensorStorage(borrowing: file.bytes, lender: file)
        access = AccessAdvice(file)
        var members = [Int](repeating: 0, count: layout.footer.groups.count)
        for column in layout.footer.columns {
            if let group = column.group { members[group] += 1 }
        }
        isShared = members.map { $0 > 1 }
        blocks = verification == .off ? nil : BlockVerifier(file: file, layout: layout, segments: segments)
        file.watchTail(before: layout.commit.end)
        if verification == .full, let blocks {
            access.announceFullRead()
            let isComplete = try file.reading { () throws(ColonnadeError) in
                try check(Array(layout.regionKinds.indices), blocks, fromEnd: false) { !Interrupts.areRequestedNow() }
            }
            guard isComplete else {
                throw ColonnadeError(.cancelled, "stopped on request while it was checked", at: .file(path))
            }
        }
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

    /// Throws `corruptFile` if the file was truncated, or overwritten in place, since it was opened, if its disk failed, or if a
    /// thread found a damaged block. Called after values of a tensor over the mapped file were read, it tells whether they were
    /// the file's. O(1).
    public func checkIntact() throws(ColonnadeError) {
        try file.checkIntact()
        try blocks?.throwDamage()
    }

    /// The result of a function that reads the file. Throws `corruptFile` instead where `checkIntact` does.
    @inline(__always)
    func reading<Result>(_ body: () throws(ColonnadeError) -> Result) throws(ColonnadeError) -> Result {
        try blocks?.throwDamage()
        return try file.reading(body)
    }

    /// Texts that the data set's maker stored beside the rows, in the order of their keys.
    public var metadata: [(key: String, value: String)] { layout.footer.metadata.map { ($0.key, $0.value) } }

    /// Returns the statistics that were noted of a column while it was written.
    public func statistics(ofColumn index: Int) -> ColumnStatistics { layout.footer.columns[index].statistics }

    /// Tells this data set from others, and from itself before or after an append: its metadata's checksum and size.
    public var identity: UInt64 {
        UInt64(layout.trailer.footerChecksum) << 32 | UInt64(truncatingIfNeeded: layout.commit.end) & 0xFFFF_FFFF
    }

    /// Returns the checksum of these bytes of the file.
    func checksum(of range: Range<Int>) -> UInt32 {
        file.withBytes { Checksum.of($0.extracting(range)) }
    }
}
