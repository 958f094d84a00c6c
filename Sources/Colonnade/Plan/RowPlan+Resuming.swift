// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The conversion between the items of a rank and the samples of all ranks, in which positions count.
extension RowPlan {
    /// The order whose indices a position counts.
    private var countedOrder: RowOrder { countsBatches ? batchOrder : order }

    /// Returns the number of samples that all ranks together have had after this rank has had `index` items.
    ///
    /// - Parameters:
    ///   - index: the number of items that this rank has had in the pass.
    ///   - origin: the number of samples before the pass began, which the result includes.
    func samples(before index: Int, origin: Int) -> Int {
        let order = countedOrder
        let size = countsBatches ? 1 : batches?.uniformSize ?? 1
        let ownCount = min(index.saturatingProduct(size), order.count)
        if case .sharded(let plan) = order.maps.last {
            let remaining = order.countBeforeLast - plan.origin
            return plan.origin + min(ownCount.saturatingProduct(plan.worldSize), remaining)
        }
        return origin + ownCount
    }

    /// Returns the plan without the first `count` samples of all ranks, or without the first `count` batches if
    /// positions count batches.
    ///
    /// Throws `invalidArgument` if there are fewer than `count`.
    func from(_ count: Int) throws(ColonnadeError) -> RowPlan {
        guard count != 0 else { return self }
        let order = countedOrder
        let changed: RowOrder
        if case .sharded(var plan) = order.maps.last {
            guard count >= 0, count <= order.countBeforeLast else { throw RowPlan.afterTheEnd(count) }
            plan.origin = count
            changed = order.replacingLast(.sharded(plan))
        } else {
            guard count >= 0, count <= order.count else { throw RowPlan.afterTheEnd(count) }
            changed = order.adding(.range(count..<order.count))
        }
        return countsBatches ? changingBatchOrder { _ in changed } : changingRowOrder { _ in changed }
    }

    private static func afterTheEnd(_ count: Int) -> ColonnadeError {
        ColonnadeError(.invalidArgument) {
            "the \($0.position) counts \(count) samples, more than a pass has: it belongs to another pipeline"
        }
    }
}
