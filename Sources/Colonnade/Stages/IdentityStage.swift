// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Passes on all samples of a stream unchanged, for steps that need a stage: batches of batches, and batches by size.
///
/// Its label, name and cursor state are those of a `SpanStage` that begins at the first sample, since positions of
/// older versions contain such a span.
struct IdentityStage: Stage {
    let upstream: Upstream

    var schema: Schema { upstream.schema }
    var count: Int? { upstream.count }
    var upstreams: [Upstream] { [upstream] }
    var name: String { "take-or-skip" }
    var label: String { "samples 0…" }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try upstream.makeCursor(pass))
    }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? {
        IdentityStage(upstream: try upstream.changing(change))
    }

    private final class Cursor: StageCursor {
        private let upstream: any StageCursor
        private var count = 0

        init(_ upstream: any StageCursor) { self.upstream = upstream }

        func next() throws(ColonnadeError) -> Recipe? {
            guard let recipe = try upstream.next() else { return nil }
            count += 1
            return recipe
        }

        var state: CursorState { CursorState(numbers: [count], upstreams: [upstream.state]) }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 1, upstreams: 1)
            count = state.numbers[0]
            try upstream.restore(state.upstreams[0])
        }
    }
}
