// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Keeps the samples of one rank: see `ShardPlan`.
struct ShardStage: Stage {
    let upstream: Upstream
    let plan: ShardPlan
    let schema: Schema

    init(_ upstream: Upstream, _ plan: ShardPlan) throws(ColonnadeError) {
        self.upstream = upstream
        self.plan = plan
        guard case .mask(let key) = plan.remainder else {
            schema = upstream.schema
            return
        }
        try ShardPlan.checkMask(key, on: upstream.schema, isBatched: upstream.plan.isBatched)
        schema = try Schema(upstream.schema.fields + [Field(key, .bool)])
    }

    var count: Int? { upstream.count.map { plan.count(of: $0) } }
    var upstreams: [Upstream] { [upstream] }
    var shard: ShardPlan? { plan }
    var name: String { "shard" }
    var label: String { "rank \(plan.rank) of \(plan.worldSize)" }
    var explanation: String { plan.explanation }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(self, try upstream.makeCursor(pass))
    }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? {
        if case .mask = plan.remainder { return nil }
        return try ShardStage(try upstream.changing(change), plan)
    }

    private final class Cursor: StageCursor {
        private let stage: ShardStage
        private let upstream: any StageCursor
        /// The samples of an unfinished group, which an error interrupted, and the state of the upstream before the
        /// first of them.
        private var pending: [Recipe] = []
        private var stateBeforePending: CursorState?

        init(_ stage: ShardStage, _ upstream: any StageCursor) {
            self.stage = stage
            self.upstream = upstream
        }

        func next() throws(ColonnadeError) -> Recipe? {
            if pending.isEmpty { stateBeforePending = upstream.state }
            while pending.count < stage.plan.worldSize, let recipe = try upstream.next() { pending.append(recipe) }
            // An incomplete last group stays pending: with fewer ranks, a resumed pass may complete it.
            if pending.isEmpty || pending.count < stage.plan.worldSize && stage.plan.remainder == .drop { return nil }
            defer { pending = [] }
            let recipe = pending[stage.plan.rank % pending.count]
            guard case .mask = stage.plan.remainder else { return recipe }
            return .composed(Masked(recipe: recipe, isOwn: stage.plan.rank < pending.count, schema: stage.schema))
        }

        var state: CursorState {
            CursorState(
                numbers: [], upstreams: [pending.isEmpty ? upstream.state : stateBeforePending ?? upstream.state])
        }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 0, upstreams: 1)
            try upstream.restore(state.upstreams[0])
        }
    }

    /// A sample with a mask that says whether it belongs to the rank.
    private struct Masked: Composition {
        let recipe: Recipe
        let isOwn: Bool
        let schema: Schema

        var identity: (row: Int, epoch: Int) { recipe.identity }

        func make() throws(ColonnadeError) -> Sample {
            Sample(schema: schema, tensors: try recipe.make().tensors + [Tensor(scalar: isOwn)])
        }
    }
}
