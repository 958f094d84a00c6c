// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Keeps every n-th sample of a stream.
struct StrideStage: Stage {
    let upstream: Upstream
    let first: Int
    let step: Int

    var isSelection: Bool { true }
    var schema: Schema { upstream.schema }
    var count: Int? { upstream.count.map { IndexMap.strided(first: first, step: step).count(of: $0) } }
    var upstreams: [Upstream] { [upstream] }
    var name: String { "partition" }
    var label: String { "every \(step). from \(first) on" }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try upstream.makeCursor(pass.frozen), self)
    }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? {
        StrideStage(upstream: try upstream.changing(change), first: first, step: step)
    }

    private final class Cursor: StageCursor {
        private let upstream: any StageCursor
        private let stage: StrideStage
        private var index = 0

        init(_ upstream: any StageCursor, _ stage: StrideStage) {
            self.upstream = upstream
            self.stage = stage
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while let recipe = try upstream.next() {
                index += 1
                if (index - 1) % stage.step == stage.first { return recipe }
            }
            return nil
        }

        var state: CursorState { CursorState(numbers: [index % stage.step], upstreams: [upstream.state]) }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 1, upstreams: 1)
            index = state.numbers[0]
            try upstream.restore(state.upstreams[0])
        }
    }
}
