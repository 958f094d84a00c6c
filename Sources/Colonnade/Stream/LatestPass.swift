// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The latest pass of a stream and its copies, for questions about its statistics.
final class LatestPass: Sendable {
    private let latest = Monitor<(prefetcher: Prefetcher, forkCount: UInt64)?>(nil)

    func set(_ value: Prefetcher) { latest.withLock { $0 = (value, Syscalls.forkCount) } }

    func statistics() -> StreamStatistics? {
        let latest = latest.withLock { $0 }
        // In a forked child the threads are missing, and one of them may have held the lock.
        return latest?.forkCount == Syscalls.forkCount ? latest?.prefetcher.statistics() : nil
    }
}
