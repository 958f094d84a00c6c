// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Repeats a stream. Each repetition is another epoch.
struct RepeatStage: Stage {
    let upstream: Upstream
    /// The number of repetitions; nil for a stream that repeats for ever.
    let times: Int?

    var schema: Schema { upstream.schema }

    var count: Int? {
        guard let times, let count = upstream.count else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: times)
        return overflow ? nil : product
    }

    var upstreams: [Upstream] { [upstream] }
    var name: String { "repeat" }
    var label: String { times.map { "\($0) passes" } ?? "passes for ever" }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor { Cursor(self, pass) }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? {
        RepeatStage(upstream: try upstream.changing(change), times: times)
    }

    private final class Cursor: StageCursor {
        private let stage: RepeatStage
        private let pass: PassContext
        private var upstream: (any StageCursor)?
        private var round = 0
        private var isEmpty = true

        init(_ stage: RepeatStage, _ pass: PassContext) {
            self.stage = stage
            self.pass = pass
        }

        private func open() throws(ColonnadeError) -> any StageCursor {
            if let upstream { return upstream }
            // Each round of each epoch has a unique epoch number.
            let (times, round) = (stage.times ?? 1, round)
            let cursor = try stage.upstream.makeCursor(
                pass.epochs { epoch in
                    let (first, overflow) = epoch.multipliedReportingOverflow(by: times)
                    return (overflow ? epoch : first) &+ round
                })
            upstream = cursor
            return cursor
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while stage.times.map({ round < $0 }) ?? true {
                if let recipe = try open().next() {
                    isEmpty = false
                    return recipe
                }
                // An empty stream would repeat for ever without a sample.
                if isEmpty, stage.times == nil { return nil }
                round += 1
                isEmpty = true
                upstream = nil
            }
            return nil
        }

        var state: CursorState {
            CursorState(numbers: [round, isEmpty ? 1 : 0], upstreams: upstream.map { [$0.state] } ?? [])
        }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 2, upstreams: min(state.upstreams.count, 1))
            (round, isEmpty) = (state.numbers[0], state.numbers[1] == 1)
            if let before = state.upstreams.first { try open().restore(before) }
        }
    }
}
