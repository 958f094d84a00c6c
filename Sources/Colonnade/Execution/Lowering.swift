// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A program made ready to run: which columns are read and how, which steps are part of the reading, which run on a whole
/// batch at once wherever they were written, and which have to see each sample by itself.
struct Lowering: Sendable {
    /// A column of the source that is read.
    struct Load: Sendable {
        let column: Int
        /// Where it goes: behind the steps that are part of the reading.
        let slot: Int
        let conversion: Conversion?
        /// Row by row, since a step has to see each by itself; without a copy where that can be.
        var asRows: Bool
        let padding: Double
    }

    struct Step: Sendable {
        let transform: any Transform
        /// The same for many samples at once; nil where it runs on each.
        let whole: (any Transform)?
        let inputs: [Int]
        let outputs: [Int]
        let fields: [Field]
        let isOnBatch: Bool
        /// What it does: made once, since it is asked for with every batch.
        let label: String
    }

    let loads: [Load]
    /// Of samples, then of batches; in the order in which they were written.
    let steps: [Step]
    let outputs: [Int]
    let slotCount: Int
    let maskSlot: Int?
    let joins: [Int: Program.Join]
    let isBatched: Bool
    private let everything: (loads: [Load], steps: [Step])

    init(_ program: Program) {
        var steps = Lowering.fused(program)
        // What nobody asks for is not computed.
        var live = Set(program.outputs)
        for step in steps.reversed() where !live.isDisjoint(with: step.outputs) { live.formUnion(step.inputs) }
        steps.removeAll { live.isDisjoint(with: $0.outputs) }

        let uses = steps.reduce(into: [Int: Int]()) { uses, step in
            for slot in step.inputs { uses[slot, default: 0] += 1 }
        }
        let shown = Set(program.outputs)
        var loads: [Load] = []
        for column in 0..<program.columnCount where live.contains(column) {
            var slot = column
            var conversion: Conversion?
            // The first step of a column can be part of reading it.
            if uses[column] == 1, !shown.contains(column),
                let index = steps.firstIndex(where: { $0.inputs == [column] }),
                let fused = Lowering.reading(steps[index], program)
            {
                conversion = fused
                slot = steps[index].outputs[0]
                steps.remove(at: index)
            }
            let others = steps.filter { !$0.isOnBatch && $0.inputs.contains(slot) }
            let asRows =
                others.contains { $0.transform.behindLeadingDimension(program.fields($0.inputs)) == nil }
                || program.slots[slot].isRagged && (!others.isEmpty || program.joins[slot]?.dimension != nil)
            loads.append(
                Load(
                    column: column, slot: slot, conversion: conversion, asRows: asRows,
                    padding: program.joins[slot]?.padding ?? program.joins[column]?.padding ?? 0))
        }
        self.loads = loads
        outputs = program.outputs
        slotCount = program.slots.count
        maskSlot = program.maskSlot
        joins = program.joins
        isBatched = program.isBatched

        // A step runs on all at once if its inputs are there as a whole.
        var whole = Set(loads.filter { !$0.asRows }.map(\.slot))
        if let maskSlot { whole.insert(maskSlot) }
        self.steps = steps.map { step in
            let fields = program.fields(step.inputs)
            var transform: (any Transform)?
            if !step.isOnBatch, step.inputs.allSatisfy({ whole.contains($0) }), !fields.contains(where: \.isRagged) {
                transform = step.transform.behindLeadingDimension(fields)
            }
            if transform != nil { whole.formUnion(step.outputs) }
            return Step(
                transform: step.transform, whole: transform, inputs: step.inputs, outputs: step.outputs,
                fields: program.fields(step.outputs), isOnBatch: step.isOnBatch, label: step.transform.label)
        }
        // All of it, which is what is nearly always asked for.
        everything = (loads, self.steps)
    }

    /// Neighbours that are one pass become one step.
    private static func fused(_ program: Program) -> [Program.Step] {
        var steps: [Program.Step?] = program.steps
        // By slot, the steps that read it.
        var users: [Int: [Int]] = [:]
        for (index, step) in program.steps.enumerated() {
            for slot in Set(step.inputs) { users[slot, default: []].append(index) }
        }
        let shown = Set(program.outputs)
        for index in steps.indices {
            while let step = steps[index], step.outputs.count == 1, !shown.contains(step.outputs[0]),
                let readers = users[step.outputs[0]], readers.count == 1, let next = steps[readers[0]],
                next.inputs == step.outputs, let fused = step.transform.fused(with: next.transform),
                Lowering.areNeighbours(step, next, program)
            {
                steps[index] = Program.Step(
                    transform: fused, inputs: step.inputs, outputs: next.outputs, isOnBatch: step.isOnBatch)
                steps[readers[0]] = nil
            }
        }
        return steps.compactMap { $0 }
    }

    /// The conversion that does what a step does while the column is read; nil where it would not be the same.
    private static func reading(_ step: Program.Step, _ program: Program) -> Conversion? {
        guard let convert = step.transform as? Convert else { return nil }
        let column = step.inputs[0]
        let field = program.slots[column]
        if step.isOnBatch {
            guard program.joins[column]?.dimension == nil else { return nil }
            // Padding is converted too, then: zeros have to stay zeros.
            guard isUnpadded(column, program) || program.joins[column]?.padding == 0 && convert.offsets.isEmpty else {
                return nil
            }
        }
        return convert.conversion(of: field, isOnBatch: step.isOnBatch)
    }

    /// Whether nothing that matters happens between two steps that are to be one: a batch may be made there if that changes
    /// no element, and no axis counts from the front.
    private static func areNeighbours(_ step: Program.Step, _ next: Program.Step, _ program: Program) -> Bool {
        if step.isOnBatch == next.isOnBatch { return true }
        guard isUnpadded(step.outputs[0], program), program.joins[step.outputs[0]]?.dimension == nil else {
            return false
        }
        return [step, next].allSatisfy { step in
            (step.transform as? Convert).map { $0.scales.count < 2 || $0.axis < 0 } ?? false
        }
    }

    private static func isUnpadded(_ slot: Int, _ program: Program) -> Bool { !program.slots[slot].isRagged }

    /// The loads and steps that these slots need, in order.
    func needed(for slots: [Int]) -> (loads: [Load], steps: [Step]) {
        if slots == outputs { return everything }
        var live = Set(slots)
        var steps: [Step] = []
        for step in self.steps.reversed() where !live.isDisjoint(with: step.outputs) {
            live.formUnion(step.inputs)
            steps.append(step)
        }
        return (loads.filter { live.contains($0.slot) }, steps.reversed())
    }

    /// Whether all that happens is reading, so that several batches can be read at once.
    var isOnlyReading: Bool {
        steps.isEmpty && maskSlot == nil && loads.allSatisfy { !$0.asRows }
            && joins.values.allSatisfy { $0.dimension == nil }
    }

    var runsUserCode: Bool { steps.contains { $0.transform.runsUserCode } }
}

extension Program {
    func fields(_ slots: [Int]) -> [Field] { slots.map { self.slots[$0] } }
}
