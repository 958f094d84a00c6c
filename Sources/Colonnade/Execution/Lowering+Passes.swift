// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The passes that turn a program into a lowering, in the order in which they run.
extension Lowering {
    // MARK: 1. Steps in one pass over memory

    /// Returns the steps with each pair of neighbours that can be done in one pass over memory replaced by one step.
    static func fusingNeighbours(_ program: Program) -> [Program.Step] {
        var steps: [Program.Step?] = program.steps
        var readersOfSlot: [Int: [Int]] = [:]
        for (index, step) in program.steps.enumerated() {
            for slot in Set(step.inputs) { readersOfSlot[slot, default: []].append(index) }
        }
        let shown = Set(program.outputs)
        for index in steps.indices {
            while let step = steps[index], step.outputs.count == 1, !shown.contains(step.outputs[0]),
                let readers = readersOfSlot[step.outputs[0]], readers.count == 1, let next = steps[readers[0]],
                next.inputs == step.outputs, let fused = step.transform.fused(with: next.transform),
                areOnSameValues(step, next, program)
            {
                steps[index] = Program.Step(
                    transform: fused, inputs: step.inputs, outputs: next.outputs, isOnBatch: step.isOnBatch)
                steps[readers[0]] = nil
            }
        }
        return steps.compactMap { $0 }
    }

    /// Returns whether a step and the next one receive equal values. That is true for two steps on samples and for two steps on
    /// batches. It is also true for a step on samples and one on batches, if the batch differs from its samples only by the leading
    /// dimension, which the step on batches ignores.
    static func areOnSameValues(_ step: Program.Step, _ next: Program.Step, _ program: Program) -> Bool {
        if step.isOnBatch == next.isOnBatch { return true }
        let slot = step.outputs[0]
        // A step on samples that a step on batches is part of has the value of a batch, of which the number of samples may vary.
        let isOfBatch = program.steps.contains { $0.isOnBatch && $0.outputs.contains(slot) }
        let sizes = program.slots[slot].shape.dropFirst(isOfBatch ? 1 : 0)
        return !step.isOnBatch && !sizes.contains(nil) && program.joins[slot]?.dimension == nil
            && next.transform.ignoresLeadingDimension
    }

    // MARK: 2. Unused steps

    /// Removes the steps whose values are not used, and the first value of a step where that saves work.
    static func removeUnusedSteps(_ steps: inout [Program.Step], _ program: Program) {
        var live = Set(program.outputs)
        for step in steps.reversed() where step.transform.hasEffects || !live.isDisjoint(with: step.outputs) {
            live.formUnion(step.inputs)
        }
        steps.removeAll { !$0.transform.hasEffects && live.isDisjoint(with: $0.outputs) }
        for (index, step) in steps.enumerated() where !live.contains(step.outputs[0]) {
            guard let others = step.transform.withoutFirst else { continue }
            steps[index] = Program.Step(
                transform: others, inputs: step.inputs, outputs: Array(step.outputs.dropFirst()),
                isOnBatch: step.isOnBatch)
        }
    }

    /// Returns a load for each column that an output or a step needs.
    static func loads(_ program: Program, for steps: [Program.Step]) -> [Load] {
        let live = Set(program.outputs + steps.flatMap(\.inputs))
        return (0..<program.columnCount).filter { live.contains($0) }.map { column in
            Load(column: column, slot: column, padding: program.joins[column]?.padding ?? 0)
        }
    }

    // MARK: 3. Steps as part of reading

    /// Moves the first step of a column into the reading of the column where the step is the column's only use.
    static func fuseWithReading(_ loads: inout [Load], _ steps: inout [Program.Step], _ program: Program) {
        let uses = steps.reduce(into: [Int: Int]()) { uses, step in
            for slot in step.inputs { uses[slot, default: 0] += 1 }
        }
        let shown = Set(program.outputs)
        for index in loads.indices {
            let column = loads[index].column
            guard uses[column] == 1, !shown.contains(column),
                let first = steps.firstIndex(where: { $0.inputs == [column] }),
                let conversion = conversion(of: steps[first], program)
            else { continue }
            let slot = steps[first].outputs[0]
            loads[index] = Load(
                column: column, slot: slot, conversion: conversion,
                padding: program.joins[slot]?.padding ?? loads[index].padding)
            steps.remove(at: first)
        }
    }

    /// Returns the conversion that does the work of a step while its column is read; nil where the result would differ.
    private static func conversion(of step: Program.Step, _ program: Program) -> Conversion? {
        let column = step.inputs[0]
        let field = program.slots[column]
        guard let conversion = step.transform.conversion(of: field, isOnBatch: step.isOnBatch) else { return nil }
        guard step.isOnBatch else { return conversion }
        guard program.joins[column]?.dimension == nil else { return nil }
        // A step on a batch converts its padding as well, so that zeros must remain zeros.
        guard !field.isRagged || program.joins[column]?.padding == 0 && conversion.offsets.isEmpty else { return nil }
        return conversion
    }

    // MARK: 4. Columns that are read row by row

    /// Marks the loads that a step needs row by row.
    static func chooseRowLoads(_ loads: inout [Load], _ steps: [Program.Step], _ program: Program) {
        for index in loads.indices {
            let slot = loads[index].slot
            let readers = steps.filter { !$0.isOnBatch && $0.inputs.contains(slot) }
            let isRagged = program.slots[slot].isRagged
            loads[index].asRows =
                readers.contains { $0.transform.stacked(program.fields($0.inputs)) == nil }
                || isRagged && (!readers.isEmpty || program.joins[slot]?.dimension != nil)
        }
    }

    /// Returns the slots of single texts that only become values of a batch, with the padding of texts. Marks their loads.
    static func unpadTexts(_ loads: inout [Load], _ steps: [Program.Step], _ program: Program) -> Set<Int> {
        let readOnBatch = Set(steps.lazy.filter(\.isOnBatch).flatMap(\.inputs))
        let slots = Set(
            program.outputs.filter { slot in
                guard let join = program.joins[slot] else { return false }
                return join.field.kind == .string && join.field.shape == [nil] && join.dimension == nil
                    && join.padding == join.field.padding && !readOnBatch.contains(slot)
            })
        for index in loads.indices {
            let load = loads[index]
            loads[index].unpadsTexts =
                slots.contains(load.slot) && load.conversion == nil && !load.asRows
                && !steps.contains { $0.inputs.contains(load.slot) }
        }
        return slots
    }

    // MARK: 5. Steps on stacked samples

    /// Returns the steps, each with the transform that runs on all samples at once where all of its inputs are stacked.
    static func choosingStackedSteps(_ steps: [Program.Step], _ loads: [Load], _ program: Program) -> [Step] {
        var stackedSlots = Set(loads.filter { !$0.asRows }.map(\.slot))
        if let maskSlot = program.maskSlot { stackedSlots.insert(maskSlot) }
        return steps.map { step in
            let fields = program.fields(step.inputs)
            var stacked: (any Transform)?
            if !step.isOnBatch, stackedSlots.isSuperset(of: step.inputs), !fields.contains(where: \.isRagged) {
                stacked = step.transform.stacked(fields)
            }
            if stacked != nil { stackedSlots.formUnion(step.outputs) }
            return Step(
                transform: step.transform, stacked: stacked, inputs: step.inputs, outputs: step.outputs,
                fields: program.fields(step.outputs), isOnBatch: step.isOnBatch, label: step.transform.label)
        }
    }
}

extension Program {
    fileprivate func fields(_ slots: [Int]) -> [Field] { slots.map { self.slots[$0] } }
}
