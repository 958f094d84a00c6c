// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// What a buffer or a stream is: where samples come from, in which order, what is done with them, and how they become
/// batches. A value that nobody has executed yet; what is in it is this module's own.
public struct Pipeline: Sendable {
    /// Where samples come from.
    enum Feed: Sendable {
        /// By number.
        case rows(any RowSource, RowOrder)
        /// From front to back.
        case stage(any Stage)
    }

    private(set) var feed: Feed
    private(set) var program: Program
    private(set) var batches: BatchPlan?
    private(set) var batchOrder = RowOrder(count: 0)
    /// Whether values decided which samples or batches there are, so that other data give another number of them.
    private(set) var dependsOnValues = false
    /// Buffers and stages below that ask each other in turn for a sample.
    let depth: Int

    init(_ source: any RowSource) {
        feed = .rows(source, RowOrder(count: source.count))
        program = Program(source.schema)
        depth = source.depth
    }

    init(_ stage: any Stage) {
        feed = .stage(stage)
        program = Program(stage.schema)
        depth = stage.upstreams.reduce(0) { max($0, $1.pipeline.depth + 1) }
    }

    /// The number of buffers and stages that may ask each other in turn: the stack of a thread holds them.
    static let deepest = 64

    /// Throws `invalidArgument` where one more buffer or stage would be too many for the stack of a thread.
    func checkDepth() throws(ColonnadeError) {
        guard depth >= Pipeline.deepest else { return }
        throw ColonnadeError(
            .invalidArgument,
            "\(depth) buffers or streams are made of one another here, and more than \(Pipeline.deepest) cannot be: keep one "
                + "of them in memory (materialized(); in Python concretize() or to_buffer()), or put many together by one call "
                + "(concatenating; in Python concat)")
    }

    var schema: Schema { program.schema }

    /// Whether it gives batches, of its own or of a stage before.
    var isBatched: Bool {
        if batches != nil { return true }
        guard case .stage(let stage) = feed else { return false }
        return stage is SizedBatchStage || stage.upstreams.contains { $0.pipeline.isBatched }
    }

    /// Samples, or batches once there are batches; nil where only reading them tells.
    var count: Int? {
        switch feed {
        case .rows(_, let order): batches == nil ? order.count : batchOrder.count
        case .stage(let stage):
            if let batches { stage.count.map { batches.batchCount(of: $0) } } else { stage.count }
        }
    }

    // MARK: Values

    func adding(_ transform: any Transform) throws(ColonnadeError) -> Pipeline {
        try changingSamples { (pipeline) throws(ColonnadeError) in
            try pipeline.adding(transform)
        } orHere: {
            (program) throws(ColonnadeError) in
            try program.adding(transform)
        }
    }

    func selecting(_ keys: [String]) throws(ColonnadeError) -> Pipeline {
        try changingSamples { (pipeline) throws(ColonnadeError) in
            try pipeline.selecting(keys)
        } orHere: {
            (program) throws(ColonnadeError) in
            try program.selecting(keys)
        }
    }

    func copying(_ key: String, to name: String) throws(ColonnadeError) -> Pipeline {
        try changingSamples { (pipeline) throws(ColonnadeError) in
            try pipeline.copying(key, to: name)
        } orHere: {
            (program) throws(ColonnadeError) in
            try program.copying(key, to: name)
        }
    }

    func renaming(_ key: String, to name: String) throws(ColonnadeError) -> Pipeline {
        try changingSamples { (pipeline) throws(ColonnadeError) in
            try pipeline.renaming(key, to: name)
        } orHere: {
            (program) throws(ColonnadeError) in
            try program.renaming(key, to: name)
        }
    }

    /// Changes the steps: those of the pipelines below where the stage hands samples on as they are, since there they can be
    /// fused with reading; and else those here.
    private func changingSamples(
        _ below: (Pipeline) throws(ColonnadeError) -> Pipeline,
        orHere here: (Program) throws(ColonnadeError) -> Program
    ) throws(ColonnadeError) -> Pipeline {
        if case .stage(let stage) = feed, !isBatched, program.isEmpty,
            let changed = try stage.changingSamples(below)
        {
            return Pipeline(changed)
        }
        var copy = self
        copy.program = try here(program)
        return copy
    }

    // MARK: Order

