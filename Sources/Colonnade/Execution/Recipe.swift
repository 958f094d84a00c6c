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
    /// The sample at an index of a buffer, which is already made.
    case made(Sample, RowExecutor, Int)
    /// A sample that a stage combines.
    case composed(any Composition)

    /// Throws `corruptFile`, `userFunction`, `invalidArgument`, with the row and key.
    func make() throws(ColonnadeError) -> Sample {
        switch self {
        case .item(let executor, let index): try executor.item(index)
        case .combined(let executor, let recipes): try executor.item(recipes)
        case .ready(let sample, _, _), .made(let sample, _, _): sample
        case .composed(let composition): try composition.make()
        }
    }

    /// The row and epoch that random numbers of the sample depend on.
    var identity: (row: Int, epoch: Int) {
        switch self {
        case .item(let executor, let index), .made(_, let executor, let index): executor.identity(ofItem: index)
        case .combined(let executor, let recipes): recipes.first?.identity ?? (0, executor.epoch)
        case .ready(_, let row, let epoch): (row, epoch)
        case .composed(let composition): composition.identity
        }
    }

    /// Returns the entry points of a value that is a JPEG file; nil where none are known.
    func entryPoints(_ column: Int) throws(ColonnadeError) -> Tensor? {
        switch self {
        case .item(let executor, let index), .made(_, let executor, let index):
            return try executor.items.entryPoints(index, column)
        case .combined, .ready, .composed: return nil
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
        if case .item(let executor, let index) = self { return .made(sample, executor, index) }
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
