// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Samples of a stage, as the rows of a buffer.
struct RecipeRows: RowSource {
    let schema: Schema
    private let recipes: [Recipe]

    init(_ recipes: [Recipe], _ schema: Schema) {
        self.recipes = recipes
        self.schema = schema
    }

    var count: Int { recipes.count }
    var identity: UInt64 { 4 }
    var label: String { "\(count) samples of a stream" }

    func bound(_ pass: PassContext) -> any BoundRows { Bound(rows: self, pool: pass.pool) }

    private struct Bound: BoundRows {
        let rows: RecipeRows
        let pool: TensorPool

        func stacked(_ numbers: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
            try SampleSet.recipes(numbers.map { rows.recipes[$0] }, rows.schema).stacked(requests, from: pool)
        }

        func values(_ row: Int, _ columns: [Int]) throws(ColonnadeError) -> [Tensor] {
            let sample = try rows.recipes[row].make()
            return columns.map { sample.tensors[$0] }
        }

        func entryPoints(_ row: Int, _ column: Int) throws(ColonnadeError) -> Tensor? {
            try rows.recipes[row].entryPoints(column)
        }

        func key(_ row: Int) -> Int { rows.recipes[row].identity.row }
    }
}
