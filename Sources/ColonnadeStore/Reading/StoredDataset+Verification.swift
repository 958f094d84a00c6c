// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

extension StoredDataset {
    /// The rule by which the blocks of a file's rows are checked. Its metadata is always checked.
    public enum Verification: Sendable, Hashable, CaseIterable {
        /// Each block of a file that fits in half of the memory is checked against its checksum once. A row or batch
        /// that is read by index comes from checked blocks. Streams over most of the rows are read while a thread
        /// checks blocks: they throw with the next batch after the thread finds damage, and at the latest at the end of
        /// the first epoch. In a larger file, only the blocks of rows that are read in file order are checked.
        case automatic
        /// Each block is checked before a row in it is first read.
        case onFirstTouch
        /// Opening the file checks all blocks.
        case full
        /// No block is checked.
        case off
    }

    /// A sentence for people about the promise that verification makes for this file.
    package var promise: String { verification.promise(exceedsMemory: access.exceedsMemory) }

    /// Returns the checks that rows need before they are read; nil if none.
    ///
    /// - Parameter inOrder: whether rows are read in the order of the file, so that complete blocks are read.
    func verifier(inOrder: Bool) -> BlockVerifier? {
        switch verification {
        case .automatic: access.exceedsMemory && !inOrder ? nil : blocks
        case .onFirstTouch: blocks
        case .full, .off: nil
        }
    }

    /// Whether rows of a stream may be read before their blocks are checked, since a thread checks all of them meanwhile.
    package var isCheckedMeanwhile: Bool { verification == .automatic && !access.exceedsMemory }

    /// Checks the unchecked blocks of columns, until `isWanted` returns false. It begins at the end of the file, and
    /// meets the thread of `warm`.
    ///
    /// - Returns: whether all blocks of the columns are checked.
    /// - Throws: `corruptFile`, with the column and rows in its message.
    package func finishChecks(columns indices: [Int], while isWanted: () -> Bool) throws(ColonnadeError) -> Bool {
        guard isCheckedMeanwhile, let blocks else { return true }
        return try file.reading { () throws(ColonnadeError) in
            try check(regions(of: indices), blocks, fromEnd: true, while: isWanted)
        }
    }

    /// Checks the blocks of regions. Throws `corruptFile`, with the column and rows in its message.
    func check(
        _ regions: [Int], _ blocks: BlockVerifier, fromEnd: Bool, while isWanted: () -> Bool
    ) throws(ColonnadeError) -> Bool {
        do throws(BlockVerifier.SegmentFailure) {
            return try blocks.checkAll(regions, fromEnd: fromEnd, while: isWanted)
        } catch {
            throw naming(error.error, segment: error.segment)
        }
    }

    /// Returns the regions that contain columns.
    func regions(of indices: [Int]) -> [Int] {
        var regions: Set<Int> = []
        for index in indices {
            let column = columns[index]
            if column.group == nil {
                regions.formUnion(column.endsRegion...column.valuesRegion)
            } else {
                regions.insert(column.rowsRegion)
            }
        }
        return regions.sorted()
    }

