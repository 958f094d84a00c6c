// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The values of a key over all samples, with a distance between two values that may be larger than a value.
package struct StridedColumn: Sendable {
    package let dtype: DType
    /// The number of samples, and the shape of a value.
    package let shape: [Int]
    package let storage: TensorStorage
    /// The offset of the first value in the storage, in bytes. It may be unaligned.
    package let byteOffset: Int
    /// The distance in bytes between two values.
    package let stride: Int

    init(dtype: DType, shape: [Int], storage: TensorStorage, byteOffset: Int, stride: Int) {
        self.dtype = dtype
        self.shape = shape
        self.storage = storage
        self.byteOffset = byteOffset
        self.stride = stride
    }

    /// Makes a column of contiguous values.
    package init(_ tensor: Tensor) {
        self.init(
            dtype: tensor.dtype, shape: tensor.shape, storage: tensor.storage, byteOffset: tensor.byteOffset,
            stride: tensor.byteCount / max(1, tensor.shape[0]))
    }

    /// The bytes of one value.
    package var rowBytes: Int { shape.dropFirst().reduce(dtype.size, *) }

    /// The values as a tensor; nil unless they are contiguous and aligned.
    package var tensor: Tensor? {
        guard stride == rowBytes || shape[0] == 0, byteOffset % dtype.size == 0 else { return nil }
        return Tensor(dtype: dtype, shape: shape, storage: storage, byteOffset: byteOffset)
    }
}
