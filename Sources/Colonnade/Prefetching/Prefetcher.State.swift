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
            /// The end was handed out, and the blocks of files that were read are checked, or known to be damaged.
            case finished
            /// The pass was ended early, and hands out nothing more.
            case stopped
        }

        var phase = Phase.running
        var queue: BlockQueue
        var sizer: BlockSizer
        /// Whether blocks were dropped, since the consumer took nothing for a while.
        var isResting = false
        /// The number of worker threads; nil before the first item is asked for.
        var workers: Int?
        /// The number of workers that wait until there is room for a block.
        var sleepingWorkers = 0
        /// Whether threads wait for an item.
        var isConsumerWaiting = false
        /// Tasks that wait for an item: several where copies of an iterator are pulled at once.
        var suspended: [CheckedContinuation<Void, Never>] = []
        var record = PassRecord()

        init(_ sizer: BlockSizer, cursorState: CursorState?) {
            self.sizer = sizer
            queue = BlockQueue(size: sizer.mostBlocks, cursorState: cursorState)
        }

        /// Whether every item of the pass is handed out.
        var isOver: Bool { phase != .running && queue.isEmpty && queue.isCurrentOver }

        // MARK: Room

        /// The number of items that may be claimed now.
        private var capacity: Int { phase == .running && !queue.isFull ? sizer.limit - queue.outstanding : 0 }

        /// Whether a block may be claimed. Blocks that are read together are claimed with all of their items.
        var canClaim: Bool { capacity > 0 && capacity >= sizer.together ?? 1 }

        /// Whether a worker should claim a block.
        var hasCapacityForBlock: Bool { capacity > 0 && capacity >= sizer.next }

        /// The number of items of the block that is claimed now.
        var claimableItems: Int { canClaim ? min(capacity, sizer.next) : 0 }

        // MARK: Waking

        /// Returns the consumers that wait, for the caller to wake.
        mutating func takeWaitingConsumers() -> Wake {
            defer { (isConsumerWaiting, suspended) = (false, []) }
            return Wake(threads: isConsumerWaiting, tasks: suspended)
        }

        /// Returns whether a worker sleeps for which there is room now.
        mutating func takeSleepingWorkers() -> Bool {
            guard sleepingWorkers > 0, hasCapacityForBlock else { return false }
            sleepingWorkers = 0
            return true
        }

        // MARK: Handing out

        /// Hands out the next item; nil where it is not ready.
        mutating func nextItem() -> Block.Item? {
            let taken = queue.taken
            guard let item = queue.next() else { return nil }
            if queue.taken != taken { sizer.noteTaken() }
            isResting = false
            return item
        }

        /// Returns the threads and tasks to wake for a block whose items are made; nil where nobody needs it any more.
        mutating func finish(_ block: Block) -> Wake? {
            guard phase != .stopped else { return nil }
            return queue.finish(block) ? takeWaitingConsumers() : Wake()
        }
    }

    /// The threads and tasks that a change of the state concerns. They are woken once the lock is open.
    struct Wake {
        var threads = false
        var tasks: [CheckedContinuation<Void, Never>] = []
    }
}
