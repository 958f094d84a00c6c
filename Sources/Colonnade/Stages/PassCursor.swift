// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a plan: decides the items in order, as recipes that any thread can execute. Only one thread at a time
/// may use a cursor.
protocol PassCursor: StageCursor {
    /// The executor of items that have an index; nil where the cursor decides recipes.
    var rows: RowExecutor? { get }

    /// The memory of the items.
    var pool: TensorPool { get }

    /// Whether functions of the user make items.
    var runsUserCode: Bool { get }

    /// The counter of the samples that the pass has returned; nil if the cursor state contains that number.
    var counter: SampleCounter? { get }

    /// Decides the next item, a sample or batch with the fields of the plan. Returns nil at the end.
    func nextItem() throws(ColonnadeError) -> Recipe?

    /// Returns the indices of the next items, at most `maximum`; nil if items have no index.
    func nextIndices(_ maximum: Int) -> Range<Int>?
}

extension StreamPlan {
    /// Begins a pass over the plan at the first item.
    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any PassCursor {
        switch self {
        case .rows(let plan): RowCursor(try RowExecutor(plan, pass))
        case .stage(let plan): try RecipeCursor(plan, pass)
        }
    }
}
