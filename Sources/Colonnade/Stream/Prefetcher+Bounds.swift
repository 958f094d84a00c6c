// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Prefetcher {
    /// Returns the number of items that may still be claimed.
    func room(_ state: State) -> Int {
        // There is a place for each block, and blocks may have become smaller.
        guard state.claimed - state.taken < state.ready.count else { return 0 }
        return bounds.limit(state.together ?? 1) - state.outstanding
    }

    /// Whether there may be a next block. Those that are read at once are whole, so that their number has a bound.
    func canClaim(_ state: State) -> Bool {
        !state.isStopped && !state.isExhausted && room(state) >= state.together ?? 1
    }

    /// Whether a thread is to make the next block.
    func hasRoom(_ state: State) -> Bool { room(state) >= size(state) }

    /// Items of the next block.
    func size(_ state: State) -> Int {
        if let together = state.together { return together }
        guard threads > 0, state.cost > .zero else { return 1 }
        return max(1, min(bounds.depth / (threads + 1), Int(Bounds.handOver / state.cost)))
    }

    /// Makes the next blocks larger, as the consumer takes the first ones.
    func grow(_ state: inout State) {
        guard state.isStarting, let together = state.together, let most = bounds.together else { return }
        state.together = min(2 * together, most)
        state.isStarting = 2 * together < most
    }

    /// Makes the next blocks smaller than one that became far larger than they should be, as it happens where some rows are
    /// much longer than others, so that fewer of them are held in memory; and larger again after one that is far smaller.
    func adapt(to count: Int, bytes: Int) {
        guard let most = bounds.together, most > 1, bytes > 0 else { return }
        monitor.withLock { state in
            guard let together = state.together else { return }
            if bytes > 2 * Bounds.blockBytes {
                state.together = max(1, min(together, count / 2))
                state.isStarting = false
            } else if !state.isStarting, bytes < Bounds.blockBytes / 2, count >= together {
                state.together = min(2 * together, most)
            }
        }
    }
}
