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
    ///   - whole: the index of the map whose blocks are read as a whole; nil if there is none.
    ///   - hasConsecutiveRows: whether consecutive items of the source are consecutive rows of files.
    ///   - batchSize: the number of samples of a batch; nil if there are no batches of this order.
    ///   - sharing: who shares the samples of this order.
    ///   - batchSharing: who shares the batches of this order.
    func explained(
        _ isFrozen: Bool, whole: Int?, hasConsecutiveRows: Bool, batchSize: Int? = nil, _ sharing: SampleSharing,
        _ batchSharing: SampleSharing = SampleSharing()
    ) -> [String] {
        maps.indices.map { index in
            let line = maps[index].explained(of: counts[index], isFrozen)
            guard let shuffle = maps[index].shuffle, let blocks = openBlocks(ofMap: index) else { return "  \(line)" }
            let rule = isFrozen || !maps[index].varies ? RowOrder.always : RowOrder.eachEpoch
            var text = shuffle.explained(of: counts[index])
            guard index == whole else {
                return
                    "  \(text), but other steps choose, order, join or batch the samples, so that they are read one by one, \(rule)"
            }
            if let batchSize {
                let blockCount = blocks.blockCount(of: counts[index])
                let number = batchSize >= count ? blockCount : min(batchSize, blocks.open)
                text += ", a batch has samples of about \(min(number, blockCount)) blocks"
            }
            text += ", \(blocks.explainedReads(of: counts[index], sharing, batchSharing))"
            if !hasConsecutiveRows {
                text += ", its rows one by one, since they were chosen, ordered or batched before they were joined"
            }
            return "  \(text), \(rule)"
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
    fileprivate func explainedReads(
        of count: Int, _ sharing: SampleSharing, _ batchSharing: SampleSharing
    ) -> String {
        let text = "each block is read \((reads(of: count) * 100).rounded() / 100) times"
        let readers = readers(of: sharing.count).saturatingProduct(batchSharing.count)
        if readers == 1 { return text }
        let reason =
            batchSharing.count > 1
            ? "\(batchSharing.description) share batches: divide the samples among them before making batches"
            : "\(sharing.description) do not divide the \(lanes) lanes"
        return "\(text) by each of \(readers), since \(reason)"
    }
}
