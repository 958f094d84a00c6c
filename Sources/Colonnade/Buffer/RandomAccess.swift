// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Synchronization

/// The executor that makes the samples of a buffer by index. It is made at the first access; copies of the buffer share it.
final class RandomAccess: Sendable {
    private let executor = AtomicLazyReference<RowExecutor>()

    /// Returns the executor of a plan, which must be the same in all calls. Any number of threads may ask at once.
    func executor(of plan: RowPlan) throws(ColonnadeError) -> RowExecutor {
        if let executor = executor.load() { return executor }
        return executor.storeIfNil(try RowExecutor(plan, PassContext(epoch: 0, pool: TensorPool(keeping: 0))))
    }
}