    /// The same samples or batches in another order. Only where they can be had by number.
    func ordered(_ map: IndexMap) -> Pipeline {
        guard case .rows(let source, let order) = feed else { preconditionFailure("a stream has the order it has") }
        var copy = self
        if batches == nil {
            copy.feed = .rows(source, order.adding(map))
        } else {
            copy.batchOrder = batchOrder.adding(map)
        }
        return copy
    }

    /// Returns the samples or batches at some positions of epoch 0, in every epoch: what shuffles below a selection put there
    /// decides which samples are selected, so that a part never has another part's samples. Only where samples can be had by
    /// number.
    func choosing(_ map: IndexMap) -> Pipeline { frozen().ordered(map).simplified() }

    /// Returns the pipeline with a long chain of changes of a fixed order replaced by the table that they come to.
    private func simplified() -> Pipeline {
        guard case .rows(let source, let order) = feed else { return self }
        var copy = self
        copy.feed = .rows(source, order.simplified())
        copy.batchOrder = batchOrder.simplified()
        return copy
    }

    /// Returns the samples or batches at the positions of epoch 0 that their values decided upon.
    func choosing(byValues positions: [Int]) -> Pipeline {
        var copy = choosing(.table(positions))
        copy.dependsOnValues = true
        return copy
    }

    /// Whether values decided how many samples or batches there are, here or in a part.
    var hasCountByValues: Bool {
        guard case .rows(let source, _) = feed else { return dependsOnValues }
        return dependsOnValues || source.parts.contains(where: \.hasCountByValues)
    }

    /// Whether the order of samples or batches differs from epoch to epoch.
    var varies: Bool {
        switch feed {
        case .rows(let source, let order): order.varies || batchOrder.varies || source.varies
        case .stage(let stage): stage.varies
        }
    }

    /// Whether `prefix`, `dropFirst` or `partition` is part of it.
    var isCut: Bool {
        guard case .rows(let source, let order) = feed else { return false }
        return order.isCut || batchOrder.isCut || source.parts.contains(where: \.isCut)
    }

    /// Returns the pipeline with the order of epoch 0 in every epoch; random changes of values still follow the epoch.
    /// Only where samples can be had by number.
    func frozen() -> Pipeline {
        guard case .rows(let source, let order) = feed else { preconditionFailure("a stream has the order it has") }
        guard varies else { return self }
        var copy = self
        copy.feed = .rows(source.varies ? FrozenRows(source) : source, order.frozen())
        copy.batchOrder = batchOrder.frozen()
        return copy
    }

    /// The same with the order of its samples changed, batches or not.
    func changingRowOrder(_ change: (RowOrder) -> RowOrder) -> Pipeline {
        guard case .rows(let source, let order) = feed else { preconditionFailure("a stream has the order it has") }
        var copy = self
        copy.feed = .rows(source, change(order))
        if let batches { copy.batchOrder = RowOrder(count: batches.batchCount(of: change(order).count)) }
        return copy
    }

    /// The same with the order of its batches changed.
    func changingBatchOrder(_ change: (RowOrder) -> RowOrder) -> Pipeline {
        var copy = self
        copy.batchOrder = change(batchOrder)
        return copy
    }

    func sharded(_ plan: ShardPlan) throws(ColonnadeError) -> Pipeline {
        var copy = ordered(.sharded(plan))
        guard case .mask(let key) = plan.remainder else { return copy }
        guard batches == nil else {
            throw ColonnadeError(
                .invalidArgument,
                "batches have no mask for each sample: shard before batched, or drop or repeat the rest")
        }
        copy.program = try program.addingMask(key)
        return copy
    }

    // MARK: Batches

    func batched(_ plan: BatchPlan) throws(ColonnadeError) -> Pipeline {
        for key in plan.padding.names + plan.joining.names { _ = try schema.position(of: key) }
        guard batches == nil else {
            try checkDepth()
            switch feed {
            case .rows: return try Pipeline(NestedRows(self)).batched(plan)
            case .stage: return try Pipeline(SpanStage(Upstream(self))).batched(plan)
            }
        }
        var copy = self
        // Batches of listed sizes leave out what comes after the last of them.
        if case .listed = plan.sizes { copy = frozen() }
        copy.batches = plan
        copy.program = try program.batched(plan)
        if case .rows(_, let order) = copy.feed { copy.batchOrder = RowOrder(count: plan.batchCount(of: order.count)) }
        return copy
    }
}
