// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A program that is prepared to run: the columns to read and their conversions, and the remaining steps, each with the way in
/// which it runs.
struct Lowering: Sendable {
    /// A column of the source that is read.
    struct Load: Sendable {
        let column: Int
        /// The slot that is filled: the column's own, or the one after a step that is part of the reading.
        var slot: Int
        var conversion: Conversion?
        /// Whether it is read row by row, without a copy where that is possible, since a step needs each row by itself.
        var asRows = false
        let padding: Double
        var unpadsTexts = false

        var request: ColumnRequest {
            var request = ColumnRequest(column: column, conversion: conversion, padding: padding)
            request.unpadsTexts = unpadsTexts
            return request
        }
    }

    struct Step: Sendable {
        let transform: any Transform
        /// The transform for the stacked values of many samples; nil where it runs on each sample.
        let stacked: (any Transform)?
        let inputs: [Int]
        let outputs: [Int]
        let fields: [Field]
        let isOnBatch: Bool
        /// The label of the transform, made once: it is used for every batch.
        let label: String

        /// The step that makes all values but the first, with less work; nil if there is none.
        var withoutFirst: Step? {
            transform.withoutFirst.map {
                Step(
                    transform: $0, stacked: nil, inputs: inputs, outputs: Array(outputs.dropFirst()),
                    fields: Array(fields.dropFirst()), isOnBatch: isOnBatch, label: $0.label)
            }
        }
    }

    let loads: [Load]
    /// The steps on samples, then those on batches; in the order in which they were written.
    let steps: [Step]
    let outputs: [Int]
    let slotCount: Int
    let maskSlot: Int?
    let joins: [Int: Program.Join]
    let isBatched: Bool
    /// The slots of single texts whose batches have no padding.
    let unpaddedTexts: Set<Int>

    /// - Parameter unpadsTexts: whether batches of texts that no step reads have no padding.
    init(_ program: Program, unpadsTexts: Bool = false) {
        var steps = Lowering.fusingNeighbours(program)
        Lowering.removeUnusedSteps(&steps, program)
        steps = Lowering.sharingPictures(steps, program)
        var loads = Lowering.loads(program, for: steps)
        Lowering.fuseWithReading(&loads, &steps, program)
        Lowering.chooseRowLoads(&loads, steps, program)
        unpaddedTexts = unpadsTexts && program.isBatched ? Lowering.unpadTexts(&loads, steps, program) : []
        self.loads = loads
        self.steps = Lowering.choosingStackedSteps(steps, loads, program)
        outputs = program.outputs
        slotCount = program.slots.count
        maskSlot = program.maskSlot
        joins = program.joins
        isBatched = program.isBatched
    }

    /// Returns the loads and steps that some slots need, in order.
    func needed(for slots: [Int]) -> (loads: [Load], steps: [Step]) {
        // Nearly every caller asks for all outputs.
        if slots == outputs { return (loads, steps) }
        var live = Set(slots)
        var steps: [Step] = []
        for step in self.steps.reversed()
        where step.transform.hasEffects || !live.isDisjoint(with: step.outputs) {
            live.formUnion(step.inputs)
            steps.append(live.contains(step.outputs[0]) ? step : step.withoutFirst ?? step)
        }
        return (loads.filter { live.contains($0.slot) }, steps.reversed())
    }

    /// Returns the column whose values, as they are stored, are in a slot; nil for other slots.
    func unchangedColumn(inSlot slot: Int) -> Int? {
        loads.first { $0.slot == slot && $0.conversion == nil }?.column
    }

    /// Whether a sample has the columns as they are read, in their order.
    var isOnlyReadingSamples: Bool { steps.isEmpty && maskSlot == nil && outputs == loads.map(\.slot) }

    /// Whether reading is all that happens, in the order of the outputs, so that several batches can be read at once.
    var isOnlyReading: Bool {
        isOnlyReadingSamples && loads.allSatisfy { !$0.asRows } && joins.values.allSatisfy { $0.dimension == nil }
    }

    var runsUserCode: Bool { steps.contains { $0.transform.runsUserCode } }
}
