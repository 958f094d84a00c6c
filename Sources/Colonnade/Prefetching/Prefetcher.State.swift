// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Prefetcher {
    /// The state that the threads of a pass share. `Prefetcher` has the table of its phases.
    struct State {
        enum Phase {
            /// There may be more blocks to claim.
            case running
            /// All blocks of the pass are claimed.
            case exhausted
            /// The consumer has reached the end, and the file blocks that the pass read are checked, or known to be
            /// damaged.
            case finished
            /// The pass was ended early, and returns no more items.
            case stopped
        }

        var phase = Phase.running
        var queue: BlockQueue
        var sizer: BlockSizer
        /// Whether the pass is at rest: blocks were dropped, since the consumer took nothing for a while.
        var isResting = false
        /// The number of worker threads; nil before the consumer needs the first item.
        var workers: Int?
        /// Whether workers wait for capacity for a block.
        var areWorkersWaiting = false
        /// Whether threads wait for an item.
        var isConsumerWaiting = false
        /// The tasks that wait for an item: several if copies of an iterator are used at once.
        var suspended: [CheckedContinuation<Void, Never>] = []
        var record = PassRecord()

        init(_ sizer: BlockSizer, cursorState: CursorState?) {
            self.sizer = sizer
            queue = BlockQueue(size: sizer.mostBlocks, cursorState: cursorState)
        }

        /// Whether the consumer has taken every item of the pass.
        var isOver: Bool { phase != .running && queue.isEmpty && queue.isCurrentOver }

        // MARK: Capacity

        /// The number of items that may be claimed now.
        private var capacity: Int { phase == .running && !queue.isFull ? sizer.limit - queue.outstanding : 0 }

        /// Whether a block may be claimed. A block that is read together needs capacity for all of its items.
        var canClaim: Bool { capacity > 0 && capacity >= sizer.together ?? 1 }

        /// Whether a worker should claim a block.
        var hasCapacityForBlock: Bool { capacity > 0 && capacity >= sizer.next }

        /// The number of items of a block that is claimed now; 0 if none may be claimed.
        var claimableItems: Int { canClaim ? min(capacity, sizer.next) : 0 }

        /// Whether a worker may claim a block while it makes another.
        var canClaimAhead: Bool { sizer.allowsClaimsAhead(after: queue.delivered + queue.outstanding) && canClaim }

        // MARK: Waking

        /// Removes and returns the waiting consumers, which the caller wakes.
        mutating func takeWaitingConsumers() -> Wake {
            defer { (isConsumerWaiting, suspended) = (false, []) }
            return Wake(threads: isConsumerWaiting, tasks: suspended)
        }

        /// Returns whether workers wait although there is capacity for a block. The caller wakes them.
        mutating func takeWaitingWorkers() -> Bool {
            guard areWorkersWaiting, hasCapacityForBlock else { return false }
            areWorkersWaiting = false
            return true
        }

        // MARK: Taking items

        /// Returns the next item, and advances; returns nil if it is not ready.
        mutating func nextItem() -> Block.Item? {
            let taken = queue.taken
            guard let item = queue.next() else { return nil }
            if queue.taken != taken { sizer.noteTaken() }
            // A postponed item is not taken: its consumer may need a long time to make it.
            if case .postponed = item { return item }
            isResting = false
            return item
        }

        /// Accepts a block whose items are made. Returns the threads and tasks to wake; nil if the pass is stopped.
        mutating func finish(_ block: Block) -> Wake? {
            guard phase != .stopped else { return nil }
            return queue.finish(block) ? takeWaitingConsumers() : Wake()
        }
    }

    /// The threads and tasks to wake after a change of the state. They are woken after the lock is released.
    struct Wake {
        var threads = false
        var tasks: [CheckedContinuation<Void, Never>] = []
    }
}
