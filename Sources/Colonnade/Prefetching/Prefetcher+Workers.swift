// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The worker threads of a pass.
extension Prefetcher {
    /// The number of bytes of ready blocks that a pass keeps at rest.
    private static let bytesAtRest = 1 << 19

    /// Starts the threads at the first call, so that a stream without a consumer costs nothing.
    func startWorkersOnce() {
        let isFirst = monitor.withLock { state in
            guard state.workers == nil, state.phase != .stopped else { return false }
            state.workers = threads
            return true
        }
        guard isFirst else { return }
        for started in 0..<threads {
            do throws(ColonnadeError) {
                try WorkerThread.start {
                    self.makeBlocks(inThread: started + 1)
                    // The last block may have returned its memory after `stop`.
                    if self.monitor.withLock({ $0.phase == .stopped }) { self.trimPool() }
                }
            } catch {
                // With fewer threads the pass is slower but correct, since the consumer makes the blocks that no worker
                // has claimed.
                wake(
                    monitor.withLock { state in
                        state.workers = started
                        return state.takeWaitingConsumers()
                    })
                return
            }
        }
    }

    private func makeBlocks(inThread thread: Int) {
        var shortWait = ShortWait()
        var next: Block?
        while let block = next.take() ?? waitForBlock(thread, &shortWait) {
            if claimsAhead {
                let (isMade, canClaimAhead) = monitor.withLock { ($0.queue.takeBackIfMade(block), $0.canClaimAhead) }
                // The system may have suspended the thread after the claim, and then the consumer made the block.
                if isMade { continue }
                // The thread claims its next block first, so that it can request the first rows of that block.
                if canClaimAhead {
                    next = claim(by: thread)
                    block.nextIndex = next?.indices?.lowerBound
                }
            }
            guard finish(make(block), before: next) else { return }
        }
    }

    /// Waits for capacity, and claims a block. Returns nil if there are no more blocks to make.
    private func waitForBlock(_ thread: Int, _ shortWait: inout ShortWait) -> Block? {
        while waitForCapacity(&shortWait) {
            if let block = claim(by: thread) { return block }
        }
        return nil
    }

    /// Waits until there is capacity for a block. Returns false if there are no more blocks to make.
    private func waitForCapacity(_ shortWait: inout ShortWait) -> Bool {
        if let hasWork = monitor.withLock(hasWork) { return hasWork }
        let start = ContinuousClock.now
        defer { shortWait.note(ContinuousClock.now - start) }
        if shortWait.isLikely, let hasWork = monitor.poll(for: ShortWait.limit, hasWork) { return hasWork }
        while true {
            let (delivered, isResting) = monitor.withLock { ($0.queue.delivered, $0.isResting) }
            let seconds = isResting ? 60 * idleSeconds : idleSeconds
            if let hasWork = monitor.wait(until: Deadline(in: seconds), hasWork) { return hasWork }
            rest(after: delivered)
        }
    }

    /// Returns whether there is a block to make; nil while there is no capacity for one.
    private func hasWork(_ state: inout State) -> Bool? {
        guard state.phase == .running else { return false }
        if state.hasCapacityForBlock { return true }
        state.areWorkersWaiting = true
        return nil
    }

    /// Drops the samples of ready blocks and frees memory, unless the consumer waits or has taken more than `delivered`
    /// items. The samples are made again when the consumer takes them.
    func rest(after delivered: Int) {
        if dropReadyBlocks(after: delivered) { pool.trim(to: 0) }
    }

    /// Drops the samples of ready blocks and frees their memory. Returns false if there was nothing to do.
    private func dropReadyBlocks(after delivered: Int) -> Bool {
        let unused = monitor.withLock { state -> [Block]? in
            guard !state.isResting, state.phase != .stopped, state.queue.delivered == delivered,
                !state.isConsumerWaiting,
                state.suspended.isEmpty
            else { return nil }
            state.isResting = true
            guard let rows = maker.rows, state.sizer.together != nil else { return state.queue.removeSpares() }
            return state.queue.postpone(keeping: Prefetcher.bytesAtRest) { .item(rows, $0) }
        }
        return unused != nil
    }
}
