// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Stream {
    /// Replaces each sample by the result of `transform`, and leaves it out if the result is nil.
    ///
    /// - Parameters:
    ///   - fields: the fields of the samples that `transform` returns.
    ///   - transform: the function. Colonnade calls it in order, on one thread at a time.
    /// - Throws: `invalidArgument` for fields with the same name. While running, `userFunction` if `transform` throws
    ///   or returns other fields.
    public func compactMap(
        giving fields: [Field], _ transform: @escaping @Sendable (Sample) throws -> Sample?
    ) throws(ColonnadeError) -> Stream {
        let results = fields.map { $0.afterUserCode(on: schema.fields) }
        return try through(
            CompactMapStage(
                upstream: upstream, schema: Schema(results), isSharded: plan.isSharded, function: transform))
    }
}

/// Replaces each sample by the result of a function, or leaves it out.
struct CompactMapStage: Stage {
    let upstream: Upstream
    let schema: Schema
    /// Whether the samples are divided among ranks. Each rank needs the same number, so a sample that is left out is an
    /// error.
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
                    throw ColonnadeError(.invalidArgument, at: .sample(row: row, key: nil)) {
                        "the function dropped this sample after \($0.shard), which gives ranks unequal numbers of samples: drop "
                            + "samples first, then \($0.shard)"
                    }
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
