// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of an order for people.
extension RowOrder {
    static let eachEpoch = "another order each epoch"
    static let always = "the order of epoch 0 in all epochs, since a selection comes after it"

    /// Returns a line for each map.
    ///
    /// - Parameters:
    ///   - isFrozen: whether a selection comes after the order.
    ///   - batchSize: the number of samples of a batch; nil if there are no batches of this order, or none of one size.
    ///   - batchShareCount: the number of ranks and workers that share the batches of this order.
    ///   - isOfRows: whether the order is that of the rows of a source, or of batches of such rows in their order.
    func explained(
        _ isFrozen: Bool, batchSize: Int? = nil, batchShareCount: Int = 1, isOfRows: Bool = true
    ) -> [String] {
        maps.indices.map { index in
            let line = maps[index].explained(of: counts[index], isFrozen)
            guard let shuffle = maps[index].shuffle, let blocks = shuffle.blocks, !blocks.holds(counts[index]) else {
                return "  \(line)"
            }
            let rule = isFrozen || !maps[index].varies ? RowOrder.always : RowOrder.eachEpoch
            guard isOfRows, readsBlocks(ofMap: index) else {
                return
                    "  \(shuffle.explained(of: counts[index])), but other steps choose or order samples one by one, so that they are read one by one, \(rule)"
            }
            var text = shuffle.explained(of: counts[index])
            if let batchSize {
                let blockCount = blocks.blockCount(of: counts[index])
                let number = batchSize >= count ? blockCount : min(batchSize, blocks.open)
                text += ", a batch has samples of about \(min(number, blockCount)) blocks"
            }
            return "  \(text), \(blocks.explainedReads(of: counts[index], shareCount, batchShareCount)), \(rule)"
        }
    }
}

extension IndexMap {
    /// - Parameter count: the number of indices before the map.
    fileprivate func explained(of count: Int, _ isFrozen: Bool) -> String {
        switch self {
        case .shuffled(let shuffle):
            "\(shuffle.explained(of: count)), \(isFrozen ? RowOrder.always : RowOrder.eachEpoch)"
        case .frozen(let shuffle): "\(shuffle.explained(of: count)), \(RowOrder.always)"
        case .strided(let first, let step): "every \(step)th from \(first) on"
        case .range(let range): "indices \(range.lowerBound) to \(range.upperBound)"
        case .table(let table): "\(table.count) indices by a table"
        case .drawn(let draws):
            "\(draws.count) draws with weights, seed \(draws.seed): \(isFrozen || draws.isFrozen ? RowOrder.always : RowOrder.eachEpoch)"
        case .sharded(let plan): plan.explanation
        }
    }
}

extension Shuffle {
    fileprivate func explained(of count: Int) -> String {
        let way = count < IndexPermutation.networkThreshold ? "by a table" : "computed index by index"
        guard let blocks else { return "shuffled, seed \(seed): \(way)" }
        let (start, blockCount) = ("shuffled in blocks of \(blocks.rows), seed \(seed): ", blocks.blockCount(of: count))
        if blocks.holds(count) { return start + "all \(blockCount) are open at once, as without blocks" }
        return start + "\(blocks.open) of \(blockCount) are open at once"
    }
}

extension BlockShape {
    /// Says how often each block is read.
    fileprivate func explainedReads(of count: Int, _ shareCount: Int, _ batchShareCount: Int) -> String {
        let text = "each block is read \((reads(of: count) * 100).rounded() / 100) times"
        let readers = readers(of: shareCount).saturatingProduct(batchShareCount)
        if readers == 1 { return text }
        let reason =
            batchShareCount > 1
            ? "ranks share batches: divide the samples among them before making batches"
            : "\(shareCount) ranks do not divide the \(lanes) lanes"
        return "\(text) by each of \(readers) ranks, since \(reason)"
    }
}
