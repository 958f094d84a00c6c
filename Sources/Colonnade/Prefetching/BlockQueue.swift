// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The blocks of a pass, from the claim to the last item that the consumer takes. It uses no threads and no locks.
///
/// | state of a block | location | next state | cause |
/// |---|---|---|---|
/// | spare | `spares` | claimed | `begin` and `claim`, in the order of the pass |
/// | claimed | with the thread that makes it; `remakable` has its indices if a second thread may make it too | ready | `finish`, in any order |
/// | ready | `ready`, by its number | current | `next`, after the consumer has taken all items of the previous block |
/// | current | `current` | previous | `next`, in the call after its last item |
/// | previous | `previous` | spare | `next`, in the call after the first item of the current block |
///
/// A block that two threads made is ready when the first of them finishes it; the second block becomes a spare.
struct BlockQueue {
    /// The ready blocks. The index of a block is its number modulo the size of the ring.
    private(set) var ready: [Block?]
    /// The indices of claimed blocks that a second thread may make too, in a ring like that of `ready`.
    private var remakable: [Range<Int>?]
    /// Cleared blocks, whose memory is reused.
    private(set) var spares: [Block] = []
    /// The number of blocks that have become spares.
    private var freedCount = 0
    /// The block from which the consumer takes items.
    private(set) var current: Block
    /// The items of the current block; an item is nil after the consumer has taken it. They are not in the block, so that taking one
    /// needs no access to an object.
    private var items: [Block.Item?] = []
    /// Whether the current block has neither cursor states nor identities.
    private var isPlain = true
    /// The index of the next item of the current block.
    private var nextItem = 0
    /// An empty block, which is the current one at the start and at the end.
    private let none = Block()
    /// The block before the current one, until the consumer has asked for a second item of the current one: until then
    /// the consumer may hold the last item of this block.
    private(set) var previous: Block?
    /// The number of blocks that were claimed, and the number of blocks that were or are current.
    private(set) var claimed = 0
    private(set) var taken = 0
    /// The total number of items in claimed and ready blocks.
    private(set) var outstanding = 0
    /// The number of items that the consumer has taken, and the cursor state after the last of them; nil if the number
    /// determines it.
    private(set) var delivered = 0
    private(set) var cursorState: CursorState?
    /// The identity of the last item that the consumer took, if blocks have identities.
    private(set) var identity: Block.Identity = (0, 0)

    /// Memory of a larger block is in no cache when the block is made again, whichever thread makes it.
    private static let cacheBytes = 1 << 20

    /// - Parameter size: the number of blocks that may be claimed or ready at once.
    init(size: Int, cursorState: CursorState?) {
        ready = Array(repeating: nil, count: size)
        remakable = Array(repeating: nil, count: size)
        spares.reserveCapacity(size)
        current = none
        self.cursorState = cursorState
    }

    var isFull: Bool { claimed - taken >= ready.count }

    /// Whether every claimed block is taken.
    var isEmpty: Bool { claimed == taken }

    /// Whether the consumer has taken all items of the current block.
    var isCurrentOver: Bool { nextItem == items.count }

    /// Whether `next` would return an item.
    var hasNext: Bool { !isCurrentOver || ready[taken % ready.count] != nil }

    // MARK: Making

    /// Returns the next block to claim, without items.
    mutating func begin(by thread: Int) -> Block {
        let block = takeSpare(thread)
        block.number = claimed
        return block
    }

    /// Returns the spare block that the thread made last, or a block of any thread that is too large for a cache. Once as
    /// many blocks exist as can be claimed, returns any block, so that the threads do not keep that number each.
    private mutating func takeSpare(_ thread: Int) -> Block {
        let index =
            spares.lastIndex { $0.thread == thread }
            ?? spares.lastIndex { $0.scratch.heldByteCount > BlockQueue.cacheBytes }
            ?? (claimed - taken + spares.count >= ready.count ? spares.indices.first : nil)
        guard let index else { return Block(thread: thread) }
        let block = spares.remove(at: index)
        block.thread = thread
        return block
    }

    /// Claims the block that `begin` returned, after it was given its indices or recipes.
    ///
    /// - Parameter canBeMadeTwice: whether a second thread may make it too.
    mutating func claim(_ block: Block, canBeMadeTwice: Bool) {
        if canBeMadeTwice { remakable[claimed % ready.count] = block.indices }
        claimed += 1
        outstanding += block.count
    }

