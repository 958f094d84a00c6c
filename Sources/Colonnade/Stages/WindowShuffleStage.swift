// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Samples in a random order within a window: each comes at most a window's length too early.
///
/// A reservoir: it is filled; then each new sample takes a random slot, and what was there comes out; at the end the rest comes
/// in random order. Which slot it is depends on the step alone. So what is in the slots at any step can be told by going back
/// over the steps before, and a pass goes on anywhere in the time that a few windows take, with nothing stored.
struct WindowShuffleStage: Stage {
    let upstream: Upstream
    let window: Int
    let ownSeed: UInt64

    var schema: Schema { upstream.schema }
    var count: Int? { upstream.count }
    var upstreams: [Upstream] { [upstream] }
    var name: String { "shuffle" }
    var label: String { "shuffled in a window of \(window), seed \(ownSeed)" }
    var seed: UInt64? { ownSeed }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try upstream.makeCursor(pass), window, SplitMix64(seed: ownSeed, epoch: pass.orderEpoch, row: 0).state)
    }

    func changingSamples(
        _ change: (Pipeline) throws(ColonnadeError) -> Pipeline
    ) throws(ColonnadeError) -> (any Stage)? {
        WindowShuffleStage(upstream: try upstream.changing(change), window: window, ownSeed: ownSeed)
    }

    private final class Cursor: StageCursor {
        private let upstream: any StageCursor
        private let window: Int
        private let key: UInt64
        /// What waits, and which sample of the upstream it is.
        private var slots: [(recipe: Recipe, index: Int)] = []
        /// Samples taken from the upstream, those given out while it lasted, and those since.
        private var pulled = 0
        private var steps = 0
        private var drained = 0
        private var hasEnded = false
        /// The oldest sample that waits, and which of the later ones do: so that it is known from where to begin again.
        private var oldest = 0
        private var waiting: [Bool] = []
        /// The first of those that do not wait, as far as was looked: each is looked at once.
        private var gone = 0
        /// Places of the upstream, each in front of the sample of that number; the first not behind the oldest that waits.
        private var marks: [(index: Int, place: Place)] = []

        init(_ upstream: any StageCursor, _ window: Int, _ key: UInt64) {
            self.upstream = upstream
            self.window = window
            self.key = key
        }

        private func draw(_ step: Int, _ bound: Int) -> Int {
            Int(SplitMix64.mix(key &+ UInt64(step)).multipliedFullWidth(by: UInt64(bound)).high)
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while !hasEnded, slots.count < window {
                guard let (recipe, index) = try pull() else {
                    hasEnded = true
                    break
                }
                slots.append((recipe, index))
            }
            guard !hasEnded else { return drain() }
            guard let (recipe, index) = try pull() else {
                hasEnded = true
                return drain()
            }
            let slot = draw(steps, window)
            let out = slots[slot]
            slots[slot] = (recipe, index)
            steps += 1
            release(out.index)
            return out.recipe
        }

        private func drain() -> Recipe? {
            guard !slots.isEmpty else { return nil }
            let slot = draw(steps + drained, slots.count)
            drained += 1
            slots.swapAt(slot, slots.count - 1)
            // Nothing is released: to go on from here, all that was in the window at the end of the stream is read again.
            return slots.removeLast().recipe
        }

        private func mark() {
            if marks.isEmpty || pulled - marks[marks.count - 1].index >= window {
                marks.append((pulled, upstream.place))
            }
        }

        private func pull() throws(ColonnadeError) -> (Recipe, Int)? {
            mark()
            guard let recipe = try upstream.next() else { return nil }
            waiting.append(true)
            pulled += 1
            return (recipe, pulled - 1)
        }

        /// The same, past errors: they were said when this was read first.
        private func pullAgain() throws(ColonnadeError) -> (recipe: Recipe, index: Int)? {
            while true {
                do throws(ColonnadeError) { return try pull() } catch { continue }
            }
        }

        /// Passes by samples that do not wait any more, up to that number or the end.
        private func skip(to index: Int) {
            while pulled < index {
                mark()
                let count = upstream.skip(min(index - pulled, window - (pulled - marks[marks.count - 1].index)))
                guard count > 0 else { return }
                waiting.append(contentsOf: repeatElement(false, count: count))
                pulled += count
            }
        }

        private func release(_ index: Int) {
            waiting[index - oldest] = false
            while gone < waiting.count, !waiting[gone] { gone += 1 }
            // A few at a time, since removing moves the rest.
            guard gone > 0, gone >= waiting.count / 2 || gone >= window else { return }
            waiting.removeFirst(gone)
            oldest += gone
            gone = 0
            while marks.count > 1, marks[1].index <= oldest { marks.removeFirst() }
        }

        var place: Place {
            let mark = marks.first ?? (pulled, upstream.place)
            return Place(
                numbers: [steps, drained, pulled, hasEnded ? 1 : 0, mark.index], upstreams: [mark.place])
        }

        func go(to place: Place) throws(ColonnadeError) {
            try place.check(numbers: 5, upstreams: 1)
            let goal = place.numbers[2]
            (steps, hasEnded, pulled) = (place.numbers[0], place.numbers[3] == 1, place.numbers[4])
            let filled = goal - steps
            // That a sample waits for 64 windows is beyond all chance.
            let (most, isHuge) = window.multipliedReportingOverflow(by: 64)
            guard filled >= 0, filled <= window, steps == 0 || filled == window, filled <= goal - pulled,
                isHuge || goal - pulled <= most + 1024, place.numbers[1] <= filled
            else {
                throw ColonnadeError(.invalidArgument, "this position does not belong to this pipeline")
            }
            try upstream.go(to: place.upstreams[0])
            oldest = pulled
            // As many samples as wait are read first: a damaged number takes no more memory than there are samples.
            var first: [(recipe: Recipe, index: Int)] = []
            while first.count < filled, let next = try pullAgain() { first.append(next) }
            guard first.count == filled else {
                throw ColonnadeError(.invalidArgument, "the samples before this position are not there any more")
            }
            // Who is in each slot: the last that was put there, or who was there first.
            var owners = [Int](repeating: -1, count: filled)
            var unknown = filled
            var step = steps - 1
            while unknown > 0, step >= 0 {
                let slot = draw(step, window)
                if owners[slot] < 0 {
                    owners[slot] = step + window
                    unknown -= 1
                }
                step -= 1
            }
            for slot in owners.indices where owners[slot] < 0 { owners[slot] = slot }
            guard owners.allSatisfy({ $0 >= oldest }) else {
                throw ColonnadeError(.invalidArgument, "this position does not belong to this pipeline")
            }
            for index in waiting.indices { waiting[index] = false }
            // In the order in which they come, past those that were given out already.
            var found = [Recipe?](repeating: nil, count: filled)
            for slot in owners.indices.sorted(by: { owners[$0] < owners[$1] }) {
                let index = owners[slot] - oldest
                if index < first.count {
                    found[slot] = first[index].recipe
                    waiting[index] = true
                } else {
                    skip(to: owners[slot])
                    found[slot] = try pullAgain()?.recipe
                }
            }
            skip(to: goal)
            slots = zip(found, owners).compactMap { recipe, owner in recipe.map { ($0, owner) } }
            guard slots.count == filled, pulled == goal else {
                throw ColonnadeError(.invalidArgument, "the samples before this position are not there any more")
            }
            for _ in 0..<place.numbers[1] { _ = drain() }
        }
    }
}
