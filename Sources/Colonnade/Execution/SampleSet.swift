// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The samples that one item is made of.
enum SampleSet {
    /// Rows of the source of an executor, with their indices in its order.
    case rows([Int], at: OrderIndices, of: RowExecutor)
    /// Samples of a stage as recipes, and their fields.
    case recipes([Recipe], Schema)

    var count: Int {
        switch self {
        case .rows(let rows, _, _): rows.count
        case .recipes(let recipes, _): recipes.count
        }
    }

    /// Returns columns of all samples, each stacked along a new first dimension.
    func stacked(_ requests: [ColumnRequest], from pool: TensorPool) throws(ColonnadeError) -> [Tensor] {
        switch self {
        case .rows(let rows, _, let executor): return try executor.stacked(rows, requests)
        case .recipes(let recipes, let schema):
            // Samples of one buffer are gathered there.
            if let (executor, indices) = Recipe.common(of: recipes) {
                return try executor.items.stacked(indices, requests)
            }
            let samples = try recipes.map { (recipe) throws(ColonnadeError) in try recipe.make() }
            return try requests.map { (request) throws(ColonnadeError) in
                let values = samples.map { $0.tensors[request.column] }
                return try PaddedRows(
                    values, request.conversion, as: schema[request.column], number: { recipes[$0].identity.row }
                ).stacked(request, from: pool)
            }
        }
    }

    /// Returns columns of each sample by itself.
    func values(_ columns: [Int]) throws(ColonnadeError) -> [[Tensor]] {
        switch self {
        case .rows(let rows, _, let executor):
            return try rows.map { (row) throws(ColonnadeError) in try executor.source.values(row, columns) }
        case .recipes(let recipes, _):
            return try recipes.map { (recipe) throws(ColonnadeError) in
                let sample = try recipe.make()
                return columns.map { sample.tensors[$0] }
            }
        }
    }

    /// Returns the entry points of the JPEG files that are the values of a column.
    func entryPoints(_ column: Int) throws(ColonnadeError) -> [Tensor?] {
        switch self {
        case .rows(let rows, _, let executor):
            return try rows.map { (row) throws(ColonnadeError) in try executor.source.entryPoints(row, column) }
        case .recipes(let recipes, _):
            return try recipes.map { (recipe) throws(ColonnadeError) in try recipe.entryPoints(column) }
        }
    }

    /// Returns a column of all samples where it lies in memory in their order.
    func mapped(_ column: Int) throws(ColonnadeError) -> Tensor? {
        guard case .rows(_, .range(let range), let executor) = self else { return nil }
        return try executor.mapped(at: range, column)
    }

    /// The mask that says whether each sample is the rank's own; nil for recipes, whose stage adds the mask.
    var mask: Tensor? {
        guard case .rows(_, let indices, let executor) = self else { return nil }
        return executor.mask(at: indices)
    }

    /// Throws `corruptFile` if a file no longer has these samples.
    func checkIntact() throws(ColonnadeError) {
        switch self {
        case .rows(let rows, _, let executor):
            if rows.count == 1 { return try executor.source.checkIntact(rows[0]) }
            try executor.checkIntact()
        case .recipes(let recipes, _):
            var latest: RowExecutor?
            for recipe in recipes {
                switch recipe {
                case .item(let executor, let index):
                    if executor.batches == nil, executor.source.areInManyFiles {
                        try executor.checkIntact(sample: index)
                    } else if executor !== latest {
                        try executor.checkIntact()
                    }
                    latest = executor
                case .ready(let sample, _, _), .made(let sample, _):
                    for tensor in sample.tensors { try tensor.storage.checkIntact() }
                case .combined, .composed: break
                }
            }
        }
    }

    /// Returns the row and epoch of a sample.
    func identity(_ index: Int, epoch: Int) -> (row: Int, epoch: Int) {
        switch self {
        case .rows(let rows, _, let executor): (executor.source.key(rows[index]), epoch)
        case .recipes(let recipes, _): recipes[index].identity
        }
    }
}
