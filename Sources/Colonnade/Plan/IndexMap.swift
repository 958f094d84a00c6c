// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// One change of an order: which of the positions before it stands at each position after it.
enum IndexMap: Sendable {
    /// A random order of all of them, another each epoch: no selection comes after it.
    case shuffled(seed: UInt64)
    /// The random order of epoch 0 in every epoch: a selection comes after it.
    case frozen(seed: UInt64)
    /// Every `step`-th from `first` on.
    case strided(first: Int, step: Int)
    /// These positions.
    case range(Range<Int>)
    /// Any positions, repeats allowed.
    case table([Int])
    /// The part of one rank: see `ShardPlan`.
    case sharded(ShardPlan)

    /// Positions after this, of `count` before it.
    func count(of count: Int) -> Int {
        switch self {
        case .shuffled, .frozen: count
        case .strided(let first, let step): first < count ? (count - first - 1) / step + 1 : 0
        case .range(let range): range.count
        case .table(let table): table.count
        case .sharded(let plan): plan.count(of: count)
        }
    }

    /// What tells it from others that give another order.
    var identity: String {
        switch self {
        case .shuffled(let seed): "shuffled \(seed)"
        case .frozen(let seed): "frozen \(seed)"
        case .strided(let first, let step): "strided \(first) \(step)"
        case .range(let range): "range \(range.lowerBound) \(range.upperBound)"
        case .table(let table):
            "table \(table.count) \(table.reduce(into: UInt64(0)) { $0 = SplitMix64.mix($0 &+ UInt64(bitPattern: Int64($1))) })"
        case .sharded(let plan): "sharded \(plan.rank) of \(plan.worldSize)"
        }
    }
}

/// The part of one rank of all samples: every `worldSize`-th, so that after equally many steps of equally large batches all
/// ranks together have had the first samples of the order that they share.
struct ShardPlan: Sendable {
    var rank: Int
    var worldSize: Int
    var remainder: ShardRemainder
    /// The launcher that gave the rank; nil where the program names the rank.
    var launcher: Launcher.Rank?
    /// Samples that came before, of all ranks; more than 0 where a pass goes on.
    var origin = 0

    /// For people: `rank 3 of 8 (torchrun), what is left over: drop`.
    var explanation: String {
        "\(launcher?.description ?? "rank \(rank) of \(worldSize)"), what is left over: \(remainder)"
    }

    /// Samples of each rank; the same for all.
    func count(of count: Int) -> Int {
        let left = max(count - origin, 0)
        return left / worldSize + (remainder == .drop || left % worldSize == 0 ? 0 : 1)
    }

    /// Which of `count` samples stands at a position of this rank. Where the last group has fewer samples than there are
    /// ranks, those without take one of that group again.
    func position(_ index: Int, of count: Int) -> Int {
        let group = origin + index * worldSize
        return group + (rank < count - group ? rank : rank % max(count - group, 1))
    }

    /// Whether the sample there is this rank's own, and not one that another has too.
    func isOwn(_ index: Int, of count: Int) -> Bool { rank < count - origin - index * worldSize }
}
