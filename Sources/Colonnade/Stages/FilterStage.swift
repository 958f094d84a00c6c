// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Keeps the samples of a stream that fulfil a condition.
struct FilterStage: Stage {
    enum Condition: Sendable {
        case function(@Sendable (Sample) throws -> Bool)
        case size(column: Int, dimension: Int, ClosedRange<Int>)
    }

    let upstream: Upstream
    let condition: Condition

    var schema: Schema { upstream.schema }
    var count: Int? { nil }
    var upstreams: [Upstream] { [upstream] }

    var label: String {
        switch condition {
        case .function: "filter"
        case .size(let column, let dimension, let sizes):
            "filter(\(schema[column].name), dimension \(dimension) in \(sizes.lowerBound)…\(sizes.upperBound))"
        }
    }

    var runsUserCode: Bool { if case .function = condition { true } else { false } }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try upstream.makeCursor(pass), condition, pass.times)
    }

    private final class Cursor: StageCursor {
        private let upstream: any StageCursor
        private let condition: Condition
        private let times: StepTimes?

        init(_ upstream: any StageCursor, _ condition: Condition, _ times: StepTimes?) {
            self.upstream = upstream
            self.condition = condition
            self.times = times
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while let recipe = try upstream.next() {
                switch condition {
                case .function(let isIncluded):
                    let sample = try recipe.make()
                    let row = recipe.identity.row
                    let start = times?.start()
                    defer { times?.end(start, .step("filter")) }
                    if try UserCode.call("filter", row, { try isIncluded(sample) }) { return recipe.having(sample) }
                case .size(let column, let dimension, let sizes):
                    let (shape, recipe) = try recipe.measured(column)
                    if sizes.contains(shape[dimension]) { return recipe }
                }
            }
            return nil
        }

        var state: CursorState { upstream.state }

        func restore(_ state: CursorState) throws(ColonnadeError) { try upstream.restore(state) }
    }
}
