// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension Tensor {
    /// Returns a picture of the shape `[height, width, channels]` in another size, with the values of `resized(_:width:height:)`.
    /// Throws `invalidArgument` for other tensors, and `outOfMemory`.
    package func resizedPicture(
        width: Int, height: Int, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let shape = try PictureShape(self.shape, "picture")
        var recipe = PictureRecipe(shape)
        recipe.append(
            .resize(
                PictureResize(shape.whole, width: width, height: height, filter: .triangle, isAntialiased: true)))
        let storage = try pool.take(byteCount: recipe.result.elements * dtype.size)
        var scratch = PictureScratch(from: pool)
        try unsafe recipe.run(self, at: 0, to: storage.mutableBytes, nil, in: &scratch)
        return Tensor(dtype: dtype, shape: recipe.result.dimensions, storage: storage)
    }

    /// Returns a picture whose longer side has at most `side` pixels: itself, or one of a smaller size with the same form. Throws as
    /// `resizedPicture(width:height:from:)` does.
    package func fittedPicture(side: Int, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let (height, width) = (shape[0], shape[1])
        guard max(height, width) > side else { return self }
        let scale = Double(side) / Double(max(height, width))
        return try resizedPicture(
            width: max(1, Int((Double(width) * scale).rounded())),
            height: max(1, Int((Double(height) * scale).rounded())), from: pool)
    }
}
