// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Gives out what comes next in a pass, and tells the system of it ahead. For one thread at a time.
struct PassSource {
    private let cursor: any PassCursor
    private let executor: any Executor
    /// Whether rows have to be asked for ahead, since they may not be in memory; and up to which position they were.
    private let isLargerThanMemory: Bool
    private var expected = 0
    /// Items given out, until there are enough of them to warm the file.
    private var items = 0
    private var isWarming = false

    /// A pass that has read as many blocks of full size will read most of the file.
    private static let blocksOfWhoReadsAll = 4
    /// Rows asked for ahead of those that are read, and batches at least.
    private static let rowsAhead = 512
    private static let batchesAhead = 2

    init(_ cursor: any PassCursor) {
        self.cursor = cursor
        executor = cursor.executor
        isLargerThanMemory = cursor.executor.isLargerThanMemory
    }

    /// Up to `most` items as a block.
    mutating func pull(_ most: Int, into prefetcher: Prefetcher) -> (Prefetcher.Claim?, Prefetcher.Wake) {
        if let positions = cursor.nextIndices(most) {
            if isLargerThanMemory { expect(positions) }
            warm(positions.count, of: prefetcher.bounds.together ?? 1)
            return prefetcher.note(
                { Prefetcher.Claim(number: $0, positions: positions) },
                isLast: positions.upperBound == (executor.count ?? 0))
        }
        var works: [Result<Recipe, ColonnadeError>] = []
        var cursorStates: [CursorState] = []
        var hasEnded = false
        while works.count < most {
            do throws(ColonnadeError) {
                guard let work = try cursor.nextItem() else {
                    hasEnded = true
                    break
                }
                works.append(.success(work))
            } catch {
                works.append(.failure(error))
            }
            cursorStates.append(cursor.state)
        }
        return prefetcher.note(
            { Prefetcher.Claim(number: $0, works: works, cursorStates: cursorStates) }, isLast: hasEnded)
    }

    /// Warms the file once most of it will be read.
    private mutating func warm(_ count: Int, of block: Int) {
        guard !isWarming else { return }
        items += count
        isWarming = items > (PassSource.blocksOfWhoReadsAll - 1) * block
        if isWarming { executor.warm() }
    }

    /// Tells of the rows of these items, and of those that come then.
    private mutating func expect(_ positions: Range<Int>) {
        let count = executor.count ?? 0
        let ahead = max(PassSource.batchesAhead, PassSource.rowsAhead / max(executor.batches?.uniformSize ?? 1, 1))
        let until = min(positions.upperBound + ahead, count)
        for position in max(expected, positions.lowerBound)..<max(until, expected, positions.lowerBound) {
            executor.expect(position)
        }
        expected = max(expected, until)
    }
}
