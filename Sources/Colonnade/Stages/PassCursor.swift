// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a plan: decides its items in order, as recipes that any thread can execute. For one thread at a time.
protocol PassCursor: StageCursor {
    /// The executor of the items.
    var executor: any Executor { get }

    /// Whether functions of the user make items.
    var runsUserCode: Bool { get }

    /// Counts the samples that were given out; nil where the cursor state does.
    var counter: SampleCounter? { get }

    /// Decides the next item: a sample with the fields of the plan. Returns nil at the end.
    func nextItem() throws(ColonnadeError) -> Recipe?

    /// Returns the indices of the next items, `most` of them at the most; nil where items have none.
    func nextIndices(_ most: Int) -> Range<Int>?
}

extension StreamPlan {
    /// Returns a pass over the plan from the front.
    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any PassCursor {
        switch self {
        case .rows(let plan): RowCursor(try RowExecutor(plan, pass))
        case .stage(let plan): try RecipeCursor(plan, pass)
        }
    }
}
