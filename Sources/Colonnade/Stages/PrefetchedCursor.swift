// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The source of a stage, whose samples are made ahead by worker threads.
final class PrefetchedCursor: StageCursor {
    private let cursor: any PassCursor
    private let prefetching: Prefetching
    /// The prefetcher; nil before the first call of `next`.
    private var prefetcher: Prefetcher?
    /// The index of the first item of the pass, if items have an index.
    private var first = 0

    init(_ cursor: any PassCursor, _ prefetching: Prefetching) {
        self.cursor = cursor
        self.prefetching = prefetching
    }

    deinit { prefetcher?.stop() }

    private func started() -> Prefetcher {
        if let prefetcher { return prefetcher }
        let prefetcher = Prefetcher(cursor, prefetching, keepsIdentities: true)
        self.prefetcher = prefetcher
        return prefetcher
    }

    func next() throws(ColonnadeError) -> Recipe? {
        let prefetcher = started()
        guard let sample = try Consumer(prefetcher).next() else { return nil }
        let (row, epoch) = prefetcher.identity
        return .ready(sample, row: row, epoch: epoch)
    }

    /// The state after the items that the stage has received; items that are only ready do not count.
    var state: CursorState {
        guard let progress = prefetcher?.progress else { return cursor.state }
        return progress.cursorState ?? CursorState(numbers: [first + progress.delivered])
    }

    func restore(_ state: CursorState) throws(ColonnadeError) {
        try cursor.restore(state)
        first = cursor.rows == nil ? 0 : state.numbers[0]
    }
}
