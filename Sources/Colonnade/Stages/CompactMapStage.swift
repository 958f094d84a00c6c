// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Stream {
    /// Each sample replaced by what `transform` makes of it, and left out where that is nil.
    ///
    /// - Parameters:
    ///   - fields: what it gives.
    ///   - transform: called in order, by one thread at a time.
    /// - Throws: `invalidArgument` for fields with the same name. While running, `userFunction` if `transform` throws or gives
    ///   something else than promised.
    public func compactMap(
        giving fields: [Field], _ transform: @escaping @Sendable (Sample) throws -> Sample?
    ) throws(ColonnadeError) -> Stream {
        try through(
            CompactMapStage(
                upstream: upstream, schema: Schema(fields), isSharded: plan.isSharded, function: transform))
    }
}

/// Samples that a function makes of others, where it makes any.
struct CompactMapStage: Stage {
    let upstream: Upstream
    let schema: Schema
    /// Whether ranks, which need the same number of samples each, take the samples.
    let isSharded: Bool
    let function: @Sendable (Sample) throws -> Sample?

    var count: Int? { nil }
    var upstreams: [Upstream] { [upstream] }
    var label: String { "compactMap" }
    var runsUserCode: Bool { true }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(self, try upstream.makeCursor(pass), pass.times)
    }

    private final class Cursor: StageCursor {
        private let stage: CompactMapStage
        private let upstream: any StageCursor
        private let times: StepTimes?

        init(_ stage: CompactMapStage, _ upstream: any StageCursor, _ times: StepTimes?) {
            self.stage = stage
            self.upstream = upstream
            self.times = times
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while let recipe = try upstream.next() {
                let sample = try recipe.make()
                let (row, epoch) = recipe.identity
                let start = times?.start()
                defer { times?.end(start, .step("compactMap")) }
                guard let made = try UserCode.call("compactMap", row, { try stage.function(sample) }) else {
                    guard stage.isSharded else { continue }
                    throw ColonnadeError(
                        .invalidArgument,
                        "the function left this sample out after shard, which gives ranks unequal numbers of samples: leave "
                            + "samples out first and shard then", at: .row(row, column: nil))
                }
                try stage.schema.check(made, from: "compactMap", row: row)
                return .ready(made, row: row, epoch: epoch)
            }
            return nil
        }

        var state: CursorState { upstream.state }

        func restore(_ state: CursorState) throws(ColonnadeError) { try upstream.restore(state) }
    }
}
