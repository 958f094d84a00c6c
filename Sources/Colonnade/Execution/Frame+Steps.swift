// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// How the steps of a program run on the values of a frame.
extension Frame {
    /// A step of samples, on all at once if it can.
    mutating func run(_ step: Lowering.Step) throws(ColonnadeError) {
        guard let transform = step.whole else { return try runPerRow(step) }
        let start = times?.start()
        let inputs = step.inputs.compactMap { whole[$0] }
        do throws(ColonnadeError) {
            let results = try transform.apply(inputs, context(0))
            for (slot, tensor) in zip(step.outputs, results) {
                whole[slot] = tensor
                try meter.advance(by: tensor.byteCount)
            }
        } catch {
            // Again one by one, which says the row.
            try runPerRow(step)
            throw error
        }
        times?.end(start, .step(step.label))
    }

    mutating func runPerRow(_ step: Lowering.Step) throws(ColonnadeError) {
        let start = times?.start()
        if let transform = step.transform as? any RowwiseTransform, set.count > 0 {
            try runRowwise(transform, step)
            times?.end(start, .step(step.transform.label))
            return
        }
        var results = [[Tensor]](repeating: [], count: step.outputs.count)
        for index in 0..<set.count {
            let inputs = try step.inputs.map { (slot) throws(ColonnadeError) in try row(index, slot) }
            for (output, tensor) in try apply(step, inputs, index).enumerated() {
                results[output].append(tensor)
                try meter.advance(by: tensor.byteCount)
            }
        }
        for (slot, tensors) in zip(step.outputs, results) { rows[slot] = tensors }
        times?.end(start, .step(step.label))
    }

    /// A step that is told of all samples at once.
    private mutating func runRowwise(
        _ transform: any RowwiseTransform, _ step: Lowering.Step
    ) throws(ColonnadeError) {
        let inputs = try step.inputs.map { (slot) throws(ColonnadeError) in try all(slot) }
        var first = context(0)
        if transform.needsIdentities { first.identities = (0..<set.count).map { set.identity($0, epoch: epoch) } }
        do throws(RowFailure) {
            for (slot, column) in zip(step.outputs, try transform.apply(rows: inputs, first)) {
                switch column {
                case .whole(let tensor): whole[slot] = tensor
                case .rows(let tensors): rows[slot] = tensors
                }
            }
        } catch {
            throw error.error.placed(in: context(error.index).row, of: step.transform)
        }
    }

    mutating func runOnBatch(_ step: Lowering.Step) throws(ColonnadeError) {
        var inputs: [Tensor] = []
        for slot in step.inputs { inputs.append(try joined(slot)) }
        let start = times?.start()
        for (slot, tensor) in zip(step.outputs, try apply(step, inputs, 0)) {
            batched[slot] = tensor
            try meter.advance(by: tensor.byteCount)
        }
        times?.end(start, .step(step.label))
    }

    private func context(_ index: Int) -> StepContext {
        let (row, epoch) = set.count > index ? set.identity(index, epoch: epoch) : (0, epoch)
        return StepContext(pool: pool, epoch: epoch, row: row)
    }

    private func apply(
        _ step: Lowering.Step, _ inputs: [Tensor], _ index: Int
    ) throws(ColonnadeError) -> [Tensor] {
        do throws(ColonnadeError) {
            let results = try step.transform.apply(inputs, context(index))
            if step.transform.runsUserCode { try check(results, step) }
            return results
        } catch {
            throw error.placed(in: context(index).row, of: step.transform)
        }
    }

    /// Checks that a result of a user's function has the promised field: later steps were built on that.
    private func check(_ results: [Tensor], _ step: Lowering.Step) throws(ColonnadeError) {
        for (tensor, promised) in zip(results, step.fields) {
            guard promised.admits(tensor) else {
                throw ColonnadeError(
                    .userFunction,
                    "\(step.transform.label) gave \(tensor) as \"\(promised.name)\", and \(promised.typeDescription) was "
                        + "promised: say what it gives with its arguments `to` and `shape`")
            }
        }
    }
}

extension ColonnadeError {
    /// Returns the error with that row as its place, unless it has a place.
    fileprivate func placed(in row: Int, of transform: any Transform) -> ColonnadeError {
        var copy = self
        if place == nil { copy.place = .row(row, column: transform.keys.first) }
        return copy
    }
}
