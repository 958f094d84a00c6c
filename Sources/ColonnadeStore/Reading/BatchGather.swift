// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

/// The same columns of a data set in batches of the same size, several at a time and again and again: what does not change
/// from one time to the next is worked out once.
package final class BatchGather: Sendable {
    private let dataset: StoredDataset
    private let size: Int
    private let pool: TensorPool
    /// Group by group.
    private let outputs: [GroupOutput]
    private let groups: [(number: Int, outputs: Range<Int>)]
    /// Of each wanted column, its output.
    private let slots: [Int]

    /// Whether some of the columns lie in memory as they are wanted, where rows come in their order.
    package let couldBeMapped: Bool

    /// Nil where not all columns are plain and of fixed shape. Throws `invalidArgument` beyond what a batch may be.
    package init?(
        _ dataset: StoredDataset, batchesOf size: Int, _ wanted: [ColumnRequest], from pool: TensorPool
    ) throws(ColonnadeError) {
        self.dataset = dataset
        self.size = size
        self.pool = pool
        var outputs: [GroupOutput] = []
        var groups: [(number: Int, outputs: Range<Int>)] = []
        var slots = [Int?](repeating: nil, count: wanted.count)
        for slot in wanted.indices where slots[slot] == nil {
            let column = dataset.columns[wanted[slot].column]
            guard let group = column.group, column.codec == .plain else { return nil }
            // All wanted columns of the group in one pass over its rows.
            let first = outputs.count
            for other in dataset.slots(of: wanted, inGroup: group, from: slot) {
                slots[other] = outputs.count
                outputs.append(try GroupOutput(dataset.columns[wanted[other].column], wanted[other], rows: size))
            }
            groups.append((group, first..<outputs.count))
        }
        couldBeMapped = wanted.contains { request in
            let column = dataset.columns[request.column]
            return request.conversion == nil && column.stride == column.rowBytes
        }
        self.outputs = outputs
        self.groups = groups
        self.slots = slots.compactMap { $0 }
    }

    /// Of one batch.
    package var byteCount: Int {
        outputs.reduce(0) { sum, output in
            let (bytes, overflow) = sum.addingReportingOverflow(output.byteCount)
            return overflow ? .max : bytes
        }
    }

    /// Gives `body` the batches of the first `count` rows, one after another; the last may have fewer rows. The tensors of a
    /// column share one block of memory, each at a place that is aligned as one of its own would be.
    ///
    /// - Parameter rows: row numbers. Those behind `count` are what will be wanted next, and are only requested from memory.
    ///   Traps for one past the end.
    /// - Throws: `corruptFile`, and then gives nothing.
    package func batches(
        _ rows: [Int], count: Int, _ body: ([Tensor]) -> Void
    ) throws(ColonnadeError) {
        dataset.checkNumbers(rows)
        let batches = (count + size - 1) / size
        var memory: [GroupOutput.Memory] = []
        memory.reserveCapacity(outputs.count)
        for group in groups { GroupOutput.allocate(outputs[group.outputs], batches: batches, pool, into: &memory) }
        try dataset.file.reading { () throws(ColonnadeError) in
            for group in groups {
                try dataset.gatherGroup(
                    rows, count, of: size, group.number, outputs[group.outputs], memory[group.outputs])
            }
        }
        for batch in 0..<batches {
            let own = min(size, count - batch * size)
            body(slots.map { outputs[$0].tensor(memory[$0], batch: batch, rows: own) })
        }
    }
}