    /// Checks the blocks that contain a range of bytes of a segment. Throws `corruptFile`, with the column and rows in
    /// its message.
    func check(_ number: Int, _ range: Range<Int>, _ blocks: BlockVerifier) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            try blocks.check(segment: number, range)
        } catch {
            throw naming(error, segment: number)
        }
    }

    // MARK: What is damaged

    /// Returns the error of a block, with the columns and rows in the block.
    func naming(_ error: ColonnadeError, segment number: Int) -> ColonnadeError {
        guard error.rule == 29, case .file(_, let offset?) = error.place else { return error.located(in: path) }
        let segment = segments[number]
        let start = offset - segment.offset
        // If the checksum table is damaged, any block may be damaged.
        let range =
            start < segment.dataLength
            ? start..<min(start + 1 << layout.footer.blockExponent, segment.dataLength) : 0..<segment.dataLength
        var copy = error
        copy.message += "\(contents(of: range, ofSegment: number)): restore the file from a copy"
        return copy.located(in: path)
    }

    /// Returns a clause such as `, so that rows 8 to 15 of column "x" cannot be trusted`; empty for bytes between the
    /// columns.
    private func contents(of range: Range<Int>, ofSegment number: Int) -> String {
        let run = rowRuns.last { $0.firstSegment <= number } ?? rowRuns[0]
        let first = run.rows.lowerBound + (number - run.firstSegment) << run.exponent
        let count = min(1 << run.exponent, run.rows.upperBound - first)
        var clauses: [String] = []
        for column in columns {
            guard let rows = rows(of: column, count, in: range, of: segments[number]) else { continue }
            let (low, high) = (first + rows.lowerBound, first + rows.upperBound - 1)
            clauses.append(
                "\(low == high ? "row \(low)" : "rows \(low) to \(high)") of column \"\(column.field.name)\"")
        }
        guard !clauses.isEmpty else { return "" }
        let more = clauses.count > 4 ? " and \(clauses.count - 4) more columns" : ""
        return ", so that \(clauses.prefix(4).joined(separator: ", "))\(more) cannot be trusted"
    }

    /// Returns the rows of a segment whose values in a column have bytes in a range; nil if there are none.
    private func rows(
        of column: ColumnReader, _ count: Int, in range: Range<Int>, of segment: SegmentDescriptor
    ) -> Range<Int>? {
        func bytes(_ index: Int) -> Range<Int>? {
            let region = segment.regions[index]
            let low = max(range.lowerBound, region.offset)
            let high = min(range.upperBound, region.offset + region.storedLength)
            return low < high ? low - region.offset..<high - region.offset : nil
        }
        func rows(_ bytes: Range<Int>, of size: Int) -> Range<Int> {
            min(bytes.lowerBound / size, count - 1)..<min((bytes.upperBound + size - 1) / size, count)
        }
        if column.group != nil {
            guard column.rowBytes > 0, let bytes = bytes(column.rowsRegion) else { return nil }
            return column.codec == .plain ? rows(bytes, of: column.stride) : 0..<count
        }
        if let bytes = bytes(column.endsRegion) { return rows(bytes, of: 8) }
        if let region = column.dimensionsRegion, let bytes = bytes(region) {
            return rows(bytes, of: 8 * column.varying)
        }
        guard let bytes = bytes(column.valuesRegion) else { return nil }
        guard column.codec == .plain else { return 0..<count }
        let ends = segment.offset + segment.regions[column.endsRegion].offset
        let low = firstRow(endingAfter: bytes.lowerBound, endsAt: ends, count)
        let high = firstRow(endingAfter: bytes.upperBound - 1, endsAt: ends, count)
        return min(low, count - 1)..<max(min(high + 1, count), min(low, count - 1) + 1)
    }

    /// Returns the first row of a segment that ends after a byte of the values, by the table of ends.
    private func firstRow(endingAfter byte: Int, endsAt offset: Int, _ count: Int) -> Int {
        let reader = RowReader(self)
        // The bisection finds the last row that ends at or before the byte; -1 if there is none.
        return (-1..<count).lastByBisection { reader.word(offset + 8 * $0) <= UInt64(byte) } + 1
    }
}

extension StoredDataset.Verification {
    /// Returns a sentence for people about the promise for a file, or for a data set that may exceed the memory.
    func promise(exceedsMemory: Bool) -> String {
        switch self {
        case .automatic:
            exceedsMemory
                ? "larger than half of the memory: blocks are checked against their checksums where rows come in file order alone"
                : "each block is checked against its checksum once; damage is an error before the first epoch ends"
        case .onFirstTouch: "each block is checked against its checksum before a row of it is read"
        case .full: "all blocks were checked against their checksums when the file was opened"
        case .off: "no block is checked against its checksum"
        }
    }
}
