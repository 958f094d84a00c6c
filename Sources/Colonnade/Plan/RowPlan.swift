// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The plan of samples with an index: rows of a source in an order. Every buffer has such a plan.
struct RowPlan: Plan {
    private(set) var source: any RowSource
    private(set) var order: RowOrder
    private(set) var program: Program
    private(set) var batches: BatchPlan?
    /// The order of the batches; an order of no items if there are no batches.
    private(set) var batchOrder = RowOrder(count: 0)
    /// Whether the selection of samples or batches depends on values, so that their number differs for other data.
    private var dependsOnValues = false

    init(_ source: any RowSource) {
        self.source = source
        order = RowOrder(count: source.count)
        program = Program(source.schema)
    }

    var schema: Schema { program.schema }
    var isBatched: Bool { batches != nil }
    var depth: Int { source.depth }
    var nodeCount: Int { source.nodeCount }
    var rows: RowPlan? { self }

    /// The number of samples, or of batches if the plan makes batches.
    var count: Int { isBatched ? batchOrder.count : order.count }

    func changing(_ change: ValueChange) throws(ColonnadeError) -> RowPlan {
        var copy = self
        copy.program = try change(program)
        return copy
    }

    func batched(_ batches: BatchPlan) throws(ColonnadeError) -> RowPlan {
        let copy = try stacked(batches)
        try copy.checkOpenBlocks()
        return copy
    }

    /// Returns the plan of batches, which may be larger than a block order allows: no training sees them.
    func stacked(_ batches: BatchPlan) throws(ColonnadeError) -> RowPlan {
        try batches.checkKeys(of: schema)
        guard !isBatched else {
            try checkDepth()
            return try RowPlan(NestedRows(self)).stacked(batches)
        }
        // Batches of listed sizes leave out the samples after the last batch, which makes them a selection.
        var copy = if case .listed = batches.sizes { frozen() } else { self }
        copy.batches = batches
        copy.program = try program.batched(batches)
        copy.batchOrder = RowOrder(count: batches.batchCount(of: copy.order.count))
        return copy
    }

    // MARK: Order

    /// Returns the plan with a change of the order of its items.
    func ordered(_ map: IndexMap) -> RowPlan {
        isBatched ? changingBatchOrder { $0.adding(map) } : changingRowOrder { $0.adding(map) }
    }

    /// Returns the plan of the samples or batches that a map selects in the order of epoch 0. Shuffles before a
    /// selection do not follow the epoch, so that two disjoint selections never share a sample.
    func choosing(_ map: IndexMap) -> RowPlan {
        // A long chain of changes of a fixed order becomes one table.
        var copy = frozen().ordered(map)
        copy.order = copy.order.simplified()
        copy.batchOrder = copy.batchOrder.simplified()
        return copy
    }

    /// Returns the plan of draws from the samples or batches in the order of epoch 0, since weights belong to samples of
    /// that order.
    func drawing(_ draws: WeightedDraws) -> RowPlan { frozen().ordered(.drawn(draws)) }

    /// Returns the plan of the samples or batches at indices of epoch 0 that were chosen by value.
    func choosing(byValues indices: [Int]) -> RowPlan {
        var copy = choosing(.table(indices))
        copy.dependsOnValues = true
        return copy
    }

    /// Returns the plan with the order of epoch 0 in every epoch; random changes of values still follow the epoch.
    func frozen() -> RowPlan {
        guard varies else { return self }
        var copy = self
        if source.varies { copy.source = FrozenRows(source) }
        copy.order = order.frozen()
        copy.batchOrder = batchOrder.frozen()
        return copy
    }

    /// Returns the plan with another order of its samples, also if the plan makes batches.
    func changingRowOrder(_ change: (RowOrder) -> RowOrder) -> RowPlan {
        var copy = self
        copy.order = change(order)
        if let batches { copy.batchOrder = RowOrder(count: batches.batchCount(of: copy.order.count)) }
        return copy
    }

    /// Returns the plan with another order of its batches.
    func changingBatchOrder(_ change: (RowOrder) -> RowOrder) -> RowPlan {
        var copy = self
        copy.batchOrder = change(batchOrder)
        return copy
    }

    /// Returns the samples or batches of one rank. Throws `invalidArgument` for a mask of batches.
    func sharded(_ plan: ShardPlan) throws(ColonnadeError) -> RowPlan {
        var copy = ordered(.sharded(plan))
        try copy.checkOpenBlocks()
        guard case .mask(let key) = plan.remainder else { return copy }
        try ShardPlan.checkMask(key, on: schema, isBatched: isBatched)
        copy.program = try program.addingMask(key)
        return copy
    }

    // MARK: Facts

    var varies: Bool { order.varies || batchOrder.varies || source.varies }

    /// Whether the plan contains a `prefix`, `dropFirst` or `partition`.
    var selectsByIndex: Bool {
        order.selectsByIndex || batchOrder.selectsByIndex || source.inputs.contains(where: \.selectsByIndex)
    }

    /// Whether the number of samples or batches depends on values, here or in a part.
    var hasCountByValues: Bool { dependsOnValues || source.inputs.contains(where: \.hasCountByValues) }

    var isSharded: Bool { order.isSharded || batchOrder.isSharded || source.inputs.contains(where: \.isSharded) }

    var runsUserCode: Bool { program.runsUserCode || source.runsUserCode }

    var label: String { source.label }

    /// Sentences for people about the checks of the files that hold the samples.
    var promises: [String] { source.promises }

    /// Whether the items are the rows of a source in their order, and not batches. Their values may be changed.
    var hasOrderOfSource: Bool { order.maps.isEmpty && !isBatched }

    func checkIntact() throws(ColonnadeError) {
        for part in source.inputs { try part.checkIntact() }
        guard source.inputs.isEmpty else { return }
        try source.bound(PassContext(epoch: 0, pool: TensorPool(keeping: 0))).checkCompletely()
    }
}
