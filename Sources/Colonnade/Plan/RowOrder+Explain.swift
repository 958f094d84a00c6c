// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of an order for people.
extension RowOrder {
    static let eachEpoch = "another order each epoch"
    static let always = "the order of epoch 0 in all epochs, since a selection comes after it"

    /// Returns a line for each map.
    ///
    /// - Parameter isFrozen: whether a selection comes after the order.
    func explained(_ isFrozen: Bool) -> [String] { zip(maps, counts).map { "  \($0.explained(of: $1, isFrozen))" } }
}

extension IndexMap {
    /// - Parameter count: the number of indices before the map.
    fileprivate func explained(of count: Int, _ isFrozen: Bool) -> String {
        let way =
            count < IndexPermutation.networkThreshold ? "by a table" : "computed index by index"
        return switch self {
        case .shuffled(let seed):
            "shuffled, seed \(seed): \(way), \(isFrozen ? RowOrder.always : RowOrder.eachEpoch)"
        case .frozen(let seed): "shuffled, seed \(seed): \(way), \(RowOrder.always)"
        case .strided(let first, let step): "every \(step)th from \(first) on"
        case .range(let range): "indices \(range.lowerBound) to \(range.upperBound)"
        case .table(let table): "\(table.count) indices by a table"
        case .drawn(let draws):
            "\(draws.count) draws with weights, seed \(draws.seed): \(isFrozen || draws.isFrozen ? RowOrder.always : RowOrder.eachEpoch)"
        case .sharded(let plan): plan.explanation
        }
    }
}
