// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// An order that draws each sample anew, with replacement. The draw at an index depends only on the seed, the epoch and the index.
struct WeightedDraws: Sendable {
    let table: AliasTable
    /// The number of draws of an epoch.
    let count: Int
    let seed: UInt64
    /// Whether every epoch has the draws of epoch 0, since a selection comes after them.
    private(set) var isFrozen = false

    init(_ table: AliasTable, count: Int, seed: UInt64) {
        self.table = table
        self.count = count
        self.seed = seed
    }

    func frozen() -> WeightedDraws {
        var copy = self
        copy.isFrozen = true
        return copy
    }

    /// Returns the index before the draws of the sample at an index after them.
    func index(at index: Int, epoch: Int) -> Int {
        var random = SplitMix64(seed: seed, epoch: isFrozen ? 0 : epoch, row: index)
        return table.draw(&random)
    }

    var identity: String { "drawn 1 \(table.identity) \(count) \(seed)\(isFrozen ? " frozen" : "")" }
}
