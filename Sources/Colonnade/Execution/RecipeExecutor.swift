// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A stage plan that is prepared for one epoch: makes its samples or batches from the recipes of the stage.
final class RecipeExecutor: Sendable {
    let epoch: Int
    private let maker: ItemMaker
    private let sourceSchema: Schema

    init(_ plan: StagePlan, _ pass: PassContext) {
        epoch = pass.epoch
        maker = ItemMaker(plan.program, pass)
        sourceSchema = plan.stage.schema
    }

    /// Makes a sample of one recipe, or a batch of any number of them.
    ///
    /// Throws `corruptFile`, `userFunction`, `invalidArgument`, with the row and key.
    func item(_ recipes: [Recipe]) throws(ColonnadeError) -> Sample { try maker.item(.recipes(recipes, sourceSchema)) }

    var isBatched: Bool { maker.lowering.isBatched }

    /// Returns the column of the samples of the stage that is column `index` of the results, unchanged; nil for other values.
    func unchangedColumn(_ index: Int) -> Int? { maker.lowering.unchangedColumn(inSlot: maker.lowering.outputs[index]) }
}
