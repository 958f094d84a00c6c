// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The samples that one item is made of: rows of a source, or recipes that a stage gave out.
enum RowSet {
    case numbers([Int], of: any BoundRows)
    case recipes([Recipe])

    var count: Int {
        switch self {
        case .numbers(let rows, _): rows.count
        case .recipes(let recipes): recipes.count
        }
    }

    func stacked(
        _ requests: [ColumnRequest], _ schema: Schema, from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        switch self {
        case .numbers(let rows, let source): return try source.stacked(rows, requests)
        case .recipes(let recipes):
            // What lies in one buffer is gathered there.
            if let (executor, positions) = Recipe.common(of: recipes) {
                return try executor.stacked(positions, requests)
            }
            let samples = try recipes.map { (recipe) throws(ColonnadeError) in try recipe.make() }
            return try requests.map { (request) throws(ColonnadeError) in
                try Stacking.stack(
                    samples.map { $0.tensors[request.column] }, request.conversion, padding: request.padding,
                    from: pool,
                    key: schema[request.column].name)
            }
        }
    }

    /// Columns of each row by itself.
    func values(_ columns: [Int]) throws(ColonnadeError) -> [[Tensor]] {
        switch self {
        case .numbers(let rows, let source):
            return try rows.map { (row) throws(ColonnadeError) in try source.values(row, columns) }
        case .recipes(let recipes):
            return try recipes.map { (recipe) throws(ColonnadeError) in
                let sample = try recipe.make()
                return columns.map { sample.tensors[$0] }
            }
        }
    }

    /// Throws `corruptFile` if a file that the samples are from does not have them any more.
    func checkIntact() throws(ColonnadeError) {
        switch self {
        case .numbers(_, let source): try source.checkIntact()
        case .recipes(let recipes):
            var latest: Executor?
            for recipe in recipes {
                switch recipe {
                case .pending(let executor, _):
                    if executor !== latest { try executor.checkIntact() }
                    latest = executor
                case .ready(let sample, _, _):
                    for tensor in sample.tensors { try tensor.storage.checkIntact() }
                case .composed: break
                }
            }
        }
    }

    /// Which row of which epoch a sample is.
    func identity(_ index: Int, epoch: Int) -> (row: Int, epoch: Int) {
        switch self {
        case .numbers(let rows, let source): (source.key(rows[index]), epoch)
        case .recipes(let recipes): recipes[index].identity
        }
    }
}
