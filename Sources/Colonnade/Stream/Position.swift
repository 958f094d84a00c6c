// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The state of a pass over a stream. It is small, and another process can resume from it exactly, also with another
/// number of ranks or another batch size.
///
///     let position = iterator.position                       // save it as JSON beside the weights
///     for try await batch in try stream.resumed(at: position) { … }
///     for epoch in position.epoch + 1..<epochs { for try await batch in stream.epoch(epoch) { … } }
public struct Position: Sendable, Hashable, Codable {
    /// A number that identifies the data.
    public let dataset: UInt64
    /// A hash that differs between pipelines with different samples or orders.
    public let pipeline: UInt64
    /// The seed of the random order, if there is one.
    public let seed: UInt64?
    public let epoch: Int
    /// The number of samples of this epoch that all ranks together have had. Batches are counted instead if they are
    /// shuffled, or have no common size.
    public let samples: Int
    /// The text of `PassSteps`, for errors. Nil in positions of older versions.
    let steps: String?
    let cursorState: CursorState

    private enum CodingKeys: String, CodingKey {
        case dataset, pipeline, seed, epoch, samples, steps
        /// Older versions wrote this key as well.
        case cursorState = "place"
    }

    /// Throws `invalidArgument` if the position belongs to other data or to another pipeline.
    func check(_ plan: some Plan) throws(ColonnadeError) {
        guard dataset == plan.identity, pipeline == plan.fingerprint() else { throw difference(plan) }
        guard samples >= 0 else {
            throw ColonnadeError(.invalidArgument) { "this \($0.position) is damaged: it counts \(samples) samples" }
        }
    }

    /// Returns the error that explains how a pipeline differs from that of the position.
    private func difference(_ plan: some Plan) -> ColonnadeError {
        let saved = steps.flatMap { PassSteps($0) }
        let remedy =
            "the order, seeds and selections must be those that it was saved with; only the size of batches, the ranks of "
            + "an outermost shard, and operations on values may differ"
        if let difference = saved.flatMap({ PassSteps(plan).difference(from: $0) }) {
            return ColonnadeError(.invalidArgument) {
                "this \($0.position) belongs to another pipeline: \(difference); \(remedy)"
            }
        }
        // Without the steps, another data set can be named as the cause only if the pipelines are equal.
        if dataset != plan.identity, saved != nil || pipeline == plan.fingerprint() {
            return ColonnadeError(.invalidArgument) {
                "this \($0.position) belongs to another data set: open the one that it was saved with (a file that rows were "
                    + "appended to is another one)"
            }
        }
        let also =
            steps == nil ? "; or it was saved by a version in which shuffles before a selection followed the epoch" : ""
        let other = dataset == plan.identity ? "another pipeline" : "another pipeline or data set"
        return ColonnadeError(.invalidArgument) { "this \($0.position) belongs to \(other): \(remedy)\(also)" }
    }
}
