// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Takes samples of several streams, in turn or by weight.
struct MixStage: Stage {
    enum Choice: Sendable, Hashable {
        /// The streams take turns, each with the given number of samples.
        case inTurn(Int)
        /// The choice is random, with the weights as relative frequencies.
        case weighted([Double], seed: UInt64)
    }

    let schema: Schema
    let upstreams: [Upstream]
    let choice: Choice
    let exhaustion: Exhaustion
    private let rule: ClassNameRule

    /// Throws `invalidArgument` if the schemas of the streams do not match, or if class names differ and `rule` does
    /// not allow it.
    init(
        _ upstreams: [Upstream], _ choice: Choice, _ exhaustion: Exhaustion, _ rule: ClassNameRule = .same
    ) throws(ColonnadeError) {
        guard !upstreams.isEmpty else {
            throw ColonnadeError(.invalidArgument, "there are no streams to take samples from: give at least one")
        }
        let join = try SchemaJoin(upstreams.map(\.schema), rule) { upstreams[$0].plan.label }
        schema = join.schema
        self.upstreams = try upstreams.enumerated().map { (index, upstream) throws(ColonnadeError) in
            try upstream.changing { (plan) throws(ColonnadeError) in try join.aligned(plan, index) }
        }
        self.choice = choice
        self.exhaustion = exhaustion
        self.rule = rule
    }

    var count: Int? {
        guard exhaustion == .leaveOut else { return nil }
        var total = 0
        for upstream in upstreams {
            guard let count = upstream.count else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(count)
            if overflow { return nil }
            total = sum
        }
        return total
    }

    var name: String { "mix" }
    var label: String {
        switch choice {
        case .inTurn(let length): "interleaved \(length) of \(upstreams.count), \(exhaustion)"
        case .weighted(let weights, let seed): "mixed \(weights), seed \(seed), \(exhaustion)"
        }
    }

    var seed: UInt64? { if case .weighted(_, let seed) = choice { seed } else { nil } }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(
            self, pass,
            try upstreams.map { (upstream) throws(ColonnadeError) in try upstream.makeCursor(pass) })
    }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? {
        try MixStage(
            try upstreams.map { (upstream) throws(ColonnadeError) in try upstream.changing(change) }, choice,
            exhaustion,
            rule)
    }

    private final class Cursor: StageCursor {
        private let stage: MixStage
        private let pass: PassContext
        private var upstreams: [any StageCursor]
        /// For each stream: how often it began anew, whether it has ended for good, and whether its current round has
        /// returned no sample yet.
        private var rounds: [Int]
        private var hasEnded: [Bool]
        private var isEmpty: [Bool]
        private var step = 0

        init(_ stage: MixStage, _ pass: PassContext, _ upstreams: [any StageCursor]) {
            self.stage = stage
            self.pass = pass
            self.upstreams = upstreams
            rounds = upstreams.map { _ in 0 }
            hasEnded = upstreams.map { _ in false }
            isEmpty = upstreams.map { _ in true }
        }

        /// Returns the stream of the current step; nil if all streams have ended.
        private func chosen() -> Int? {
            switch stage.choice {
            case .inTurn(let length):
                guard hasEnded.contains(false) else { return nil }
                // The turns of streams that have ended are skipped.
                while hasEnded[step / length % upstreams.count] { step = (step / length + 1) * length }
                return step / length % upstreams.count
            case .weighted(let weights, let seed):
                var random = SplitMix64(seed: seed, epoch: pass.orderEpoch, row: step)
                let total = weights.indices.reduce(0) { $0 + (hasEnded[$1] ? 0 : weights[$1]) }
                guard total > 0 else { return nil }
                var remaining = random.unit() * total
                for (index, weight) in weights.enumerated() where !hasEnded[index] {
                    remaining -= weight
                    if remaining < 0 { return index }
                }
                return weights.indices.last { !hasEnded[$0] && weights[$0] > 0 }
            }
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while let index = chosen() {
                if let recipe = try upstreams[index].next() {
                    step += 1
                    isEmpty[index] = false
                    return recipe
                }
                switch stage.exhaustion {
                case .stop:
                    hasEnded = hasEnded.map { _ in true }
                case .leaveOut:
                    hasEnded[index] = true
                case .beginAnew:
                    // An empty stream would begin anew for ever.
                    guard !isEmpty[index] else {
                        hasEnded[index] = true
                        continue
                    }
                    isEmpty[index] = true
                    rounds[index] += 1
                    upstreams[index] = try stage.upstreams[index].makeCursor(epoch(of: index))
                }
            }
            return nil
        }

        /// Returns the pass of the current round of a stream. Rounds of different epochs differ as long as there are
        /// fewer than 2²⁰ of them.
        private func epoch(of index: Int) -> PassContext {
            let round = rounds[index]
            return pass.epochs { $0 &+ round << 20 }
        }

        /// The step, then for each stream its round and flags. These are omitted if every stream is in its first round,
        /// has returned a sample and has not ended, which keeps positions of large mixtures small.
        var state: CursorState {
            let states = rounds.indices.map {
                min(rounds[$0], CursorState.largestNumber >> 2) << 2 | (hasEnded[$0] ? 2 : 0) | (isEmpty[$0] ? 1 : 0)
            }
            return CursorState(
                numbers: [step] + (states.allSatisfy { $0 == 0 } ? [] : states), upstreams: upstreams.map(\.state))
        }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            let count = upstreams.count
            try state.check(numbers: state.numbers.count == 1 ? 1 : 1 + count, upstreams: count)
            step = state.numbers[0]
            for index in 0..<count {
                let flags = state.numbers.count == 1 ? 0 : state.numbers[1 + index]
                (rounds[index], hasEnded[index], isEmpty[index]) = (flags >> 2, flags & 2 != 0, flags & 1 != 0)
                if rounds[index] > 0 { upstreams[index] = try stage.upstreams[index].makeCursor(epoch(of: index)) }
                try upstreams[index].restore(state.upstreams[index])
            }
        }
    }
}
