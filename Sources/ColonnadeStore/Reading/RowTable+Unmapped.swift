// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeSystem

/// Rows of a file that was just opened. A page fault for each of them would take several times as long as a read.
extension RowTable {
    /// The bytes of rows that are read before the kernel copies them. They stay in the cache.
    private static let stagedBytes = 1 << 15
    /// The size of rows above which a second copy costs as much as a page fault.
    private static let longestRow = 1 << 12

    /// Returns whether `gatherUnmapped` is faster than page faults for a number of rows. It is slower for many rows, since
    /// a page fault maps 64 KiB, which then contain several of them.
    ///
    /// - Parameter rowCount: the number of rows of the file.
    func shouldReadUnmapped(_ count: Int, ofGroup group: Int, of rowCount: Int) -> Bool {
        let stride = unsafe rows(ofGroup: group).stride
        return count > 0 && (1...RowTable.longestRow).contains(stride) && count <= (rowCount * stride) >> 16
    }

    /// Copies columns as `gather` does, but reads the rows from the file and not from its mapping. Returns false if a
    /// row could not be read: the mapping then has it, or reading the mapping reports the error.
    func gatherUnmapped(
        _ rows: [Int], from file: MappedFile, _ block: BlockGather.Block, _ group: BlockGather.Group,
        _ outputs: [ColumnOutput], _ memory: [ColumnOutput.Memory]
    ) -> Bool {
        guard file.canCopy else { return false }
        let table = unsafe self.rows(ofGroup: group.number)
        unsafe precondition(table.strides == nil, "a table of one file has one stride")
        let stagedRows = unsafe RowTable.stagedBytes / table.stride
        let run = RunIndex([RowRun(rows: 0..<stagedRows, exponent: 32, firstSegment: 0)])
        let numbers = (0..<stagedRows).map { Int64($0) }
        return unsafe withUnsafeTemporaryAllocation(byteCount: stagedRows * table.stride, alignment: 64) { staged in
            guard let start = staged.baseAddress else { return false }
            return unsafe withUnsafePointer(to: UnsafeRawPointer(start)) { segment in
                let places = unsafe colonnade_rows(
                    runs: run.kernelRuns, segments: segment, stride: table.stride, strides: nil)
                for first in stride(from: 0, to: block.rowCount, by: block.batchSize) {
                    var members = unsafe group.outputs.map { unsafe outputs[$0].member(memory[$0]) }
                    for (index, output) in group.outputs.enumerated() {
                        unsafe members[index].target += first / block.batchSize * memory[output].step
                    }
                    let end = min(first + block.batchSize, block.rowCount)
                    for piece in stride(from: first, to: end, by: stagedRows) {
                        let count = min(stagedRows, end - piece)
                        guard unsafe read(rows[piece..<piece + count], table, from: file, to: start) else {
                            return false
                        }
                        // The kernel advances the targets to the rows after these.
                        for (index, output) in group.outputs.enumerated() {
                            unsafe members[index].step = count * outputs[output].rowBytes
                        }
                        unsafe members.withUnsafeMutableBufferPointer { members in
                            guard let first = members.baseAddress else { return }
                            var table = unsafe colonnade_group(
                                where: places, members: first, member_count: members.count)
                            unsafe colonnade_gather(&table, 1, numbers, count, count, count, false)
                        }
                    }
                }
                return true
            }
        }
    }

    /// Reads rows of a file into memory, one after another. Returns false if a row could not be read.
    @unsafe private func read(
        _ rows: ArraySlice<Int>, _ table: colonnade_rows, from file: MappedFile, to memory: UnsafeMutableRawPointer
    ) -> Bool {
        guard let base = unsafe file.bytes.baseAddress else { return false }
        var runs = unsafe table.runs
        var target = unsafe memory
        for row in rows {
            let run = unsafe colonnade_run_of(&runs, Int64(row)).pointee
            let local = row - Int(run.first_row)
            let segment = unsafe table.segments[Int(run.first_segment) + local >> run.exponent]
            let offset = unsafe segment - base + (local & (1 << run.exponent - 1)) * table.stride
            guard unsafe file.copy(offset..<offset + table.stride, to: target) else { return false }
            unsafe target += table.stride
        }
        return true
    }
}
