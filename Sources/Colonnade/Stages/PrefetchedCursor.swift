// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The source of a stage whose samples threads of its own make ahead.
final class PrefetchedCursor: StageCursor {
    private let cursor: any PassCursor
    private let prefetching: Prefetching
    private var started: Prefetcher?
    private var index = 0

    init(_ cursor: any PassCursor, _ prefetching: Prefetching) {
        self.cursor = cursor
        self.prefetching = prefetching
    }

    deinit { started?.stop() }

    private var prefetcher: Prefetcher {
        if let started { return started }
        let prefetcher = Prefetcher(cursor, prefetching)
        started = prefetcher
        return prefetcher
    }

    func next() throws(ColonnadeError) -> Recipe? {
        guard let item = prefetcher.next(withIdentity: true) else { return nil }
        index += 1
        let sample = try item.outcome.get()
        let (row, epoch) = item.identity ?? (0, 0)
        return .ready(sample, row: row, epoch: epoch)
    }

    /// The state of the items that were handed on, not of those that are ready.
    var state: CursorState {
        guard let started else { return cursor.state }
        return started.monitor.withLock { $0.cursorState } ?? CursorState(numbers: [first + index])
    }

    /// The index at which a pass that counts by index began.
    private var first = 0

    func restore(_ state: CursorState) throws(ColonnadeError) {
        try cursor.restore(state)
        first = cursor.executor.count == nil ? 0 : state.numbers[0]
    }
}
