// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a row plan: returns the indices of its items.
final class RowCursor: PassCursor {
    private let executor: RowExecutor
    private let origin: Int
    private let count: Int
    /// The number of items that the cursor has returned.
    private var index = 0

    /// The number of items after which a pass without blocks warms the file, since it will probably read most of it.
    private static let itemsBeforeWarming = 1024

    /// - Parameter origin: the number of samples of all ranks before the pass, which are not in the plan.
    init(_ executor: RowExecutor, origin: Int = 0) {
        self.executor = executor
        self.origin = origin
        count = executor.count
    }

    var rows: RowExecutor? { executor }
    var pool: TensorPool { executor.pool }
    var runsUserCode: Bool { executor.plan.runsUserCode }
    var counter: SampleCounter? { SampleCounter(plan: executor.plan, origin: origin) }

    func next() -> Recipe? { nextItem() }

    func nextItem() -> Recipe? {
        guard index < count else { return nil }
        index += 1
        if index == RowCursor.itemsBeforeWarming { executor.warm() }
        return .item(executor, index - 1)
    }

    func nextIndices(_ maximum: Int) -> Range<Int>? {
        let indices = index..<min(index + maximum, count)
        index = indices.upperBound
        return indices
    }

    func skip(_ count: Int) -> Int {
        let skipped = min(count, self.count - index)
        index += skipped
        return skipped
    }

    var state: CursorState { CursorState(numbers: [index]) }

    func restore(_ state: CursorState) throws(ColonnadeError) {
        try state.check(numbers: 1, upstreams: 0)
        guard state.numbers[0] <= count else {
            throw ColonnadeError(.invalidArgument) { "this \($0.position) is beyond the end of the pipeline" }
        }
        index = state.numbers[0]
    }
}
