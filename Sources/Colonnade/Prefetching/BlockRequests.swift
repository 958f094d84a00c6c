// SPDX-License-Identifier: Apache-2.0

/// The requests of a pass whose order is a block order: each block of rows is requested as a whole, before the first of its rows
/// is read. Only one thread at a time may use it.
struct BlockRequests {
    /// A request for a block that was made less than so many rounds ago is not repeated.
    private static let roundsKept = 2
    /// The number of blocks that are read from the disk at the same time, in an order that opens one block after another.
    private static let blocksAhead = 8
    /// The most blocks that one call requests beyond those of its rows. At the start of a pass all blocks are new.
    private static let mostAhead = 32
    private static let rowsAtOnce = 256

    private let shape: BlockShape
    /// For each block that was requested, the last index that has a row of it.
    private var lastIndices: [Int: Int] = [:]
    /// The first index whose row was not looked at.
    private var next = 0
    private var rows: [Int] = []

    /// Returns nil unless the order of the rows is a block order whose blocks are consecutive rows of the source.
    init?(_ executor: RowExecutor) {
        guard let shape = executor.order.blocks?.shape else { return nil }
        self.shape = shape
    }

    /// Requests the blocks of the samples in a range of indices, and some of those that follow it.
    mutating func request(_ indices: Range<Int>, of executor: RowExecutor) {
        next = max(next, indices.lowerBound)
        var ahead = 0
        let end = min(indices.upperBound.saturatingSum(shape.rows * BlockRequests.blocksAhead), executor.sampleCount)
        while next < end, next < indices.upperBound || ahead < BlockRequests.mostAhead {
            // Rows of the range and rows after it are not looked at together.
            let stop = next < indices.upperBound ? indices.upperBound : end
            let part = next..<min(next + BlockRequests.rowsAtOnce, stop)
            executor.order.write(blockIndicesAt: part, to: &rows)
            for (index, row) in zip(part, rows) where note(row / shape.rows, index) {
                executor.expect(block: row / shape.rows)
                if index >= indices.upperBound { ahead += 1 }
            }
            next = part.upperBound
        }
    }

    /// Notes a row of a block. Returns whether the block must be requested.
    private mutating func note(_ block: Int, _ index: Int) -> Bool {
        let kept = shape.open * BlockRequests.roundsKept
        let previous = lastIndices.updateValue(index, forKey: block)
        if let previous { return index - previous > kept }
        if lastIndices.count > 2 * kept { lastIndices = lastIndices.filter { index - $0.value <= kept } }
        return true
    }
}
