// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The reading of several batches at once, where nothing but reading happens to them.
struct BlockReading: Sendable {
    let gather: BatchGather
    /// Whether samples are read before their checksum blocks are checked, so that the checks must be finished before the end
    /// of the pass.
    let isCheckedMeanwhile: Bool

    /// A pass over at least this part of the rows leaves the checks to a thread, which checks all rows. A pass over fewer rows
    /// checks their checksum blocks as it reads them.
    private static let leastPartForThread = 4

    /// Nil where batches are made one by one.
    init?(_ plan: RowPlan, _ lowering: Lowering, _ rows: any BoundRows) {
        guard let size = plan.batches?.uniformSize, lowering.isOnlyReading, plan.batchOrder.maps.isEmpty,
            lowering.outputs == lowering.loads.map(\.slot)
        else { return nil }
        let requests = lowering.loads.map {
            ColumnRequest(column: $0.column, conversion: $0.conversion, padding: $0.padding)
        }
        let readsMost = plan.order.count >= plan.source.count / BlockReading.leastPartForThread
        isCheckedMeanwhile = readsMost && rows.isCheckedMeanwhile
        // An error here is one of every batch, and is thrown where a batch is made.
        guard
            let gather =
                (try? rows.batches(
                    of: max(min(size, plan.order.count), 1), requests, isCheckedMeanwhile: isCheckedMeanwhile)) ?? nil
        else { return nil }
        self.gather = gather
    }
}
