// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// One change of an order: a function from each index after the change to an index before it.
enum IndexMap: Sendable {
    /// A random order of all samples that differs in each epoch, since no selection comes after it.
    case shuffled(Shuffle)
    /// The random order of epoch 0 in every epoch, since a selection comes after it.
    case frozen(Shuffle)
    /// Every `step`-th sample from index `first` on.
    case strided(first: Int, step: Int)
    /// The samples in a range of indices.
    case range(Range<Int>)
    /// The samples at listed indices, in any order. An index may occur several times.
    case table([Int])
    /// Samples that are drawn with replacement, others in each epoch.
    case drawn(WeightedDraws)
    /// The samples of one rank: see `ShardPlan`.
    case sharded(ShardPlan)

    /// Whether the change differs from epoch to epoch.
    var varies: Bool {
        switch self {
        case .shuffled: true
        case .drawn(let draws): !draws.isFrozen
        case .frozen, .strided, .range, .table, .sharded: false
        }
    }

    /// Whether the order is random.
    var isRandom: Bool {
        switch self {
        case .shuffled, .frozen, .drawn: true
        case .strided, .range, .table, .sharded: false
        }
    }

    /// The shuffle, in the order of each epoch or of epoch 0; nil for other changes.
    var shuffle: Shuffle? {
        switch self {
        case .shuffled(let shuffle), .frozen(let shuffle): shuffle
        case .strided, .range, .table, .drawn, .sharded: nil
        }
    }

    /// Returns the change with the order of epoch 0 in every epoch.
    var frozen: IndexMap {
        switch self {
        case .shuffled(let shuffle): .frozen(shuffle)
        case .drawn(let draws): .drawn(draws.frozen())
        case .frozen, .strided, .range, .table, .sharded: self
        }
    }

    /// Returns the number of indices after the change, if there are `count` before it.
    func count(of count: Int) -> Int {
        switch self {
        case .shuffled, .frozen: count
        case .strided(let first, let step): first < count ? (count - first - 1) / step + 1 : 0
        case .range(let range): range.count
        case .table(let table): table.count
        case .drawn(let draws): draws.count
        case .sharded(let plan): plan.count(of: count)
        }
    }

    /// A text that differs between changes that give different orders.
    var identity: String {
        switch self {
        case .shuffled(let shuffle): "shuffled \(shuffle.identity)"
        case .frozen(let shuffle): "frozen \(shuffle.identity)"
        case .strided(let first, let step): "strided \(first) \(step)"
        case .range(let range): "range \(range.lowerBound) \(range.upperBound)"
        case .table(let table):
            "table \(table.count) \(table.reduce(into: UInt64(0)) { $0 = SplitMix64.mix($0 &+ UInt64(bitPattern: Int64($1))) })"
        case .drawn(let draws): draws.identity
        case .sharded(let plan): "sharded \(plan.rank) of \(plan.worldSize)"
        }
    }
}
