// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Pipeline {
    /// Whether samples are divided among several ranks.
    var isSharded: Bool {
        switch feed {
        case .rows(let source, let order):
            return order.isSharded || batchOrder.isSharded || source.parts.contains(where: \.isSharded)
        case .stage(let stage):
            if let shard = stage as? ShardStage, shard.plan.worldSize > 1 { return true }
            return stage.upstreams.contains { $0.pipeline.isSharded }
        }
    }

    /// Throws `invalidArgument` where samples are divided among ranks already, for a step that makes another number of them on
    /// each rank: a rank with fewer batches than the others leaves them waiting for ever.
    ///
    /// - Parameters:
    ///   - step: its name.
    ///   - remedy: what to do first.
    func checkSameOnEachRank(_ step: String, _ remedy: String) throws(ColonnadeError) {
        guard isSharded else { return }
        throw ColonnadeError(
            .invalidArgument,
            "\(step) after shard gives ranks unequal numbers of samples, and ranks that train together would wait for the "
                + "missing batches for ever: \(remedy) first and shard then, or take a partition where parts may be unequal"
        )
    }
}

extension RowOrder {
    fileprivate var isSharded: Bool {
        maps.contains { if case .sharded(let plan) = $0 { plan.worldSize > 1 } else { false } }
    }
}
