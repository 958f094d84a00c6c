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
