// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The requests of a pass whose order is a block order: each block of rows is requested as a whole, before the first of its rows
/// is read. Only one thread at a time may use it.
///
/// The blocks of the first rounds are those of their rows. Afterwards each slot of the order enters a block once in as many rounds
/// as a block has rows, so that no further row must be computed.
struct RowBlockRequests {
    /// A part of consecutive rows of the source, which one call requests.
    struct Request {
        let rows: Range<Int>
        let part: RequestedPart
    }

    private struct Opening {
        /// The first index whose row may be in the block.
        var index: Int
        let block: Int
    }

    /// The number of blocks that are read from the disk ahead of their use. The ends of ragged values, which say where the values
    /// are, are requested as many blocks earlier.
    private static let blocksAhead = 8
    private static let rowsAtOnce = 256

    private let reads: RowBlockReads
    /// The distance between indices whose lanes are read.
    private let step: Int
    /// The blocks of the first rounds that were requested, and the first index there whose block was not.
    private var first: (blocks: Set<Int>, next: Int)
    private var rows: [Int] = []
    /// The openings of the rounds before `roundsEnd`, in their order.
    private var openings: [Opening] = []
    private var roundsEnd: Int
    /// The number of openings whose rows have been decided, whose values were requested, and whose ends were.
    private var counts = (due: 0, values: 0, ends: 0)

    /// Returns nil unless the blocks of a pass can be requested as a whole.
    ///
    /// - Parameter item: the first item of the pass.
    init?(_ executor: RowExecutor, from item: Int) {
        guard let reads = executor.blockReads,
            let start = reads.indices(ofItems: item..<max(executor.count, item))?.lowerBound
        else { return nil }
        self.reads = reads
        step = reads.samples.step.greatestCommonDivisor(with: reads.order.shape.lanes)
        first = ([], start)
        // The first rounds are an incomplete one, if the pass begins within it, and a complete one.
        let (round, index) = start.quotientAndRemainder(dividingBy: reads.order.shape.open)
        roundsEnd = round + (index == 0 ? 1 : 2)
    }

    /// Returns the requests for the blocks of consecutive items, and for some of those that follow them, in their order.
    mutating func requests(for items: Range<Int>) -> [Request] {
        guard let indices = reads.indices(ofItems: items) else { return [] }
        let blocks = firstBlocks(before: indices.upperBound)
        var requests = blocks.map { request($0, .ends) } + blocks.map { request($0, .values) }
        guard first.next == .max else { return requests }
        let ahead = RowBlockRequests.blocksAhead
        while true {
            while counts.due < openings.count, openings[counts.due].index < indices.upperBound { counts.due += 1 }
            guard openings.count - counts.due < 2 * ahead, addOpenings() else { break }
        }
        while counts.ends < min(counts.due + 2 * ahead, openings.count) {
            requests.append(request(openings[counts.ends].block, .ends))
            counts.ends += 1
        }
        while counts.values < min(counts.due + ahead, openings.count) {
            requests.append(request(openings[counts.values].block, .values))
            counts.values += 1
        }
        return requests
    }

    private func request(_ block: Int, _ part: RequestedPart) -> Request {
        Request(rows: reads.rows(ofBlock: block), part: part)
    }

    /// Returns the new blocks of the first rounds, up to an index and some blocks after it.
    private mutating func firstBlocks(before index: Int) -> [Int] {
        let order = reads.order
        let last = roundsEnd.saturatingProduct(order.shape.open)
        let end = min(index.saturatingSum(RowBlockRequests.blocksAhead * step), last, order.count)
        var blocks: [Int] = []
        while first.next < end {
            let stop = first.next.saturatingSum(RowBlockRequests.rowsAtOnce * step)
            rows.removeAll(keepingCapacity: true)
            rows.append(contentsOf: stride(from: first.next, to: min(stop, end), by: step))
            first.next = rows[rows.count - 1].saturatingSum(step)
            order.map(&rows)
            for row in rows where first.blocks.insert(row / order.shape.rows).inserted {
                blocks.append(row / order.shape.rows)
            }
        }
        // Later blocks are those of slots.
        if first.next >= min(last, order.count) { first = ([], .max) }
        return blocks
    }

    /// Computes the openings of further rounds: about one for each slot. Returns false if there are no further rounds.
    /// Two slots that share a block open it within a few rounds. So some blocks are requested again while they are in memory.
    private mutating func addOpenings() -> Bool {
        let order = reads.order
        let lastRound = order.count / order.shape.open
        guard roundsEnd <= lastRound else { return false }
        let rounds = roundsEnd..<min(roundsEnd.saturatingSum(order.shape.rows), lastRound + 1)
        let done = min(counts.due, counts.values)
        openings.removeFirst(done)
        counts = (counts.due - done, counts.values - done, counts.ends - done)
        let start = openings.count
        for slot in stride(from: reads.samples.first % step, to: order.shape.open, by: step) {
            order.visitOpenings(ofSlot: slot, in: rounds) { round, block in
                openings.append(Opening(index: round * order.shape.open, block: block))
            }
        }
        openings[start...].sort { $0.index < $1.index }
        sortWithinRounds(from: start)
        roundsEnd = rounds.upperBound
        return true
    }

    /// Sorts openings, which have the first index of their round, by their rows, if a round has more of them than are requested ahead.
    /// Otherwise the first row of a round would wait for the blocks of all others.
    private mutating func sortWithinRounds(from start: Int) {
        let order = reads.order
        var first = start
        while first < openings.count {
            let index = openings[first].index
            let end = openings[first...].firstIndex { $0.index != index } ?? openings.count
            if end - first > RowBlockRequests.blocksAhead {
                rows.removeAll(keepingCapacity: true)
                rows.append(contentsOf: index..<min(index.saturatingSum(order.shape.open), order.count))
                order.map(&rows)
                var places: [Int: Int] = [:]
                for place in rows.indices.reversed() { places[rows[place] / order.shape.rows] = place }
                for opening in first..<end { openings[opening].index += places[openings[opening].block] ?? 0 }
                openings[first..<end].sort { $0.index < $1.index }
            }
            first = end
        }
    }
}
