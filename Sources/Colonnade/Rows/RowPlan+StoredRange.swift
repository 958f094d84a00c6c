// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension RowPlan {
    /// The file of which a plan returns consecutive, unchanged rows, with the column of each key; nil for other plans.
    var storedRange: (dataset: StoredDataset, columns: [Int], rows: Range<Int>)? {
        guard !isBatched, order.isSequential, let stored = source as? StoredRows, program.steps.isEmpty,
            program.maskSlot == nil, let rows = order.epoch(0).range(at: 0..<order.count)
        else { return nil }
        return (stored.dataset, program.outputs, rows)
    }
}
