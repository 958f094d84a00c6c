// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of a sample or batch: one thread at a time decides it, in order, and any thread makes the sample from it at
/// any time.
enum Recipe: Sendable {
    /// The sample or batch at an index of a buffer.
    case item(RowExecutor, Int)
    /// The sample or batch that a stage plan makes of others.
    case combined(RecipeExecutor, [Recipe])
    /// A sample that is already made.
    case ready(Sample, row: Int, epoch: Int)
    /// A sample that is already made, and the row that it comes from.
    case made(Sample, Origin)
    /// A sample that a stage combines.
    case composed(any Composition)

    /// Throws `corruptFile`, `userFunction`, `invalidArgument`, with the row and key.
    func make() throws(ColonnadeError) -> Sample {
        switch self {
        case .item(let executor, let index): try executor.item(index)
        case .combined(let executor, let recipes): try executor.item(recipes)
        case .ready(let sample, _, _), .made(let sample, _): sample
        case .composed(let composition): try composition.make()
        }
    }

    /// The row and epoch that random numbers of the sample depend on.
    var identity: (row: Int, epoch: Int) {
        switch self {
        case .item(let executor, let index): executor.identity(ofItem: index)
        case .made(_, let origin): origin.identity
        case .combined(let executor, let recipes): recipes.first?.identity ?? (0, executor.epoch)
        case .ready(_, let row, let epoch): (row, epoch)
        case .composed(let composition): composition.identity
        }
    }

    /// Returns the entry points of a value that is a JPEG file; nil where none are known.
    func entryPoints(_ column: Int) throws(ColonnadeError) -> Tensor? {
        try origin?.entryPoints(column)
    }

    /// The row that the sample comes from; nil for batches, and for samples that are made of no row or of several ones.
    private var origin: Origin? {
        switch self {
        case .item(let executor, let index): .row(executor, index)
        case .made(_, let origin): origin
        case .combined(let executor, let recipes):
            recipes.count == 1 && !executor.isBatched ? recipes[0].origin.map { .changed(executor, $0) } : nil
        case .ready, .composed: nil
        }
    }

    /// Returns the shape of a value, and a recipe of the sample. If the sample had to be made for the shape, the recipe has it.
    func measured(_ column: Int) throws(ColonnadeError) -> (shape: [Int], recipe: Recipe) {
        if case .item(let executor, let index) = self, let shape = try executor.items.shape(index, column) {
            return (shape, self)
        }
        let sample = try make()
        return (sample.tensors[column].shape, having(sample))
    }

    /// Returns a recipe of the sample that this one has made.
    func having(_ sample: Sample) -> Recipe {
        if let origin { return .made(sample, origin) }
        let (row, epoch) = identity
        return .ready(sample, row: row, epoch: epoch)
    }

    /// Returns the one executor that has all of these samples, and their indices; nil where there is none.
    static func common(of recipes: [Recipe]) -> (executor: RowExecutor, indices: [Int])? {
        guard case .item(let executor, _)? = recipes.first else { return nil }
        var indices: [Int] = []
        indices.reserveCapacity(recipes.count)
        for recipe in recipes {
            guard case .item(let other, let index) = recipe, other === executor else { return nil }
            indices.append(index)
        }
        return (executor, indices)
    }
}
