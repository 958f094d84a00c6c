// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Changes pictures, by one operation or by several that were written one after another.
///
/// The operations decide first, by the sizes of a picture alone. Then its pixels are computed, so that cropping, mirroring
/// and resizing are one pass over the pixels that the result needs.
struct PictureTransform: RowwiseTransform {
    struct Entry: Sendable {
        let operation: any PictureOperation
        let key: String
        /// The seed of the operation together with its key, so that two operations draw different numbers.
        let seed: UInt64
    }

    private let outputKey: String
    private var entries: [Entry]

    init(_ operation: some PictureOperation, key: String, outputKey: String) {
        self.outputKey = outputKey
        let seed = Fingerprint.mix(operation.seed ?? 0, "\(operation.name) \(outputKey)")
        entries = [Entry(operation: operation, key: key, seed: seed)]
    }

    var keys: [String] { [entries[0].key] }
    var label: String { "\(entries.map(\.operation.name).joined(separator: ", "))(\(entries[0].key))" }
    var needsIdentities: Bool { entries.contains { $0.operation.seed != nil } }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        var field = fields[0].reshaped(outputKey, to: fields[0].shape)
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
        return [field]
    }

    func fused(with next: any Transform) -> (any Transform)? {
        guard let next = next as? PictureTransform else { return nil }
        var copy = PictureTransform(entries: entries, outputKey: next.outputKey)
        copy.entries += next.entries
        return copy
    }

    private init(entries: [Entry], outputKey: String) {
        self.entries = entries
        self.outputKey = outputKey
    }

    /// Samples of one shape stay stacked if their results have one shape.
    func stacked(_ fields: [Field]) -> (any Transform)? {
        guard let results = try? outputs(of: fields), !results[0].isRagged else { return nil }
        return self
    }

    // MARK: Running

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let shape = try PictureShape(values[0].shape, entries[0].key)
        let recipe = try recipe(for: shape, context.row, context.epoch)
        guard recipe.last != nil else { return values }
        return [try PictureTransform.made([recipe], [], values[0], context.pool)]
    }

    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor] {
        let samples = values[0].shape.dropFirst()
        let count = values[0].shape[0]
        let shape: PictureShape
        do throws(ColonnadeError) {
            shape = try PictureShape(samples, entries[0].key)
        } catch {
            throw RowFailure(index: 0, error: error)
        }
        let recipes = try recipes(count, context) { (_) throws(ColonnadeError) in shape }
        if recipes.allSatisfy({ $0.last == nil }) { return values }
        do throws(ColonnadeError) {
            if isUniform(recipes) { return [try PictureTransform.made(recipes, [count], values[0], context.pool)] }
        } catch {
            throw RowFailure(index: 0, error: error)
        }
        preconditionFailure("pictures of one size became pictures of several sizes on stacked samples")
    }

    func apply(rows: [[Tensor]], _ context: StepContext) throws(RowFailure) -> [RowColumn] {
        let tensors = rows[0]
        let recipes = try recipes(tensors.count, context) { (index) throws(ColonnadeError) in
            try PictureShape(tensors[index].shape, entries[0].key)
        }
        var results: [Tensor] = []
        var index = 0
        do throws(ColonnadeError) {
            var scratch: TensorStorage?
            if isUniform(recipes), let first = recipes.first {
                let storage = try context.pool.take(
                    byteCount: tensors.count.saturatingProduct(first.result.elements * tensors[0].dtype.size))
                while index < tensors.count {
                    try recipes[index].run(
                        tensors[index], at: 0, to: storage, at: index, scratch: &scratch, from: context.pool)
                    index += 1
                }
                let shape = [tensors.count] + first.result.dimensions
                return [.whole(Tensor(dtype: tensors[0].dtype, shape: shape, storage: storage))]
            }
            while index < tensors.count {
                let isUnchanged = recipes[index].last == nil
                results.append(
                    isUnchanged
                        ? tensors[index]
                        : try PictureTransform.made([recipes[index]], [], tensors[index], context.pool))
                index += 1
            }
        } catch {
            throw RowFailure(index: index, error: error)
        }
        return [.rows(results)]
    }

    /// Returns whether all results have one shape.
    private func isUniform(_ recipes: [PictureRecipe]) -> Bool {
        recipes.dropFirst().allSatisfy { $0.result == recipes[0].result }
    }

    /// Returns the results of samples that a tensor has one after another. `leading` has the dimensions before those of a
    /// result.
    private static func made(
        _ recipes: [PictureRecipe], _ leading: [Int], _ tensor: Tensor, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let shape = recipes[0].result
        let storage = try pool.take(byteCount: recipes.count.saturatingProduct(shape.elements * tensor.dtype.size))
        var scratch: TensorStorage?
        for (index, recipe) in recipes.enumerated() {
            try recipe.run(tensor, at: index, to: storage, at: index, scratch: &scratch, from: pool)
        }
        return Tensor(dtype: tensor.dtype, shape: leading + shape.dimensions, storage: storage)
    }

    /// Returns the recipes of many samples. Throws with the index of the sample.
    private func recipes(
        _ count: Int, _ context: StepContext, _ shape: (Int) throws(ColonnadeError) -> PictureShape
    ) throws(RowFailure) -> [PictureRecipe] {
        var recipes: [PictureRecipe] = []
        recipes.reserveCapacity(count)
        for index in 0..<count {
            do throws(ColonnadeError) {
                let identity = context.identities.isEmpty ? (context.row, context.epoch) : context.identities[index]
                recipes.append(try recipe(for: shape(index), identity.0, identity.1))
            } catch {
                throw RowFailure(index: index, error: error)
            }
        }
        return recipes
    }

    /// Returns the works for a picture. Its random choices depend on the seeds, the epoch and the row.
    private func recipe(
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
