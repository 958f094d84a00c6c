// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The results of a chain for several samples, in one tensor if all have one shape.
struct PictureResults {
    private let finish: PictureFinish
    private let count: Int
    /// Whether memory for all results is taken with the first one.
    private let isUniform: Bool
    private var conversion: Conversion?
    private var whole: TensorStorage?
    private var dtype = DType.uint8
    private var shape: [Int] = []
    /// The number of results in `whole`.
    private var stackedCount = 0
    private var rows: [Tensor] = []

    /// - Parameter isUniform: whether the results are expected to have one shape. Without it each has memory of its own.
    init(of chain: PictureChain, count: Int, isUniform: Bool) {
        finish = chain.finish
        self.count = count
        self.isUniform = isUniform
    }

    /// Adds a result that is a picture itself.
    mutating func append(_ tensor: Tensor) {
        unstack()
        rows.append(tensor)
    }

    /// Adds the result of a recipe for a picture of a data type.
    ///
    /// - Parameter compute: computes the pixels in memory of exactly their size, and converts them if it gets a conversion.
    mutating func append(
        _ recipe: PictureRecipe, _ dtype: DType, in scratch: inout PictureScratch,
        _ compute: (UnsafeMutableRawBufferPointer, PixelConversion?, inout PictureScratch) throws(ColonnadeError) ->
            Void
    ) throws(ColonnadeError) {
        let target = finish.dtype(of: dtype)
        let (storage, range) = try memory(
            target, finish.dimensions(of: recipe.result), recipe.result.elements * target.size, scratch.pool)
        let bytes = recipe.result.elements * dtype.size
        guard bytes > 0 else { return }
        let result = unsafe UnsafeMutableRawBufferPointer(rebasing: storage.mutableBytes[range])
        if finish.isEmpty { return try unsafe compute(result, nil, &scratch) }
        if recipe.canConvert(dtype), let conversion = finish.conversion(from: dtype, &conversion) {
            let pixels = PixelConversion(conversion: conversion, resultCount: rows.isEmpty ? count : 1)
            return try unsafe compute(result, pixels, &scratch)
        }
        let made = try scratch.pixels.memory(of: bytes, from: scratch.pool)
        let pixels = unsafe UnsafeMutableRawBufferPointer(rebasing: made.mutableBytes[..<bytes])
        try unsafe compute(pixels, nil, &scratch)
        try unsafe finish.run(
            UnsafeRawBufferPointer(pixels), recipe.result, dtype, to: result, &conversion, in: &scratch)
    }

    /// Returns memory for the next result, and the range of its bytes.
    private mutating func memory(
        _ dtype: DType, _ shape: [Int], _ byteCount: Int, _ pool: TensorPool
    ) throws(ColonnadeError) -> (TensorStorage, Range<Int>) {
        if isUniform, rows.isEmpty {
            if whole == nil {
                whole = try pool.take(byteCount: count.saturatingProduct(byteCount))
                (self.dtype, self.shape) = (dtype, shape)
            }
            if let whole, self.shape == shape {
                stackedCount += 1
                return (whole, (stackedCount - 1) * byteCount..<stackedCount * byteCount)
            }
        }
        unstack()
        let storage = try pool.take(byteCount: byteCount)
        rows.append(Tensor(dtype: dtype, shape: shape, storage: storage))
        return (storage, 0..<byteCount)
    }

    /// Makes a tensor of each of the results so far.
    private mutating func unstack() {
        guard rows.isEmpty, stackedCount > 0 else { return }
        let all = stacked(stackedCount)
        rows = (0..<stackedCount).map { all[$0] }
    }

    private func stacked(_ count: Int) -> Tensor {
        guard let whole else { preconditionFailure("results are stacked before there are any") }
        return Tensor(dtype: dtype, shape: [count] + shape, storage: whole)
    }

    /// The results of all samples.
    var finished: RowColumn { rows.isEmpty ? .whole(stacked(stackedCount)) : .rows(rows) }
}
