// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Consecutive items of a pass, which one thread makes together. `BlockQueue` has the states of a block.
struct Block {
    /// An item, or what stands for it. Small, since an item is moved several times between its making and its use.
    enum Item {
        case made(Sample)
        indirect case failed(ColonnadeError)
        /// An item that is made when it is handed out: it has not been made yet, its block would take too much memory, its sample was
        /// dropped while nobody read the pass, or Ctrl-C ended its making.
        indirect case postponed(Recipe)

        func get() throws(ColonnadeError) -> Sample {
            switch self {
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
    /// The indices of its items; nil where items have no index, and are recipes until they are made.
    var indices: Range<Int>?
    /// Its items, nil where they are handed out. Empty until the items of `indices` are made.
    var items: [Item?] = []
    /// The state of the pass after each item; empty where the index of the item says it.
    var cursorStates: [CursorState] = []
    /// The identities of the items; empty where nobody asks for them.
    var identities: [Identity] = []
    /// Memory that is reused by later blocks.
    var scratch = BatchScratch()

    /// The number of items, whether they are made or not.
    var count: Int { indices?.count ?? items.count }

    /// Drops everything but memory for later blocks.
    mutating func clear() {
        indices = nil
        items.removeAll(keepingCapacity: true)
        cursorStates.removeAll(keepingCapacity: true)
        identities.removeAll(keepingCapacity: true)
    }

    /// Replaces samples by recipes, and the memory that they were made in by none.
    mutating func postpone(_ recipe: (Int) -> Recipe) {
        guard let indices else { return }
        scratch = BatchScratch()
        for (item, index) in zip(items.indices, indices) {
            if case .made = items[item] { items[item] = .postponed(recipe(index)) }
        }
    }
}
