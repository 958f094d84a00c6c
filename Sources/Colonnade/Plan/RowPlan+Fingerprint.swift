// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The properties of a row plan that saved positions identify it by.
extension RowPlan {
    var identity: UInt64 { source.identity }

    var seed: UInt64? {
        for map in batchOrder.maps.reversed() + order.maps.reversed() {
            if case .shuffled(let shuffle) = map { return shuffle.seed }
        }
        return nil
    }

    /// Whether positions count batches instead of samples: the case for batches that have an order of their own, or no
    /// common size.
    var countsBatches: Bool {
        guard let batches else { return false }
        return batches.uniformSize == nil || !batchOrder.maps.isEmpty
    }

    func fingerprint(isOutside: Bool) -> UInt64 {
        var result = source.orders
        for (index, map) in order.maps.enumerated() {
            let isOutermost = isOutside && !countsBatches && index == order.maps.count - 1
            result = Fingerprint.mix(result, map, isRankFree: isOutermost)
        }
        guard let batches, countsBatches || !isOutside else { return result }
        result = Fingerprint.mix(result, "batched \(batches.sizes)")
        for (index, map) in batchOrder.maps.enumerated() {
            result = Fingerprint.mix(result, map, isRankFree: isOutside && index == batchOrder.maps.count - 1)
        }
        return result
    }

    func addDraws(to steps: inout PassSteps) {
        for input in source.inputs { input.addDraws(to: &steps) }
        steps.addDraws(of: program)
    }

    func add(to steps: inout PassSteps, isOutside: Bool) {
        if source.inputs.count == 1 {
            source.inputs[0].add(to: &steps, isOutside: false)
        } else if !source.inputs.isEmpty || source.orders != 0 {
            steps.add(source.name, source.orders)
        }
        steps.add(order, isOutside: isOutside && !countsBatches)
        guard let batches, countsBatches || !isOutside else { return }
        steps.add(batches)
        steps.add(batchOrder, isOutside: isOutside)
    }
}
