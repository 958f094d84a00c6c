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
    ///   - shareCount: the number of ranks and workers that share the samples.
    func explained(_ isFrozen: Bool, batchSize: Int? = nil, shareCount: Int = 1) -> [String] {
        zip(maps, counts).map { map, count in
            "  \(map.explained(of: count, isFrozen, batchSize: batchSize, shareCount: shareCount))"
        }
    }
}

extension IndexMap {
    /// - Parameter count: the number of indices before the map.
    fileprivate func explained(of count: Int, _ isFrozen: Bool, batchSize: Int?, shareCount: Int) -> String {
        switch self {
        case .shuffled(let shuffle):
            "\(shuffle.explained(of: count, batchSize: batchSize, shareCount: shareCount)), \(isFrozen ? RowOrder.always : RowOrder.eachEpoch)"
        case .frozen(let shuffle):
            "\(shuffle.explained(of: count, batchSize: nil, shareCount: 1)), \(RowOrder.always)"
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
    fileprivate func explained(of count: Int, batchSize: Int?, shareCount: Int) -> String {
        let way = count < IndexPermutation.networkThreshold ? "by a table" : "computed index by index"
        guard let blocks else { return "shuffled, seed \(seed): \(way)" }
        let start = "shuffled in blocks of \(blocks.rows), seed \(seed): "
        let blockCount = count / blocks.rows + (count % blocks.rows == 0 ? 0 : 1)
        if blocks.holds(count) { return start + "all \(blockCount) are open at once, as without blocks" }
        let reads = (blocks.reads(of: count) * 100).rounded() / 100
        let readers = blocks.readers(of: shareCount)
        var text = start + "\(blocks.open) of \(blockCount) are open at once"
        if let batchSize { text += ", a batch has samples of \(min(batchSize, blocks.open)) blocks" }
        text += ", each block is read \(reads) times"
        if readers > 1 {
            text += " by each of \(readers) ranks, since \(shareCount) ranks do not divide the \(blocks.lanes) lanes"
        }
        return text
    }
}
