// SPDX-License-Identifier: Apache-2.0

/// Elements of one data type with a shape, row-major and contiguous. A tensor is a value: its memory never changes.
///
/// A tensor owns its memory or keeps the owner alive, so it stays valid for as long as the caller keeps it. A batch of
/// consecutive rows of a plain column is a view of the mapped file.
public struct Tensor: Sendable {
    public let dtype: DType
    public let shape: [Int]
    public let storage: TensorStorage
    /// The offset of the first element in the storage, in bytes.
    public let byteOffset: Int

    /// The number of elements: the product of the shape.
    public let count: Int
    public var byteCount: Int { count * dtype.size }
    public var rank: Int { shape.count }

    /// Makes a view of `storage`. Traps if the elements are not inside the storage, or are not aligned to their size.
    public init(dtype: DType, shape: [Int], storage: TensorStorage, byteOffset: Int = 0) {
        self.init(
            dtype: dtype, shape: shape, count: Tensor.elementCount(of: shape), storage: storage, byteOffset: byteOffset)
    }

    /// Makes a view of `storage` as the public initializer does, where the number of elements is known to be that of the shape.
    package init(dtype: DType, shape: [Int], count: Int, storage: TensorStorage, byteOffset: Int) {
        precondition(
            byteOffset >= 0 && count <= (storage.byteCount - byteOffset) / dtype.size,
            "a tensor of shape \(shape) does not fit in its storage")
        precondition(
            count == 0 || storage.isAligned(byteOffset, to: dtype.size), "elements must be aligned to their size")
        self.dtype = dtype
        self.shape = shape
        self.storage = storage
        self.byteOffset = byteOffset
        self.count = count
    }

    /// Returns the number of elements of a shape, or nil if a dimension is negative or an `Int` cannot represent the
    /// number. If a dimension is zero, the number is 0, even if the other dimensions are large: files may have such
    /// columns.
    package static func checkedElementCount(of shape: [Int]) -> Int? {
        if shape.contains(0) { return shape.contains { $0 < 0 } ? nil : 0 }
        var count = 1
        for dim in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: dim)
            guard dim >= 0, !overflow else { return nil }
            count = product
        }
        return count
    }

    /// Returns the number of elements of a shape. Traps if `checkedElementCount` returns nil.
    static func elementCount(of shape: [Int]) -> Int {
        guard let count = checkedElementCount(of: shape) else {
            preconditionFailure("\(shape) is not a shape: a dimension is negative, or there are too many elements")
        }
        return count
    }

    /// Returns the elements in another shape. Throws `invalidArgument` if the number of elements differs.
    public func reshaped(to shape: [Int]) throws(ColonnadeError) -> Tensor {
        guard Tensor.checkedElementCount(of: shape) == count else {
            throw ColonnadeError(
                .invalidArgument, "\(count) elements of shape \(self.shape) cannot take shape \(shape)")
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage, byteOffset: byteOffset)
    }

    /// Returns one element of the leading dimension, without a copy. Traps if the index is out of range or the tensor
    /// is a scalar.
    public subscript(index: Int) -> Tensor {
        precondition(!shape.isEmpty, "a scalar has no rows")
        precondition(index >= 0 && index < shape[0], "row \(index) of a tensor with \(shape[0])")
        let row = Array(shape.dropFirst())
        let rowBytes = byteCount / shape[0]
        return Tensor(dtype: dtype, shape: row, storage: storage, byteOffset: byteOffset + index * rowBytes)
    }
}

extension Tensor: CustomStringConvertible {
    /// The type and shape as text: `float32[32, 28, 28]`.
    public var description: String { "\(dtype.name)\(shape)" }
}
