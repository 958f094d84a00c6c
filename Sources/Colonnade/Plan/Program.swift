// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The steps from the columns of a source to the values of a sample or batch. Each value has a value slot that is
/// written once. Renaming and removing keys change only the list of output slots, and a value that no output needs is
/// never computed.
struct Program: Sendable {
    struct Step: Sendable {
        let transform: any Transform
        let inputs: [Int]
        let outputs: [Int]
        /// Whether it was written after `batched`.
        let isOnBatch: Bool
    }

    /// The rule by which the values of samples become the value of a batch.
    struct Join: Sendable {
        /// The field of the value of one sample.
        var field: Field
        /// The dimension along which values are joined; nil if they are stacked along a new first dimension.
        var dimension: Int?
        var padding: Double
    }

    /// The number of columns of the source. The first slots are those of the columns.
    let columnCount: Int
    /// The slot of the mask that says whether a sample is this rank's own; nil where there is no mask.
    private(set) var maskSlot: Int?
    /// The field of each value slot: of a sample or, after `batched`, of a batch.
    private(set) var slots: [Field]
    private(set) var steps: [Step] = []
    private(set) var schema: Schema
    /// The slot of each field of the schema.
    private(set) var outputs: [Int]
    private(set) var isBatched = false
    /// By slot, the rule by which values become the value of a batch. Values of other slots are stacked and padded with
    /// zeros.
    private(set) var joins: [Int: Join] = [:]

    init(_ schema: Schema) {
        columnCount = schema.count
        slots = schema.fields
        outputs = Array(0..<schema.count)
        self.schema = schema
    }

    var runsUserCode: Bool { steps.contains { $0.transform.runsUserCode } }

    /// Whether its outputs are the columns of the source, unchanged.
    var isEmpty: Bool { steps.isEmpty && maskSlot == nil && outputs == Array(0..<columnCount) }

    func adding(_ transform: any Transform) throws(ColonnadeError) -> Program {
        var transform = transform
        if let draws = transform.draws {
            let seed = draws.seed(besides: steps.lazy.map(\.transform))
            if seed != draws.seed { transform = transform.drawing(withSeed: seed) }
        }
        var inputs: [Int] = []
        var fields: [Field] = []
        for key in transform.keys {
            let index = try schema.index(of: key)
            inputs.append(outputs[index])
            fields.append(schema[index])
        }
        var copy = self
        var produced: [Int] = []
        for output in try transform.outputs(of: fields) {
            let field = transform.runsUserCode ? output.afterUserCode(on: fields) : output
            produced.append(copy.slots.count)
            copy.slots.append(field)
            try copy.bind(field, to: copy.slots.count - 1)
        }
        copy.steps.append(Step(transform: transform, inputs: inputs, outputs: produced, isOnBatch: isBatched))
        return copy
    }

    /// Returns the program with a mask under a key: a bool for each sample, which the order supplies.
    func addingMask(_ key: String) throws(ColonnadeError) -> Program {
        var copy = self
        copy.maskSlot = slots.count
        copy.slots.append(Field(key, .bool))
        try copy.bind(copy.slots[slots.count], to: slots.count)
        return copy
    }

    /// Makes a slot the output for its field's name. It replaces a slot that has the name already.
    private mutating func bind(_ field: Field, to slot: Int) throws(ColonnadeError) {
        if let index = schema.index(named: field.name) {
            schema = schema.replacing(index, with: field)
            outputs[index] = slot
        } else {
            schema = try Schema(schema.fields + [field])
            outputs.append(slot)
        }
    }

    // MARK: Keys

    func selecting(_ keys: [String]) throws(ColonnadeError) -> Program {
        var copy = self
        copy.schema = try schema.selecting(keys)
        copy.outputs = try keys.map { (key) throws(ColonnadeError) in outputs[try schema.index(of: key)] }
        return copy
    }

    /// Returns the program with the value of a key under a second key as well, in place of a value there. Throws `unknownKey`.
    func copying(_ key: String, to name: String) throws(ColonnadeError) -> Program {
        let index = try schema.index(of: key)
        var copy = self
        var field = schema[index]
        field.name = name
        try copy.bind(field, to: outputs[index])
        return copy
    }

    /// Returns the program with the value of a key under another key, in place of a value there. Throws `unknownKey`.
    func renaming(_ key: String, to name: String) throws(ColonnadeError) -> Program {
        let index = try schema.index(of: key)
        guard !key.hasBytes(of: name) else { return self }
        var fields = schema.fields
        fields[index].name = name
        var copy = self
        if let replaced = schema.index(named: name) {
            fields.remove(at: replaced)
            copy.outputs.remove(at: replaced)
        }
        copy.schema = try Schema(fields)
        return copy
    }

    func batched(_ plan: BatchPlan) throws(ColonnadeError) -> Program {
        var copy = self
        copy.isBatched = true
        for (field, slot) in zip(schema, outputs) {
            let dimension = plan.joining[field.name].map { $0 < 0 ? $0 + field.shape.count : $0 }
            copy.joins[slot] = Join(
                field: field, dimension: dimension, padding: plan.padding[field.name] ?? field.padding)
        }
        copy.schema = try Schema(
            schema.fields.map { (field) throws(ColonnadeError) in try plan.field(field) })
        return copy
    }
}
