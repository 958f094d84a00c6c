// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The operations that make one value of a picture: changes of its pixels, and then its conversion and layout.
struct PictureChain: Sendable {
    struct Entry: Sendable {
        let operation: any PictureOperation
        let key: String
        /// The seed of the operation together with its key, so that two operations draw different numbers.
        let seed: UInt64
    }

    private(set) var entries: [Entry] = []
    private(set) var finish = PictureFinish()

    init() {}

    init(_ operation: some PictureOperation, key: String, outputKey: String) {
        let seed = Fingerprint.mix(operation.seed ?? 0, "\(operation.name) \(outputKey)")
        entries = [Entry(operation: operation, key: key, seed: seed)]
    }

    /// Whether the value is the picture itself.
    var isEmpty: Bool { entries.isEmpty && finish.isEmpty }

    /// Whether an operation makes random choices.
    var isRandom: Bool { entries.contains { $0.operation.seed != nil } }

    /// The random choices of the first operation that makes some.
    var draws: RandomDraws? {
        entries.first { $0.operation.seed != nil }.map { RandomDraws(name: $0.operation.name, seed: $0.seed) }
    }

    /// Returns the chain with another seed of the operation of `draws`.
    func drawing(withSeed seed: UInt64) -> PictureChain {
        var copy = self
        if let index = entries.firstIndex(where: { $0.operation.seed != nil }) {
            let entry = entries[index]
            copy.entries[index] = Entry(operation: entry.operation, key: entry.key, seed: seed)
        }
        return copy
    }

    /// Whether results depend on a part of the picture only, for most pictures.
    var isCropping: Bool { entries.first { $0.operation.extent != .same }?.operation.extent == .part }

    /// The names of the steps, for people.
    var names: [String] { entries.map(\.operation.name) + finish.names }

    /// Returns the chain followed by a step; nil if they cannot be one.
    func appending(_ next: any Transform) -> PictureChain? {
        if let next = next as? PictureTransform { return appending(next.chain) }
        var copy = self
        guard let finish = finish.appending(next) else { return nil }
        copy.finish = finish
        return copy
    }

    private func appending(_ next: PictureChain) -> PictureChain? {
        var copy = self
        if !finish.isEmpty {
            // Operations that only move pixels give equal results before a conversion.
            guard finish.isOnlyConversion, next.finish.isEmpty,
                next.entries.allSatisfy({ $0.operation.isMovingPixels })
            else { return nil }
            copy.entries += next.entries
            return copy
        }
        copy.entries += next.entries
        copy.finish = next.finish
        return copy
    }

    /// Returns the field of the pixels for pictures of a field. Throws `invalidArgument` if an operation cannot change them.
    func pixels(of field: Field) throws(ColonnadeError) -> Field {
        var field = field
        for entry in entries {
            try PictureShape.check(field, entry.key)
            if let dtypes = entry.operation.dtypes, !dtypes.contains(field.dtype) {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(entry.key)\" is \(field.typeDescription), and \(entry.operation.name) needs pictures of "
                        + "\(dtypes.map(\.name).joined(separator: " or ")): cast it first")
            }
            field = try entry.operation.output(of: field, entry.key)
        }
        return field
    }

    /// Returns the works for a picture. Its random choices depend on the seeds, the epoch and the row.
    func recipe(
        for shape: PictureShape, _ row: Int, _ epoch: Int
    ) throws(ColonnadeError) -> PictureRecipe {
        var recipe = PictureRecipe(shape)
        for entry in entries {
            // A result may have another number of channels than the first picture, but is always a picture.
            var random = SplitMix64(seed: entry.seed, epoch: epoch, row: row)
            guard let work = try entry.operation.work(for: recipe.result, entry.key, &random) else { continue }
            recipe.append(work)
            guard recipe.result.elements <= PictureShape.mostElements else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(entry.key)\" would become a video of shape \(recipe.result.dimensions), which is too large: split the "
                        + "video, or make smaller frames")
            }
        }
        return recipe
    }
}
