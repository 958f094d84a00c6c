// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A sample that a stage gives out, made or to be made.
enum Recipe: Sendable {
    case pending(Executor, Work)
    case ready(Sample, row: Int, epoch: Int)
    case composed(any Composition)

    func make() throws(ColonnadeError) -> Sample {
        switch self {
        case .pending(let executor, let work): try executor.make(work)
        case .ready(let sample, _, _): sample
        case .composed(let composition): try composition.make()
        }
    }

    var identity: (row: Int, epoch: Int) {
        switch self {
        case .pending(let executor, let work): executor.identity(of: work)
        case .ready(_, let row, let epoch): (row, epoch)
        case .composed(let composition): composition.identity
        }
    }

    /// The shape of a value, and a recipe that does not make it again if it had to be made for that.
    func measured(_ column: Int) throws(ColonnadeError) -> (shape: [Int], recipe: Recipe) {
        if case .pending(let executor, .position(let position)) = self,
            let shape = try executor.shape(position, column)
        {
            return (shape, self)
        }
        let sample = try make()
        let (row, epoch) = identity
        return (sample.tensors[column].shape, .ready(sample, row: row, epoch: epoch))
    }

    /// The buffer that all of these are samples of, in one epoch, and where there; nil where there are several, or others.
    static func common(of recipes: [Recipe]) -> (executor: Executor, positions: [Int])? {
        guard case .pending(let executor, .position)? = recipes.first else { return nil }
        var positions: [Int] = []
        positions.reserveCapacity(recipes.count)
        for recipe in recipes {
            guard case .pending(let other, .position(let position)) = recipe, other === executor else { return nil }
            positions.append(position)
        }
        return (executor, positions)
    }
}
