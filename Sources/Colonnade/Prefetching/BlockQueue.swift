// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The blocks of a pass, from the claim to the last item that is handed out. It knows no threads and no locks.
///
/// | state of a block | where it is | next state | by |
/// |---|---|---|---|
/// | spare | `spares` | claimed | `begin` and `claim`, in the order of the pass |
/// | claimed | with the thread that makes it; `remakable` has its indices if a second thread may make it too | ready | `finish`, in any order |
/// | ready | `ready`, by its number | current | `next`, once the items of the block before it are handed out |
/// | current | `current` | spare | `next`, with the item after its last one |
///
/// A block that two threads made is ready when the first of them finishes it; the second block becomes a spare.
struct BlockQueue {
    /// Ready blocks, by their numbers modulo the size of the ring.
    private(set) var ready: [Block?]
    /// The indices of claimed blocks that a second thread may make too, as `ready`.
    private var remakable: [Range<Int>?]
    /// Cleared blocks, whose memory is reused.
    private(set) var spares: [Block] = []
    /// The block that is handed out, and the place of its next item.
    private(set) var current = Block()
    private var nextItem = 0
    /// The number of blocks that were claimed, and of those that were or are current.
    private(set) var claimed = 0
    private(set) var taken = 0
    /// The number of items of blocks that are claimed or ready.
    private(set) var outstanding = 0
    /// The number of items that were handed out, and the state of the pass after the last of them; nil where the number says it.
    private(set) var delivered = 0
    private(set) var cursorState: CursorState?
    /// The identity of the last item that was handed out, where blocks have identities.
    private(set) var identity: Block.Identity = (0, 0)

    /// - Parameter size: the number of blocks that may be claimed or ready at once.
    init(size: Int, cursorState: CursorState?) {
        ready = Array(repeating: nil, count: size)
        remakable = Array(repeating: nil, count: size)
        self.cursorState = cursorState
    }

    var isFull: Bool { claimed - taken >= ready.count }

    /// Whether every claimed block is taken.
    var isEmpty: Bool { claimed == taken }

    /// Whether all items of the current block are handed out.
    var isCurrentOver: Bool { nextItem == current.items.count }

    /// Whether `next` has an item to hand out.
    var hasNext: Bool { !isCurrentOver || ready[taken % ready.count] != nil }

    // MARK: Making

    /// Returns the next block to claim, without items.
    mutating func begin() -> Block {
        var block = spares.popLast() ?? Block()
        block.number = claimed
        return block
    }

    /// Claims the block that `begin` returned, which has its indices or recipes now.
    ///
    /// - Parameter canBeMadeTwice: whether a second thread may make it too.
    mutating func claim(_ block: Block, canBeMadeTwice: Bool) {
        if canBeMadeTwice { remakable[claimed % ready.count] = block.indices }
        claimed += 1
        outstanding += block.count
    }

    /// Returns a second block with the indices of the one that is handed out next, once; nil where no second thread may make it.
    mutating func beginAgain() -> Block? {
        guard !isEmpty, let indices = remakable[taken % ready.count].take() else { return nil }
        var block = spares.popLast() ?? Block()
        block.number = taken
        block.indices = indices
        return block
    }

    /// Accepts a block whose items are made. Returns whether it is the one that is handed out next.
    mutating func finish(_ block: consuming Block) -> Bool {
        let number = block.number
        let index = number % ready.count
        // Another thread may have made the same block.
        guard number >= taken, ready[index] == nil else {
            keep(block)
            return false
        }
        ready[index] = block
        remakable[index] = nil
        return number == taken
    }

    // MARK: Handing out

    /// Hands out the next item; nil where its block is not ready. A postponed item remains the next one until `replace` has its
    /// sample.
    mutating func next() -> Block.Item? {
        if isCurrentOver {
            // Only now, since the consumer used the last item until it asked for this one.
            if nextItem > 0 { keepCurrent() }
            guard let block = ready[taken % ready.count].take() else { return nil }
            taken += 1
            outstanding -= block.items.count
            current = block
        }
        let index = nextItem
        guard let item = current.items[index].take() else { preconditionFailure("an item is handed out once") }
        if case .postponed = item {
            current.items[index] = item
            return item
        }
        if !current.cursorStates.isEmpty { cursorState = current.cursorStates[index] }
        if !current.identities.isEmpty { identity = current.identities[index] }
        delivered += 1
        nextItem += 1
        return item
    }

    /// Replaces the postponed item that follows `delivered` items, unless another thread has done so.
    mutating func replace(after delivered: Int, with item: Block.Item) {
        guard self.delivered == delivered, !isCurrentOver, case .postponed? = current.items[nextItem] else { return }
        current.items[nextItem] = item
    }

    // MARK: Memory

    private mutating func keepCurrent() {
        let block = current
        (current, nextItem) = (Block(), 0)
        keep(block)
    }

    private mutating func keep(_ block: consuming Block) {
        block.clear()
        if spares.count < ready.count { spares.append(block) }
    }

    /// Postpones the samples of ready blocks, except those of the first blocks up to `limit` bytes. Returns blocks that have the
    /// memory and samples, for the caller to release after it has opened the lock.
    ///
    /// - Parameter recipe: returns the recipe of the item at an index.
    mutating func postpone(keeping limit: Int, _ recipe: (Int) -> Recipe) -> [Block] {
        var unused = removeSpares()
        var held = 0
        func postpone(_ block: inout Block) {
            held += block.scratch.heldByteCount
            guard held > limit, block.indices != nil else { return }
            unused.append(block)
            block.postpone(recipe)
        }
        postpone(&current)
        for number in taken..<claimed where ready[number % ready.count] != nil {
            postpone(&ready[number % ready.count]!)
        }
        return unused
    }

    /// Returns the spare blocks, for the caller to release after it has opened the lock.
    mutating func removeSpares() -> [Block] {
        defer { spares = [] }
        return spares
    }

    /// Drops all blocks, and returns them for the caller to release after it has opened the lock.
    mutating func removeAll() -> [Block] {
        var blocks = removeSpares()
        blocks.append(current)
        (current, nextItem) = (Block(), 0)
        for index in ready.indices {
            if let block = ready[index].take() { blocks.append(block) }
        }
        return blocks
    }
}
