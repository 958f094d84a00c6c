// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A plan made ready for one epoch. Any number of threads may ask it for samples or batches.
protocol Executor: AnyObject, Sendable {
    /// The number of samples or batches; nil where they have no index.
    var count: Int? { get }

    var batches: BatchPlan? { get }

    /// The bytes of an item where several items are made at once; nil where each is made by itself.
    var bytesOfItem: Int? { get }

    /// Whether rows must be asked for ahead, since the data do not fit in memory.
    var isLargerThanMemory: Bool { get }

    /// Makes several items in one block of scratch space, and hands them to `body` in order.
    func makeSeveral(
        _ indices: Range<Int>, in scratch: inout BatchScratch, _ body: (Sample) -> Void
    ) throws(ColonnadeError) -> BatchGather.Result

    /// Returns the recipe of the item at an index. Traps where items have no index.
    func recipe(at index: Int) -> Recipe

    /// Announces that the rows of an item will be read soon.
    func expect(_ index: Int)

    /// Starts a thread that maps the pages of the columns in use and checks their blocks, where that saves time.
    func warm()

    /// Ends the thread of `warm`, if there is one.
    func stopWarming()

    /// Checks the blocks that no thread has checked yet, where samples are read unchecked. Returns false if that takes longer than
    /// `seconds`. Throws `corruptFile`.
    func finishChecks(seconds: Double?) throws(ColonnadeError) -> Bool

    /// Throws `corruptFile` if a file that its samples are in was truncated, or is known to be damaged.
    func checkIntact() throws(ColonnadeError)

    /// Keeps at most `byteCount` bytes of free memory for later items, and releases the rest.
    func trimPool(to byteCount: Int)
}

extension Executor {
    /// Keeps the memory that a stream keeps between its passes.
    func trimPool() { trimPool(to: 1 << 20) }
}
