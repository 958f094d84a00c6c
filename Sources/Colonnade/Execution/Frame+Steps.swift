// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// The execution of the steps of a program on the values of a frame.
extension Frame {
    /// Runs a step of samples, on all samples at once where the step allows it.
    mutating func run(_ step: Lowering.Step) throws(ColonnadeError) {
        guard let transform = step.stacked else { return try runPerRow(step) }
        let start = times?.start()
        let inputs = step.inputs.compactMap { values[$0].stacked }
        let results: [Tensor]
        do throws(RowFailure) {
            results = try transform.apply(stacked: inputs, contextOfAll(transform))
        } catch {
            throw error.error.placed(in: context(error.index).row, of: step.transform)
        }
        for (slot, tensor) in zip(step.outputs, results) {
            values[slot] = .stacked(tensor)
            try meter.advance(by: tensor.byteCount)
        }
        times?.end(start, .step(step.label))
    }

    /// Runs a step of samples on the values of each sample.
    mutating func runPerRow(_ step: Lowering.Step) throws(ColonnadeError) {
        let start = times?.start()
        defer { times?.end(start, .step(step.label)) }
        if let transform = step.transform.rowwise, samples.count > 0 { return try runRowwise(transform, step) }
        var results = [[Tensor]](repeating: [], count: step.outputs.count)
        for index in 0..<samples.count {
            let inputs = step.inputs.map { values[$0][row: index] }
            for (output, tensor) in try apply(step, inputs, index).enumerated() {
                results[output].append(tensor)
                try meter.advance(by: tensor.byteCount)
            }
        }
        for (slot, tensors) in zip(step.outputs, results) { values[slot] = .rows(tensors) }
    }

    /// Runs a step that gets the values of all samples in one call.
    private mutating func runRowwise(
        _ transform: any RowwiseTransform, _ step: Lowering.Step
    ) throws(ColonnadeError) {
        let inputs = step.inputs.map { values[$0].rows(samples.count) }
        var context = contextOfAll(transform)
        if transform.readsEntryPoints, let column = lowering.unchangedColumn(inSlot: step.inputs[0]) {
            context.entryPoints = try samples.entryPoints(column)
        }
        do throws(RowFailure) {
            for (slot, column) in zip(step.outputs, try transform.apply(rows: inputs, context)) {
                values[slot] = SlotValue(column)
            }
        } catch {
            throw error.error.placed(in: self.context(error.index).row, of: step.transform)
        }
    }

    /// Runs a step that was written after `batched`.
    mutating func runOnBatch(_ step: Lowering.Step) throws(ColonnadeError) {
        var inputs: [Tensor] = []
        for slot in step.inputs { inputs.append(try batchValue(slot)) }
        let start = times?.start()
        for (slot, tensor) in zip(step.outputs, try apply(step, inputs, 0)) {
            values[slot] = .batch(tensor)
            try meter.advance(by: tensor.byteCount)
        }
        times?.end(start, .step(step.label))
    }

    /// Returns the context of the first sample, with the identities of all samples if the transform needs them.
    private func contextOfAll(_ transform: any Transform) -> StepContext {
        var first = context(0)
        if transform.needsIdentities {
            first.identities = (0..<samples.count).map { samples.identity($0, epoch: epoch) }
        }
        return first
    }

    private func context(_ index: Int) -> StepContext {
        let (row, epoch) = samples.count > index ? samples.identity(index, epoch: epoch) : (0, epoch)
        return StepContext(pool: pool, epoch: epoch, row: row, times: times)
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
    /// Returns the error with that row as its place, unless it has a place or is about no row. A function of whole samples is about no key.
    fileprivate func placed(in row: Int, of transform: any Transform) -> ColonnadeError {
        var copy = self
        let isOfSamples = transform.runsUserCode && transform.keys.count > 1
        if place == nil, code != .cancelled {
            copy.place = .sample(row: row, key: isOfSamples ? nil : transform.keys.first)
        }
        return copy
    }
}
