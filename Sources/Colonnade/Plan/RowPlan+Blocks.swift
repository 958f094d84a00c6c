// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The blocks of a row plan whose order is a block order.
extension RowPlan {
    /// The number of samples, or of batches, that are a block of about a mebibyte.
    var rowsPerBlock: Int {
        let rows = BlockShape.rows(of: source.byteCount, count: source.count)
        return max(rows / (batches?.sizeOrOne ?? 1), 1)
    }

    /// The number of ranks and workers that share the samples of the last random order.
    var shareCount: Int { order.shareCount.saturatingProduct(batchOrder.shareCount) }

    /// Throws `invalidArgument` if the batches of all ranks together have more samples than there are open blocks. A single batch
    /// of all samples may have more.
    func checkOpenBlocks() throws(ColonnadeError) {
        guard let (shape, count) = order.openBlocks, !shape.holds(count), let size = batches?.uniformSize,
            size < order.count
        else { return }
        let samples = size.saturatingProduct(shareCount)
        guard samples > shape.open else { return }
        let ranks = shareCount > 1 ? " on each of \(shareCount) ranks or workers" : ""
        throw ColonnadeError(
            .invalidArgument,
            "a batch of \(size)\(ranks) would have several samples of one block, since only \(shape.open) blocks are open: "
                + "shuffle with at least \(samples) blocks, or make smaller batches")
    }
}
