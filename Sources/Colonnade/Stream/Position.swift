// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The state of a pass over a stream: small, and enough for another process to resume exactly there, with another number of
/// ranks or another batch size.
///
///     let position = iterator.position                       // save it as JSON beside the weights
///     for try await batch in try stream.resumed(at: position) { … }
///     for epoch in position.epoch + 1..<epochs { for try await batch in stream.epoch(epoch) { … } }
public struct Position: Sendable, Hashable, Codable {
    /// Tells the data apart from other data.
    public let dataset: UInt64
    /// Tells pipelines apart that give other samples, or the same in another order.
    public let pipeline: UInt64
    /// The seed of the random order, if there is one.
    public let seed: UInt64?
    public let epoch: Int
    /// Samples that all ranks together have had of this epoch; batches where those are shuffled, or of no common size.
    public let samples: Int
    /// The steps that decide which samples come in which order: see `PassSteps`. Nil in positions of older versions.
    let steps: String?
    let cursorState: CursorState

    private enum CodingKeys: String, CodingKey {
        case dataset, pipeline, seed, epoch, samples, steps
        /// Older versions wrote this key as well.
        case cursorState = "place"
    }

    /// Throws `invalidArgument` if this is a position of other data or of another pipeline.
    func check(_ plan: some Plan) throws(ColonnadeError) {
        guard dataset == plan.identity, pipeline == plan.fingerprint() else { throw difference(plan) }
        guard samples >= 0 else {
            throw ColonnadeError(.invalidArgument, "this position is damaged: it counts \(samples) samples")
        }
    }

    /// Returns the error that says how a pipeline differs from the one of this position.
    private func difference(_ plan: some Plan) -> ColonnadeError {
        let saved = steps.flatMap { PassSteps($0) }
        let remedy =
            "the order, seeds and selections have to be those that it was saved with; only the size of batches, the ranks of "
            + "an outermost shard, and what happens to values may differ"
        if let difference = saved.flatMap({ PassSteps(plan).difference(from: $0) }) {
            return ColonnadeError(
                .invalidArgument, "this position belongs to another pipeline: \(difference); \(remedy)")
        }
        // Without its steps, data are told apart only where the pipelines are the same.
        if dataset != plan.identity, saved != nil || pipeline == plan.fingerprint() {
            return ColonnadeError(
                .invalidArgument,
                "this position belongs to another data set: open the one that it was saved with (a file that rows were "
                    + "appended to is another one)")
        }
        let also =
            steps == nil ? "; or it was saved by a version in which shuffles below a selection followed the epoch" : ""
        return ColonnadeError(
            .invalidArgument,
            "this position belongs to another pipeline\(dataset == plan.identity ? "" : " or data set"): \(remedy)\(also)"
        )
    }
}
