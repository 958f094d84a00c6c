// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The row of a buffer that a sample comes from, and the plans that have changed the sample since. It has none of its values, so that the
/// samples before the changes need no memory.
enum Origin: Sendable {
    case row(RowExecutor, Int)
    indirect case changed(RecipeExecutor, Origin)

    /// The row and epoch that random numbers of the sample depend on.
    var identity: (row: Int, epoch: Int) {
        switch self {
        case .row(let executor, let index): executor.identity(ofItem: index)
        case .changed(_, let origin): origin.identity
        }
    }

    /// Returns the entry points of a value that is a JPEG file, if no plan has changed it; nil where none are known.
    func entryPoints(_ column: Int) throws(ColonnadeError) -> Tensor? {
        switch self {
        case .row(let executor, let index): return try executor.items.entryPoints(index, column)
        case .changed(let executor, let origin):
            guard let source = executor.unchangedColumn(column) else { return nil }
            return try origin.entryPoints(source)
        }
    }
}
