// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A pass that nobody reads for a while gives its memory to others.
extension Prefetcher {
    /// Bytes of ready blocks that such a pass keeps.
    private static let idleBytes = 1 << 19

    /// Lets go of ready blocks and of free memory, unless the consumer waits, or has taken more than `delivered` items. The items
    /// of these blocks are made again when their turn comes.
    func rest(after delivered: Int) {
        if dropReadyBlocks(after: delivered) { executor.trimPool(to: 0) }
    }

    /// False where there was nothing to do. What is dropped is freed when this returns, while the lock is open.
    private func dropReadyBlocks(after delivered: Int) -> Bool {
        let unused = monitor.withLock { state -> [Room]? in
            guard !state.isResting, !state.isStopped, state.delivered == delivered, !state.isConsumerWaiting,
                state.suspended.isEmpty
            else { return nil }
            return state.rest(keeping: Prefetcher.idleBytes, executor)
        }
        return unused != nil
    }
}

extension Prefetcher.State {
    /// Puts off the items of ready blocks that were read at once, but for the first blocks of no more than `limit` bytes. Returns
    /// what they were made in.
    fileprivate mutating func rest(keeping limit: Int, _ executor: any Executor) -> [Prefetcher.Room] {
        isResting = true
        var unused = rooms
        rooms = []
        guard together != nil else { return unused }
        var held = 0
        current.putOff(executor, keeping: limit, &held, &unused)
        for number in taken..<claimed { ready[number % ready.count]?.putOff(executor, keeping: limit, &held, &unused) }
        return unused
    }
}

extension Prefetcher.Block {
    fileprivate mutating func putOff(
        _ executor: any Executor, keeping limit: Int, _ held: inout Int, _ unused: inout [Prefetcher.Room]
    ) {
        held += room.batches.heldByteCount
        guard works.isEmpty, held > limit else { return }
        unused.append(room)
        room.batches = BatchScratch()
        for index in room.items.indices {
            if case .success = room.items[index] { room.items[index] = .later(executor.recipe(at: first + index)) }
        }
    }
}
