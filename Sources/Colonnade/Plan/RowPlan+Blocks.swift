// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The blocks of a row plan whose order is a block order.
extension RowPlan {
    /// The number of samples, or of batches, that are a block of about a mebibyte.
    var rowsPerBlock: Int {
        let rows = BlockShape.rows(of: sourceByteCount, count: source.count)
        return max(rows / (batches?.sizeOrOne ?? 1), 1)
    }

    /// The bytes of the columns in use of all rows of the source; nil if some are in no file.
    private var sourceByteCount: Int? {
        source.byteCount(ofColumns: Set(Lowering(program).loads.map(\.column)).sorted())
    }

    /// The bytes in files of the samples of the plan: nil if some are in no file.
    var byteCount: Int? {
        sourceByteCount.map { bytes in
            let part = Double(order.count) / Double(max(source.count, 1))
            return Int(min(Double(bytes) * part, 0x1p62))
        }
    }

    /// Throws `invalidArgument` if the batches of all ranks together have more samples than there are open blocks. A single batch
    /// of all samples may have more.
    func checkOpenBlocks() throws(ColonnadeError) {
        guard let (shape, count) = order.openBlocks, !shape.holds(count), let size = batches?.uniformSize,
            size < order.count
        else { return }
        var sharing = order.sharing(isFixed: !varies)
        sharing.add(batchOrder.sharing(isFixed: !varies))
        let samples = size.saturatingProduct(sharing.count)
        guard samples > shape.open else { return }
        let ranks = sharing.count > 1 ? " for each of \(sharing.description)" : ""
        let remedy = samples > BlockShape.largestOpen ? "" : "shuffle with at least \(samples) blocks, or "
        throw ColonnadeError(
            .invalidArgument,
            "a batch of \(size)\(ranks) would have several samples of one block, since only \(shape.open) blocks are open: "
                + "\(remedy)make smaller batches")
    }
}
