// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Changes pictures, by one operation or by several that were written one after another.
///
/// The operations decide first, by the sizes of a picture alone. Then its pixels are computed, so that cropping, mirroring
/// and resizing are one pass over the pixels that the result needs, and converted while they are in a cache.
struct PictureTransform: RowwiseTransform {
    let chain: PictureChain
    private let key: String
    private let outputKey: String

    init(_ operation: some PictureOperation, key: String, outputKey: String) {
        chain = PictureChain(operation, key: key, outputKey: outputKey)
        self.key = key
        self.outputKey = outputKey
    }

    private init(_ chain: PictureChain, key: String, outputKey: String) {
        self.chain = chain
        self.key = key
        self.outputKey = outputKey
    }

    var keys: [String] { [key] }
    var label: String { "\(chain.names.joined(separator: ", "))(\(key))" }
    var needsIdentities: Bool { chain.isRandom }
    var draws: RandomDraws? { chain.draws }

    func drawing(withSeed seed: UInt64) -> any Transform {
        PictureTransform(chain.drawing(withSeed: seed), key: key, outputKey: outputKey)
    }

    /// Returns the field of the changed pixels, without a conversion that was fused later.
    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        [try chain.pixels(of: fields[0].reshaped(outputKey, to: fields[0].shape))]
    }

    func fused(with next: any Transform) -> (any Transform)? {
        chain.appending(next).map { PictureTransform($0, key: key, outputKey: outputKey) }
    }

    /// Samples of one shape stay stacked if their results have one shape.
    func stacked(_ fields: [Field]) -> (any Transform)? {
        guard let results = try? outputs(of: fields), !results[0].isRagged else { return nil }
        return self
    }

    // MARK: Running

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        do throws(RowFailure) {
            return [try apply(rows: values.map { [$0] }, context)[0][0]]
        } catch {
            throw error.error
        }
    }

    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor] {
        let samples = values[0].shape.dropFirst()
        let shape: PictureShape
        do throws(ColonnadeError) {
            shape = try PictureShape(samples, key)
        } catch {
            throw RowFailure(index: 0, error: error)
        }
        let recipes = try recipes(values[0].shape[0], context) { (_) throws(ColonnadeError) in shape }
        guard !recipes.isEmpty else { return [try empty(shape, values[0].dtype, context)] }
        if chain.finish.isEmpty, recipes.allSatisfy({ $0.last == nil }) { return values }
        guard isUniform(recipes) else {
            preconditionFailure("pictures of one size became pictures of several sizes on stacked samples")
        }
        let results = try results(recipes, isUniform: true, context.pool) { index in (values[0], index) }
        guard case .whole(let tensor) = results else { preconditionFailure("results of one shape are not stacked") }
        return [tensor]
    }

    /// Returns the stacked results of no pictures of a shape.
    private func empty(
        _ shape: PictureShape, _ dtype: DType, _ context: StepContext
    ) throws(RowFailure) -> Tensor {
        do throws(ColonnadeError) {
            let result = try chain.recipe(for: shape, context.row, context.epoch).result
            return Tensor(
                dtype: chain.finish.dtype(of: dtype), shape: [0] + chain.finish.dimensions(of: result),
                storage: try context.pool.take(byteCount: 0))
        } catch {
            throw RowFailure(index: 0, error: error)
        }
    }

    func apply(rows: [[Tensor]], _ context: StepContext) throws(RowFailure) -> [RowColumn] {
        let tensors = rows[0]
        let recipes = try recipes(tensors.count, context) { (index) throws(ColonnadeError) in
            try PictureShape(tensors[index].shape, key)
        }
        // One sample is not copied if it does not change.
        let isUniform = tensors.count > 1 && isUniform(recipes)
        return [try results(recipes, isUniform: isUniform, context.pool) { index in (tensors[index], 0) }]
    }

    /// Returns whether all results have one shape.
    private func isUniform(_ recipes: [PictureRecipe]) -> Bool {
        recipes.dropFirst().allSatisfy { $0.result == recipes[0].result }
    }

    /// Returns the results of recipes. `source` returns the tensor that has the picture, and the index of the picture in it.
    private func results(
        _ recipes: [PictureRecipe], isUniform: Bool, _ pool: TensorPool, _ source: (Int) -> (Tensor, Int)
    ) throws(RowFailure) -> RowColumn {
        var results = PictureResults(of: chain, count: recipes.count, isUniform: isUniform)
        var scratch = PictureScratch(from: pool)
        var meter = InterruptMeter()
        for (index, recipe) in recipes.enumerated() {
            let (tensor, place) = source(index)
            if recipe.last == nil, chain.finish.isEmpty, !isUniform {
                results.append(tensor)
                continue
            }
            do throws(ColonnadeError) {
                try unsafe results.append(recipe, tensor.dtype, in: &scratch) {
                    (memory, conversion, scratch) throws(ColonnadeError) in
                    try unsafe recipe.run(tensor, at: place, to: memory, conversion, in: &scratch)
                }
                try meter.advance(by: recipe.result.elements * tensor.dtype.size)
            } catch {
                throw RowFailure(index: index, error: error)
            }
        }
        return results.finished
    }

    /// Returns the recipes of many samples. Throws with the index of the sample.
    private func recipes(
        _ count: Int, _ context: StepContext, _ shape: (Int) throws(ColonnadeError) -> PictureShape
    ) throws(RowFailure) -> [PictureRecipe] {
        var recipes: [PictureRecipe] = []
        recipes.reserveCapacity(count)
        for index in 0..<count {
            do throws(ColonnadeError) {
                let identity = context.identity(index)
                recipes.append(try chain.recipe(for: shape(index), identity.row, identity.epoch))
            } catch {
                throw RowFailure(index: index, error: error)
            }
        }
        return recipes
    }
}

extension StepContext {
    /// Returns the row and epoch of a sample, for a transform that needs those of each sample.
    func identity(_ index: Int) -> (row: Int, epoch: Int) { identities.isEmpty ? (row, epoch) : identities[index] }
}
