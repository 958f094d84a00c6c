// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The source of the items of a pass: decides them in order, and requests their rows from files ahead of reading. Only
/// one thread at a time may use it.
struct PassSource {
    private let cursor: any PassCursor
    /// The executor of items that have an index; nil where the cursor decides recipes.
    private let rows: RowExecutor?
    /// The number of items after which the pass warms its files.
    private let itemsBeforeWarming: Int
    /// Whether rows must be requested ahead, since they may not be in memory.
    private let isLargerThanMemory: Bool
    /// The requests for blocks of rows, if the order is a block order.
    private var blockRequests: RowBlockRequests?
    /// The index of the first item whose rows were not requested; nil before the first item.
    private var firstUnrequested: Int?
    /// The number of decided items, counted until the pass warms its files.
    private var items = 0
    private var isWarming = false

    /// The decision about the items of a block.
    struct Decision {
        /// Whether the pass ends with the block.
        let isLast: Bool
        /// Whether the caller starts the thread that warms the files, after it has released its locks.
        let startsWarming: Bool
        /// The blocks of rows that the caller requests, after it has released its locks: a request may read the disk.
        var requests: [RowBlockRequests.Request] = []
    }

    /// The number of rows that are requested ahead of reading, and the minimum number of batches.
    private static let rowsAhead = 512
    private static let batchesAhead = 2

    /// - Parameter itemsBeforeWarming: the number of items after which the pass warms its files.
    init(_ cursor: any PassCursor, itemsBeforeWarming: Int) {
        self.cursor = cursor
        self.itemsBeforeWarming = itemsBeforeWarming
        rows = cursor.rows
        isLargerThanMemory = cursor.rows?.isLargerThanMemory ?? false
    }

    /// Decides the items of a block, at most `count`: their indices, or their recipes and errors.
    mutating func decide(_ count: Int, _ block: Block) -> Decision {
        if let rows, let indices = cursor.nextIndices(count) {
            block.indices = indices
            return Decision(
                isLast: indices.upperBound == rows.count, startsWarming: startsWarming(after: indices.count),
                requests: isLargerThanMemory ? requests(indices, of: rows) : [])
        }
        while block.items.count < count {
            do throws(ColonnadeError) {
                guard let recipe = try cursor.nextItem() else { return Decision(isLast: true, startsWarming: false) }
                block.recipes.append(recipe)
                block.items.append(nil)
            } catch {
                block.recipes.append(nil)
                block.items.append(.failed(error))
            }
            block.cursorStates.append(cursor.state)
        }
        return Decision(isLast: false, startsWarming: false)
    }

    /// Returns true once: after enough items that the pass will probably read most of its files.
    private mutating func startsWarming(after count: Int) -> Bool {
        guard !isWarming else { return false }
        items += count
        isWarming = items > itemsBeforeWarming
        return isWarming
    }

    /// Requests the rows of items, and of the items after them; or returns the requests for their blocks.
    private mutating func requests(_ indices: Range<Int>, of rows: RowExecutor) -> [RowBlockRequests.Request] {
        // The first item of a resumed pass may be any one.
        let firstUnrequested = firstUnrequested ?? indices.lowerBound
        if self.firstUnrequested == nil { blockRequests = RowBlockRequests(rows, from: firstUnrequested) }
        self.firstUnrequested = firstUnrequested
        if let requests = blockRequests?.requests(for: indices) { return requests }
        let ahead = max(PassSource.batchesAhead, PassSource.rowsAhead / max(rows.batches?.uniformSize ?? 1, 1))
        let end = min(indices.upperBound + ahead, rows.count)
        let first = max(firstUnrequested, indices.lowerBound)
        for index in first..<max(end, first) { rows.expect(index) }
        self.firstUnrequested = max(firstUnrequested, end)
        return []
    }
}