    /// Returns a second block with the indices of the next block that the consumer needs. Returns nil if no second
    /// thread may make it, or if a second thread already does.
    mutating func beginAgain() -> Block? {
        guard !isEmpty, let indices = remakable[taken % ready.count].take() else { return nil }
        let block = takeSpare(0)
        block.number = taken
        block.indices = indices
        return block
    }

    /// Gives a block that was claimed ahead the memory that its thread wrote last, in exchange for its own, if that memory
    /// became free after the claim.
    func refresh(_ block: Block) {
        guard let spare = spares.last(where: { $0.thread == block.thread }), spare.freed > block.freed else { return }
        swap(&spare.scratch, &block.scratch)
        swap(&spare.freed, &block.freed)
    }

    /// Takes a claimed block back if another thread has made its items. Returns whether that is so.
    mutating func takeBackIfMade(_ block: Block) -> Bool {
        guard block.number < taken || ready[block.number % ready.count] != nil else { return false }
        keep(block)
        return true
    }

    /// Accepts a block whose items are made. Returns whether it is the next block that the consumer needs.
    mutating func finish(_ block: Block) -> Bool {
        if takeBackIfMade(block) { return false }
        let index = block.number % ready.count
        ready[index] = block
        remakable[index] = nil
        return block.number == taken
    }

    // MARK: Taking items

    /// Returns the next item, and advances; returns nil if its block is not ready. A postponed item remains the next
    /// one until `replace` has its sample.
    mutating func next() -> Block.Item? {
        if nextItem > 0, let block = previous.take() { keep(block) }
        if isCurrentOver {
            if nextItem > 0 {
                previous = current
                current = none
                items.removeAll(keepingCapacity: true)
                nextItem = 0
            }
            guard let block = ready[taken % ready.count].take() else { return nil }
            taken += 1
            current = block
            swap(&items, &block.items)
            isPlain = block.cursorStates.isEmpty && block.identities.isEmpty
            outstanding -= items.count
        }
        let index = nextItem
        if case .postponed? = items[index] { return items[index] }
        guard let item = items[index].take() else { preconditionFailure("an item is handed out once") }
        if !isPlain {
            if !current.cursorStates.isEmpty { cursorState = current.cursorStates[index] }
            if !current.identities.isEmpty { identity = current.identities[index] }
        }
        delivered += 1
        nextItem += 1
        return item
    }

    /// Replaces the postponed item that follows `delivered` items, unless another thread has done so.
    mutating func replace(after delivered: Int, with item: Block.Item) {
        guard self.delivered == delivered, !isCurrentOver, case .postponed? = items[nextItem] else { return }
        items[nextItem] = item
    }

    // MARK: Memory

    private mutating func keep(_ block: Block) {
        block.clear()
        freedCount += 1
        block.freed = freedCount
        // The first spare has not been used for the longest time.
        if spares.count == ready.count { spares.removeFirst() }
        spares.append(block)
    }

    /// Postpones the samples of ready blocks, except those of the first blocks up to `limit` bytes. Returns the
    /// postponed memory and samples as blocks, which the caller releases after it has released the lock.
    ///
    /// - Parameter recipe: returns the recipe of the item at an index.
    mutating func postpone(keeping limit: Int, _ recipe: (Int) -> Recipe) -> [Block] {
        var unused = removeSpares()
        var held = 0
        swap(&items, &current.items)
        defer { swap(&items, &current.items) }
        for block in [current] + (taken..<claimed).compactMap({ ready[$0 % ready.count] }) {
            held += block.scratch.heldByteCount
            if held > limit, block.indices != nil { unused.append(block.postpone(recipe)) }
        }
        return unused
    }

    /// Removes and returns the spare blocks. The caller releases them after it has released the lock.
    mutating func removeSpares() -> [Block] {
        defer { spares = [] }
        if let block = previous.take() { spares.append(block) }
        return spares
    }

    /// Removes and returns all blocks. The caller releases them after it has released the lock.
    mutating func removeAll() -> [Block] {
        var blocks = removeSpares()
        swap(&items, &current.items)
        blocks.append(current)
        current = none
        items = []
        nextItem = 0
        for index in ready.indices {
            if let block = ready[index].take() { blocks.append(block) }
        }
        return blocks
    }
}
