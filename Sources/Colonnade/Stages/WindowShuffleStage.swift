// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Shuffles samples within a window: a sample comes at most a window's length earlier than in the upstream.
///
/// The window is a reservoir: see `WindowReplay`. After the end of the upstream, the remaining samples come in random
/// order. A position contains no samples. A resumed pass reads the samples that were in the window again, which takes
/// about as long as a few windows of samples.
struct WindowShuffleStage: Stage {
    let upstream: Upstream
    let window: Int
    let ownSeed: UInt64

    var schema: Schema { upstream.schema }
    var count: Int? { upstream.count }
    var upstreams: [Upstream] { [upstream] }
    var name: String { PassSteps.windowedShuffle }
    var label: String { "shuffled in a window of \(window), seed \(ownSeed)" }
    var seed: UInt64? { ownSeed }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        let key = SplitMix64(seed: ownSeed, epoch: pass.orderEpoch, row: 0).state
        return Cursor(try upstream.makeCursor(pass), WindowReplay(size: window, key: key))
    }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? {
        WindowShuffleStage(upstream: try upstream.changing(change), window: window, ownSeed: ownSeed)
    }

    private final class Cursor: StageCursor {
        private let upstream: any StageCursor
        private let replay: WindowReplay
        /// The samples in the window, each with its index in the upstream.
        private var entries: [(recipe: Recipe, index: Int)] = []
        /// The number of samples taken from the upstream.
        private var pulledCount = 0
        /// The number of samples returned before the end of the upstream, and the number after it.
        private var steps = 0
        private var drainedCount = 0
        private var hasEnded = false
        private var history = WindowHistory()

        init(_ upstream: any StageCursor, _ replay: WindowReplay) {
            self.upstream = upstream
            self.replay = replay
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while !hasEnded, entries.count < replay.size {
                guard let sample = try pull() else {
                    hasEnded = true
                    break
                }
                entries.append(sample)
            }
            guard !hasEnded else { return drain() }
            guard let sample = try pull() else {
                hasEnded = true
                return drain()
            }
            let entry = replay.entry(atStep: steps, of: replay.size)
            let out = entries[entry]
            entries[entry] = sample
            steps += 1
            history.release(out.index, window: replay.size)
            return out.recipe
        }

        private func drain() -> Recipe? {
            guard !entries.isEmpty else { return nil }
            let entry = replay.entry(atStep: steps + drainedCount, of: entries.count)
            drainedCount += 1
            entries.swapAt(entry, entries.count - 1)
            // The history keeps all samples: a pass that resumes here reads the complete last window again.
            return entries.removeLast().recipe
        }

        // MARK: The upstream

        private func pull() throws(ColonnadeError) -> (recipe: Recipe, index: Int)? {
            history.mark(pulledCount, upstream, window: replay.size)
            guard let recipe = try upstream.next() else { return nil }
            history.append(isWaiting: true, count: 1)
            pulledCount += 1
            return (recipe, pulledCount - 1)
        }

        /// Takes a sample that the original pass has read. Errors are skipped, since the original pass reported them.
        private func pullAgain() throws(ColonnadeError) -> (recipe: Recipe, index: Int)? {
            while true {
                do throws(ColonnadeError) { return try pull() } catch { continue }
            }
        }

        /// Skips samples that the original pass has returned, up to the given index or the end.
        private func skip(to index: Int) {
            while pulledCount < index {
                history.mark(pulledCount, upstream, window: replay.size)
                let count = upstream.skip(min(index - pulledCount, history.samplesToNextMark(pulledCount, replay.size)))
                guard count > 0 else { return }
                history.append(isWaiting: false, count: count)
                pulledCount += count
            }
        }

        // MARK: Resuming

        var state: CursorState {
            let mark = history.firstMark ?? (pulledCount, upstream.state)
            return CursorState(
                numbers: [steps, drainedCount, pulledCount, hasEnded ? 1 : 0, mark.index], upstreams: [mark.state])
        }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 5, upstreams: 1)
            let goal = state.numbers[2]
            (steps, hasEnded, pulledCount) = (state.numbers[0], state.numbers[3] == 1, state.numbers[4])
            let filled = goal - steps
            // The probability that a sample waits for 64 windows is negligible.
            let (most, isHuge) = replay.size.multipliedReportingOverflow(by: 64)
            guard filled >= 0, filled <= replay.size, steps == 0 || filled == replay.size, filled <= goal - pulledCount,
                isHuge || goal - pulledCount <= most + 1024, state.numbers[1] <= filled
            else {
                throw .otherPipeline
            }
            try upstream.restore(state.upstreams[0])
            history.start(at: pulledCount)
            try refill(filled)
            skip(to: goal)
            guard entries.count == filled, pulledCount == goal else { throw Cursor.missingSamples }
            for _ in 0..<state.numbers[1] { _ = drain() }
        }

        /// Fills the window with its samples after `steps` steps.
        private func refill(_ filled: Int) throws(ColonnadeError) {
            let oldest = pulledCount
            // The samples of one window are read first, so that a damaged number allocates no more memory than there
            // are samples.
            var first: [(recipe: Recipe, index: Int)] = []
            while first.count < filled, let next = try pullAgain() { first.append(next) }
            guard first.count == filled else { throw Cursor.missingSamples }
            let contents = replay.contents(afterSteps: steps, filled: filled)
            guard contents.allSatisfy({ $0 >= oldest }) else {
                throw .otherPipeline
            }
            history.releaseAll()
            // Entries are filled in the order of the upstream; the samples between them left the window before.
            var recipes = [Recipe?](repeating: nil, count: filled)
            for entry in contents.indices.sorted(by: { contents[$0] < contents[$1] }) {
                let index = contents[entry] - oldest
                if index < first.count {
                    recipes[entry] = first[index].recipe
                    history.keep(contents[entry])
                } else {
                    skip(to: contents[entry])
                    recipes[entry] = try pullAgain()?.recipe
                }
            }
            entries = zip(recipes, contents).compactMap { recipe, index in recipe.map { ($0, index) } }
        }

        private static var missingSamples: ColonnadeError {
            ColonnadeError(.invalidArgument) { "the samples before this \($0.position) are not there any more" }
        }
    }
}
