// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Keeps consecutive samples of a stream.
struct SpanStage: Stage {
    let upstream: Upstream
    let range: Range<Int>
    let isSelection: Bool

    /// - Parameter isSelection: false for a pass that only begins later, which does not fix the order of its upstream.
    init(_ upstream: Upstream, _ range: Range<Int>, isSelection: Bool = true) {
        self.upstream = upstream
        self.range = range
        self.isSelection = isSelection
    }

    var schema: Schema { upstream.schema }
    var count: Int? { upstream.count.map { min($0, range.upperBound) - min($0, range.lowerBound) } }
    var upstreams: [Upstream] { [upstream] }
    var name: String { "take-or-skip" }
    var label: String { "samples \(range.lowerBound)…\(range.upperBound == .max ? "" : String(range.upperBound))" }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try upstream.makeCursor(isSelection ? pass.frozen : pass), range)
    }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? {
        SpanStage(try upstream.changing(change), range, isSelection: isSelection)
    }

    private final class Cursor: StageCursor {
        private let upstream: any StageCursor
        private let range: Range<Int>
        private var index = 0

        init(_ upstream: any StageCursor, _ range: Range<Int>) {
            self.upstream = upstream
            self.range = range
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while index < range.lowerBound {
                guard try upstream.next() != nil else { return nil }
                index += 1
            }
            guard index < range.upperBound, let recipe = try upstream.next() else { return nil }
            index += 1
            return recipe
        }

        var state: CursorState { CursorState(numbers: [index], upstreams: [upstream.state]) }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 1, upstreams: 1)
            index = state.numbers[0]
            try upstream.restore(state.upstreams[0])
        }
    }
}
