// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeSystem

extension RowTable {
    /// Copies columns of one plain group, one batch after another. The caller must have checked the row numbers. Throws
    /// `cancelled` within a batch that is so large that Ctrl-C would be noticed late.
    func gather(
        _ rows: [Int], _ block: BlockGather.Block, _ group: BlockGather.Group, _ outputs: ArraySlice<ColumnOutput>,
        _ memory: ArraySlice<ColumnOutput.Memory>
    ) throws(ColonnadeError) {
        let piece = InterruptMeter.period / max(group.rowBytes, 1)
        var failure: ColonnadeError?
        unsafe withUnsafeTemporaryAllocation(of: colonnade_member.self, capacity: outputs.count) { members in
            for (index, output) in group.outputs.enumerated() {
                unsafe members.initializeElement(at: index, to: outputs[output].member(memory[output]))
            }
            unsafe rows.withUnsafeBufferPointer { rows in
                guard let first = rows.baseAddress, let columns = members.baseAddress else { return }
                unsafe first.withMemoryRebound(to: Int64.self, capacity: rows.count) { first in
                    var places = unsafe self.rows(ofGroup: group.number)
                    for start in stride(from: 0, to: block.rowCount, by: max(block.batchSize, 1)) {
                        let count = min(block.batchSize, block.rowCount - start)
                        // The rows of the next batches are known, so that the kernel requests their first rows while it
                        // copies the last rows of this batch.
                        if count <= piece {
                            unsafe colonnade_gather(
                                &places, first + start, count, rows.count - start, start > 0, columns, members.count)
                        } else {
                            do throws(ColonnadeError) {
                                try unsafe gather(
                                    &places, first + start, count, rows.count - start, start > 0, outputs, members,
                                    inPiecesOf: piece)
                            } catch {
                                failure = error
                                return
                            }
                        }
                        for (index, output) in group.outputs.enumerated() {
                            unsafe members[index].target += memory[output].step
                        }
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    /// Copies one large batch in pieces, and checks for Ctrl-C between them. Throws `cancelled`.
    @unsafe private func gather(
        _ places: inout colonnade_rows, _ first: UnsafePointer<Int64>, _ count: Int, _ known: Int, _ continues: Bool,
        _ outputs: ArraySlice<ColumnOutput>, _ members: UnsafeMutableBufferPointer<colonnade_member>,
        inPiecesOf piece: Int
    ) throws(ColonnadeError) {
        var meter = InterruptMeter()
        let starts = unsafe members.map { unsafe $0.target }
        guard let columns = members.baseAddress else { return }
        for start in stride(from: 0, to: count, by: max(piece, 1)) {
            let pieceCount = min(max(piece, 1), count - start)
            for (index, output) in outputs.enumerated() {
                unsafe members[index].target = starts[index] + start * output.rowBytes
            }
            unsafe colonnade_gather(
                &places, first + start, pieceCount, known - start, continues || start > 0, columns, members.count)
            try meter.advance(by: InterruptMeter.period)
        }
        for index in members.indices { unsafe members[index].target = starts[index] }
    }
}
