// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeFormat
import ColonnadeSystem

/// A data set on disk, open for reading: a mapped file whose metadata has been checked. `verification` says which
/// checks of the rows are done.
///
/// An open data set keeps its rows even if rows are appended to the file or another file replaces it. If the file is
/// truncated, reading throws `corruptFile`, and tensors over the mapped file read zeros from then on.
public final class StoredDataset: Sendable {
    /// The first bytes of each Colonnade file.
    package static let firstBytes = ForeverConstants.magic

    public let path: String
    public let schema: Schema
    public let rowCount: Int
    public let verification: Verification

    let file: MappedFile
    let layout: FileLayout
    /// The columns of the schema, and then those with entry points.
    let columns: [ColumnReader]
    /// By column of the schema, the index of the column with its entry points; nil for a column without.
    let entryPointColumns: [Int?]
    /// The runs, with the addresses of the first rows of their segments for each group. These tables locate a row.
    let rowRuns: [RowRun]
    let table: RowTable
    /// All segments, by index.
    let segments: [SegmentDescriptor]
    /// The storage of the whole mapping, for tensors over parts of it.
    let whole: TensorStorage
    let access: AccessAdvice
    /// Whether a group has more than one column, for each group.
    let isShared: [Bool]
    let blocks: BlockVerifier?

    /// Opens a file. The cost is linear in the number of segments and columns, and independent of the number of rows:
    /// about a millisecond for 10⁹ rows. With `full` verification, the whole file is read.
    ///
    /// Throws `fileNotFound`, `corruptFile` with the broken rule and the offset, `unsupported`, or `system`.
    public convenience init(path: String, verification: Verification = .automatic) throws(ColonnadeError) {
        try self.init(path: path, verification: verification, channelPlaces: [:])
    }

    /// Opens a file of a data set whose manifest has the metadata: the places of channels by column.
    init(
        path: String, verification: Verification, channelPlaces: [Int: ChannelPlace]
    ) throws(ColonnadeError) {
        let (file, layout) = try StoredDataset.open(path)
        self.path = path
        self.file = file
        self.layout = layout
        self.verification = verification
        schema = layout.schema
        rowCount = layout.footer.rowCount
        columns = ColumnReader.all(layout, channelPlaces: channelPlaces)
        entryPointColumns = layout.footer.entryPointColumns
        rowRuns = RowRun.all(layout)
        table = RowTable(layout, columns, file, rowRuns)
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
            access.noteMapped()
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
                    // Another process committed between the reads of the length and of the slots: the file is now
                    // longer.
                    guard error.rule == 6, file.byteCount > previous else { throw error }
                    previous = file.byteCount
                }
            } catch {
                throw error.located(in: path)
            }
        }
    }

    /// Throws `corruptFile` if the file was truncated or overwritten in place after it was opened, if its disk failed,
    /// or if a thread found a damaged block. A program that has read values of a tensor over the mapped file calls it
    /// to find out whether the values were those of the file. O(1).
    public func checkIntact() throws(ColonnadeError) {
        try file.checkIntact()
        try blocks?.throwDamage()
    }

    /// Returns the result of a function that reads the file. Throws the errors of `checkIntact` if the file is damaged.
    @inline(__always)
    func reading<Result>(_ body: () throws(ColonnadeError) -> Result) throws(ColonnadeError) -> Result {
        try blocks?.throwDamage()
        return try file.reading(body)
    }

    /// The texts that the creator of the data set stored with the rows, in the order of their keys.
    public var metadata: [(key: String, value: String)] { layout.footer.metadata.map { ($0.key, $0.value) } }

    /// Returns the statistics of a column, which were computed while it was written.
    public func statistics(ofColumn index: Int) -> ColumnStatistics { layout.footer.columns[index].statistics }

    /// A number that distinguishes this data set from others and from its state before or after an append. It is made
    /// of the checksum and the size of the metadata.
    public var identity: UInt64 {
        UInt64(layout.trailer.footerChecksum) << 32 | UInt64(truncatingIfNeeded: layout.commit.end) & 0xFFFF_FFFF
    }

    /// Returns the checksum of a range of the file.
    func checksum(of range: Range<Int>) -> UInt32 {
        file.withBytes { Checksum.of($0.extracting(range)) }
    }
}
