// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeSystem

extension RowTable {
    /// Copies the columns of plain groups, one batch after another. The caller must have checked the row numbers. Throws
    /// `cancelled` within a batch that is so large that Ctrl-C would be noticed late.
    ///
    /// - Parameter memory: the memory of each output, by its index.
    func gather(
        _ rows: [Int], _ block: BlockGather.Block, _ groups: [BlockGather.Group], _ outputs: [ColumnOutput],
        _ memory: [ColumnOutput.Memory]
    ) throws(ColonnadeError) {
        var (memberCount, rowBytes) = (0, 0)
        for group in groups {
            memberCount += group.outputs.count
            rowBytes += group.rowBytes
        }
        let piece = max(InterruptMeter.period / max(rowBytes, 1), 1)
        var failure: ColonnadeError?
        unsafe withUnsafeTemporaryAllocation(of: colonnade_member.self, capacity: memberCount) { members in
            unsafe withUnsafeTemporaryAllocation(of: colonnade_group.self, capacity: groups.count) { kernelGroups in
                unsafe rows.withUnsafeBufferPointer { rows in
                    guard let numbers = rows.baseAddress, let first = members.baseAddress,
                        let firstGroup = kernelGroups.baseAddress
                    else { return }
                    var start = unsafe first
                    for (index, group) in groups.enumerated() {
                        for output in group.outputs {
                            let member = unsafe outputs[output].member(memory[output])
                            unsafe (start + (output - group.outputs.lowerBound)).initialize(to: member)
                        }
                        unsafe (firstGroup + index).initialize(
                            to: colonnade_group(
                                where: self.rows(ofGroup: group.number), members: start,
                                member_count: group.outputs.count))
                        unsafe start += group.outputs.count
                    }
                    unsafe numbers.withMemoryRebound(to: Int64.self, capacity: rows.count) { numbers in
                        // The rows after the block are known, so that the kernel requests them while it copies the last rows.
                        if block.batchSize <= piece {
                            unsafe colonnade_gather(
                                firstGroup, groups.count, numbers, block.rowCount, rows.count, block.batchSize, false)
                            return
                        }
                        do throws(ColonnadeError) {
                            let sizes = groups.flatMap { $0.outputs.map { outputs[$0].rowBytes } }
                            try unsafe gather(
                                numbers, rows.count, block, kernelGroups, members, sizes, inPiecesOf: piece)
                        } catch {
                            failure = error
                        }
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    /// Copies large batches in pieces, and checks for Ctrl-C between them. Throws `cancelled`.
    ///
    /// - Parameter rowBytes: the bytes of a row of each member in its batches.
    @unsafe private func gather(
        _ numbers: UnsafePointer<Int64>, _ known: Int, _ block: BlockGather.Block,
        _ groups: UnsafeMutableBufferPointer<colonnade_group>, _ members: UnsafeMutableBufferPointer<colonnade_member>,
        _ rowBytes: [Int], inPiecesOf piece: Int
    ) throws(ColonnadeError) {
        guard let first = groups.baseAddress else { return }
        var meter = InterruptMeter()
        let starts = unsafe Array(members)
        for batch in 0..<block.batchCount {
            let firstRow = batch * block.batchSize
            let end = min(firstRow + block.batchSize, block.rowCount)
            for index in members.indices {
                unsafe members[index].target = starts[index].target + batch * starts[index].step
            }
            for row in stride(from: firstRow, to: end, by: piece) {
                let count = min(piece, end - row)
                // The kernel advances the targets to the next piece.
                for index in members.indices { unsafe members[index].step = count * rowBytes[index] }
                unsafe colonnade_gather(first, groups.count, numbers + row, count, known - row, count, row > 0)
                try meter.advance(by: InterruptMeter.period)
            }
        }
    }
}
