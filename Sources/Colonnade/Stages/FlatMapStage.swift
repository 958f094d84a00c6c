// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Replaces each sample by the samples of the stream that a function returns for it.
struct FlatMapStage: Stage {
    let upstream: Upstream
    let schema: Schema
    let function: @Sendable (Sample) throws -> Stream

    var count: Int? { nil }
    var upstreams: [Upstream] { [upstream] }
    var label: String { "flatMap" }
    var runsUserCode: Bool { true }
    /// Always true, since the streams that the function returns may be shuffled.
    var varies: Bool { true }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(self, try upstream.makeCursor(pass), pass)
    }

    private final class Cursor: StageCursor {
        private let stage: FlatMapStage
        private let upstream: any StageCursor
        private let pass: PassContext
        private var inner: (any StageCursor)?
        /// The state of the upstream before the sample from which the inner stream was made.
        private var stateOfSample: CursorState?

        init(_ stage: FlatMapStage, _ upstream: any StageCursor, _ pass: PassContext) {
            self.stage = stage
            self.upstream = upstream
            self.pass = pass
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while true {
                if let inner {
                    if let recipe = try inner.next() { return recipe }
                    self.inner = nil
                }
                let state = upstream.state
                guard let recipe = try upstream.next() else { return nil }
                inner = try open(recipe)
                stateOfSample = state
            }
        }

        private func open(_ recipe: Recipe) throws(ColonnadeError) -> any StageCursor {
            let sample = try recipe.make()
            let stream = try UserCode.call("flatMap", recipe.identity.row) { try stage.function(sample) }
            try stage.schema.check(stream.schema, from: "the function of flatMap", row: recipe.identity.row)
            // Random choices in these streams differ from sample to sample.
            let (row, epoch) = recipe.identity
            return try stream.upstream.makeCursor(
                pass.epoch(epoch &+ row &<< 32, ofOrders: { $0 &+ row &<< 32 }))
        }

        var state: CursorState {
            guard let inner, let stateOfSample else { return CursorState(numbers: [], upstreams: [upstream.state]) }
            return CursorState(numbers: [], upstreams: [stateOfSample, inner.state])
        }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 0, upstreams: max(1, min(state.upstreams.count, 2)))
            try upstream.restore(state.upstreams[0])
            guard state.upstreams.count == 2 else { return }
            stateOfSample = state.upstreams[0]
            guard let recipe = try upstream.next() else { return }
            inner = try open(recipe)
            try inner?.restore(state.upstreams[1])
        }
    }
}
