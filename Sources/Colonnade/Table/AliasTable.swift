// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Random draws of indices with given weights, in constant time each (Walker 1977; Vose 1991).
struct AliasTable: Sendable {
    /// For each index, the probability that a draw of its place returns it and not the alias.
    private let shares: [Double]
    private let aliases: [Int]
    /// A hash of the weights.
    let identity: UInt64

    var count: Int { shares.count }

    /// Makes the table. Throws `invalidArgument` for weights that are negative, infinite or NaN, or that are all 0.
    init(_ weights: [Double]) throws(ColonnadeError) {
        if let wrong = weights.firstIndex(where: { !($0 >= 0 && $0 < .infinity) }) {
            throw ColonnadeError(
                .invalidArgument,
                "weight \(wrong) is \(weights[wrong]): weights are finite numbers that are not negative")
        }
        guard let largest = weights.indices.max(by: { weights[$0] < weights[$1] }), weights[largest] > 0 else {
            throw ColonnadeError(.invalidArgument, "no weight is above 0, so that nothing can be drawn")
        }
        // Scaling by the largest weight first keeps the sum finite.
        let sum = weights.reduce(0) { $0 + $1 / weights[largest] }
        var shares = weights.map { $0 / weights[largest] / sum * Double(weights.count) }
        var aliases = Array(weights.indices)
        var small = shares.indices.filter { shares[$0] < 1 }
        var large = shares.indices.filter { shares[$0] >= 1 }
        while let low = small.last, let high = large.last {
            small.removeLast()
            aliases[low] = high
            shares[high] -= 1 - shares[low]
            if shares[high] < 1 {
                large.removeLast()
                small.append(high)
            }
        }
        // Rounding may leave indices over, whose share is about 1; an index without weight is never drawn.
        for index in small + large {
            (shares[index], aliases[index]) = weights[index] > 0 ? (1, index) : (0, largest)
        }
        self.shares = shares
        self.aliases = aliases
        identity = weights.reduce(Fingerprint.mix(0, UInt64(weights.count))) { Fingerprint.mix($0, $1.bitPattern) }
    }

    func draw(_ random: inout SplitMix64) -> Int {
        let place = random.below(shares.count)
        return random.unit() < shares[place] ? place : aliases[place]
    }
}
