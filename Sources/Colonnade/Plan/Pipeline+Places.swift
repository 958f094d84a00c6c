// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Where a pass is, in samples of all ranks together; and what tells pipelines apart.
extension Pipeline {
    /// What positions count: samples, unless batches have an order of their own or no common size.
    var countsBatches: Bool {
        guard let batches else { return false }
        return batches.uniformSize == nil || !batchOrder.maps.isEmpty
    }

    /// The order whose positions are counted.
    private var countedOrder: RowOrder {
        guard case .rows(_, let order) = feed else { return RowOrder(count: 0) }
        return countsBatches ? batchOrder : order
    }

    /// What all ranks had of a pass once this one had so many items; `origin` of them before the pass began.
    func samples(before position: Int, origin: Int) -> Int {
        let order = countedOrder
        let size = countsBatches ? 1 : batches?.uniformSize ?? 1
        let local = min(position.saturatingProduct(size), order.count)
        if case .sharded(let plan) = order.maps.last {
            let left = order.countBeforeLast - plan.origin
            return plan.origin + min(local.saturatingProduct(plan.worldSize), left)
        }
        return origin + local
    }

    /// The same pipeline without the first `count` of what is counted.
    ///
    /// Throws `invalidArgument` where there are not so many.
    func from(_ count: Int) throws(ColonnadeError) -> Pipeline {
        guard count != 0 else { return self }
        let order = countedOrder
        let changed: RowOrder
        if case .sharded(var plan) = order.maps.last {
            guard count >= 0, count <= order.countBeforeLast else { throw Pipeline.behindTheEnd(count) }
            plan.origin = count
            changed = order.replacingLast(.sharded(plan))
        } else {
            guard count >= 0, count <= order.count else { throw Pipeline.behindTheEnd(count) }
            changed = order.adding(.range(count..<order.count))
        }
        return countsBatches ? changingBatchOrder { _ in changed } : changingRowOrder { _ in changed }
    }

    private static func behindTheEnd(_ count: Int) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument, "the position is \(count) samples into a pass that has fewer: it is another pipeline's")
    }

    /// Tells the data from other data.
    var identity: UInt64 {
        switch feed {
        case .rows(let source, _): source.identity
        case .stage(let stage): stage.upstreams.reduce(3) { Fingerprint.mix($0, $1.pipeline.identity) }
        }
    }

    /// Tells pipelines apart that give other samples, or in another order. Steps on values count for nothing, and on the
    /// outside neither do the size of batches and the number of ranks: with others a pass may go on.
    func fingerprint(isOutside: Bool = true) -> UInt64 {
        var result: UInt64 = 0
        switch feed {
        case .rows(let source, let order):
            result = source.orders
            for (index, map) in order.maps.enumerated() {
                let isOwn = isOutside && !countsBatches && index == order.maps.count - 1
                result = Fingerprint.mix(result, map, isRankFree: isOwn)
            }
        case .stage(let stage):
            if !(isOutside && stage is ShardStage) { result = Fingerprint.mix(result, stage.label) }
            result = Fingerprint.mix(result, stage.orders)
            if stage.isSelection, stage.upstreams.contains(where: \.pipeline.varies) {
                result = Fingerprint.mix(result, "of epoch 0")
            }
            for upstream in stage.upstreams {
                result = Fingerprint.mix(result, upstream.pipeline.fingerprint(isOutside: false))
            }
        }
        guard let batches, countsBatches || !isOutside else { return result }
        result = Fingerprint.mix(result, "batched \(batches.sizes)")
        for (index, map) in batchOrder.maps.enumerated() {
            result = Fingerprint.mix(result, map, isRankFree: isOutside && index == batchOrder.maps.count - 1)
        }
        return result
    }

    /// The seed of the outermost random order, if there is one.
    var seed: UInt64? {
        switch feed {
        case .rows(_, let order):
            for map in batchOrder.maps.reversed() + order.maps.reversed() {
                if case .shuffled(let seed) = map { return seed }
            }
            return nil
        case .stage(let stage):
            return stage.seed ?? stage.upstreams.lazy.compactMap(\.pipeline.seed).first
        }
    }

    var runsUserCode: Bool {
        if program.steps.contains(where: { $0.transform.runsUserCode }) { return true }
        return switch feed {
        case .rows(let source, _): source.runsUserCode
        case .stage(let stage): stage.runsUserCode || stage.upstreams.contains { $0.pipeline.runsUserCode }
        }
    }

    /// Throws `corruptFile` if a file that its samples are in was truncated since it was opened, or is known to be damaged.
    func checkIntact() throws(ColonnadeError) {
        switch feed {
        case .rows(let source, _):
            for part in source.parts { try part.checkIntact() }
            guard source.parts.isEmpty else { return }
            try source.bound(PassContext(epoch: 0, pool: TensorPool(keeping: 0))).checkIntact()
        case .stage(let stage): for upstream in stage.upstreams { try upstream.pipeline.checkIntact() }
        }
    }

    /// Sentences for people about the checks of the files that hold the samples.
    var promises: [String] {
        if case .rows(let source, _) = feed { source.promises } else { [] }
    }

    /// Where it begins, for people.
    var label: String {
        switch feed {
        case .rows(let source, _): source.label
        case .stage(let stage): stage.label
        }
    }
}
