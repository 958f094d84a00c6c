// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A stage plan made ready for one epoch: makes its samples or batches out of recipes that the stage gave out.
final class RecipeExecutor: Executor {
    let batches: BatchPlan?
    let epoch: Int
    private let maker: ItemMaker
    private let sourceSchema: Schema
    private let pool: TensorPool

    init(_ plan: StagePlan, _ pass: PassContext) {
        batches = plan.batches
        epoch = pass.epoch
        maker = ItemMaker(plan.program, pass)
        sourceSchema = plan.stage.schema
        pool = pass.pool
    }

    /// Makes a sample of one recipe, or a batch of any number of them.
    ///
    /// Throws `corruptFile`, `userFunction`, `invalidArgument`, with the row and key.
    func item(_ recipes: [Recipe]) throws(ColonnadeError) -> Sample { try maker.item(.recipes(recipes, sourceSchema)) }

    func trimPool(to byteCount: Int) { pool.trim(to: byteCount) }

    // MARK: Rows, which belong to the executors of the recipes

    var count: Int? { nil }
    var bytesOfItem: Int? { nil }
    var isLargerThanMemory: Bool { false }

    func makeSeveral(_ indices: Range<Int>, in scratch: inout BatchScratch, _ body: (Sample) -> Void)
        -> BatchGather.Result
    {
        .oneByOne
    }

    func recipe(at index: Int) -> Recipe { preconditionFailure("the items of a stage have no index") }
    func expect(_ index: Int) {}
    func warm() {}
    func stopWarming() {}
    func finishChecks(seconds: Double?) -> Bool { true }
    func checkIntact() {}
}
