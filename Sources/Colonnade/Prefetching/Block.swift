// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Several consecutive items of a pass, which one thread makes together. `BlockQueue` has the states of a block. Only one
/// thread at a time uses a block: the thread that makes it, or one that holds the lock of the queue.
///
/// It is a class, since a block is moved several times while the lock is held.
final class Block {
    /// An item, its error, or its recipe. The type is small, since an item is moved several times before its use.
    enum Item {
        case made(Sample)
        indirect case failed(ColonnadeError)
        /// An item that is made when the consumer takes it. It has not been made yet, or its block would use too much
        /// memory, or its sample was dropped while the pass was at rest, or Ctrl-C interrupted its making.
        indirect case postponed(Recipe)

        consuming func get() throws(ColonnadeError) -> Sample {
            switch consume self {
            case .made(let sample): return sample
            case .failed(let error): throw error
            case .postponed: preconditionFailure("an item is made before it is used")
            }
        }
    }

    /// The row and epoch that random numbers of later steps depend on.
    typealias Identity = (row: Int, epoch: Int)

    /// The number of the block in its pass.
    var number = 0
    /// The thread that makes it: 0 for consumers, and from 1 on for workers. The thread makes a later block in the same
    /// memory, which is probably in the cache of its core.
    var thread: Int
    /// The indices of its items; nil if items have no index. Such items are recipes until they are made.
    var indices: Range<Int>?
    /// The index of the first item of the block that its thread makes next, whose first rows are requested while the last
    /// rows of this block are copied; nil if no block is known.
    var nextIndex: Int?
    /// The recipes of items without an index, until the items are made; nil for an item that is an error already.
    var recipes: [Recipe?] = []
    /// Its items; an item is nil until it is made. Empty until the items of `indices` are made, and while the block is the current
    /// one, since the queue has its items then.
    var items: [Item?] = []
    /// The cursor state after each item; empty if the index of the item determines it.
    var cursorStates: [CursorState] = []
    /// The identities of the items; empty unless the pass keeps identities.
    var identities: [Identity] = []
    /// Memory that is reused by later blocks.
    var scratch = BatchScratch()
    /// The number of blocks that had become spares when this memory became free: more for memory that was used later.
    var freed = 0

    init(thread: Int = 0) { self.thread = thread }

    /// The number of items, made or not.
    var count: Int { indices?.count ?? items.count }

    /// Drops everything except the memory that later blocks reuse.
    func clear() {
        indices = nil
        nextIndex = nil
        // Removing nothing would take dozens of instructions.
        if !recipes.isEmpty { recipes.removeAll(keepingCapacity: true) }
        if !items.isEmpty { items.removeAll(keepingCapacity: true) }
        if !cursorStates.isEmpty { cursorStates.removeAll(keepingCapacity: true) }
        if !identities.isEmpty { identities.removeAll(keepingCapacity: true) }
    }

    /// Replaces samples by recipes. Returns the samples and the scratch memory in another block.
    func postpone(_ recipe: (Int) -> Recipe) -> Block {
        let dropped = Block(thread: thread)
        guard let indices else { return dropped }
        swap(&scratch, &dropped.scratch)
        dropped.items = items
        for (item, index) in zip(items.indices, indices) {
            if case .made = items[item] { items[item] = .postponed(recipe(index)) }
        }
        return dropped
    }
}
