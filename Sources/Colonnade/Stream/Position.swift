// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The state of a pass over a stream. It is small, and another process can resume from it exactly, also with another
/// number of ranks or another batch size.
///
///     let position = iterator.position                       // save it as JSON beside the weights
///     for try await batch in try stream.resumed(at: position) { … }
///     for epoch in position.epoch + 1..<epochs { for try await batch in stream.epoch(epoch) { … } }
public struct Position: Sendable, Hashable, Codable {
    /// The version of new positions. Version 1 had another row order; its positions of shuffled epochs are refused.
    static let currentVersion = 2

    let version: Int
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
    /// The text of `PassSteps`, for errors. Nil if it would be too long.
    let steps: String?
    let cursorState: CursorState

    private enum CodingKeys: String, CodingKey {
        case version, dataset, pipeline, seed, epoch, samples, steps
        /// Older versions wrote this key as well.
        case cursorState = "place"
    }

    init(
        version: Int = Position.currentVersion, dataset: UInt64, pipeline: UInt64, seed: UInt64?, epoch: Int,
        samples: Int, steps: String?, cursorState: CursorState
    ) {
        self.version = version
        self.dataset = dataset
        self.pipeline = pipeline
        self.seed = seed
        self.epoch = epoch
        self.samples = samples
        self.steps = steps
        self.cursorState = cursorState
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decodeIfPresent(Int.self, forKey: .version) ?? 1
        guard 1...Position.currentVersion ~= version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container,
                debugDescription: "this position has version \(version); known are 1 to \(Position.currentVersion)")
        }
        dataset = try container.decode(UInt64.self, forKey: .dataset)
        pipeline = try container.decode(UInt64.self, forKey: .pipeline)
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
        epoch = try container.decode(Int.self, forKey: .epoch)
        samples = try container.decode(Int.self, forKey: .samples)
        steps = try container.decodeIfPresent(String.self, forKey: .steps)
        cursorState = try container.decode(CursorState.self, forKey: .cursorState)
    }

    /// Throws `invalidArgument` if the position belongs to other data or to another pipeline.
    func check(_ plan: some Plan) throws(ColonnadeError) {
        guard dataset == plan.identity, pipeline == plan.fingerprint() else { throw difference(plan) }
        if let saved = steps.flatMap({ PassSteps($0) }), let name = PassSteps(plan).differingDraw(from: saved) {
            throw ColonnadeError(.invalidArgument) {
                "this \($0.position) was saved with another seed of the \(name), so that the values would be others: give it the seed "
                    + "that it had"
            }
        }
        guard samples >= 0 else {
            throw ColonnadeError(.invalidArgument) { "this \($0.position) is damaged: it counts \(samples) samples" }
        }
    }

    /// Returns the error that explains how a pipeline differs from that of the position.
    private func difference(_ plan: some Plan) -> ColonnadeError {
        let present = PassSteps(plan)
        var saved = steps.flatMap { PassSteps($0) }
        if version == 1 { saved = saved?.distinguishingWindows(as: present) }
        if version < Position.currentVersion, saved?.isShuffled ?? true {
            return ColonnadeError(.invalidArgument) {
                "this \($0.position) was saved with an older row order, which this version does not compute: a shuffled epoch "
                    + "cannot resume from it; begin the epoch again"
            }
        }
        let older = version < Position.currentVersion ? "; it may also have been saved with an older row order" : ""
        let remedy =
            "the order, seeds and selections must be those that it was saved with; only the size of batches, the ranks of "
            + "an outermost shard, and operations on values may differ\(older)"
        if let difference = saved.flatMap({ present.difference(from: $0) }) {
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
        let other = dataset == plan.identity ? "another pipeline" : "another pipeline or data set"
        return ColonnadeError(.invalidArgument) { "this \($0.position) belongs to \(other): \(remedy)" }
    }
}
