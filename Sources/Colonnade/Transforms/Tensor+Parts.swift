// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeStore

/// Operations on the memory of tensors, for transforms.
extension Tensor {
    /// Returns consecutive elements of the first dimension, without a copy.
    func rows(_ range: Range<Int>) -> Tensor {
        let rowBytes = shape[0] > 0 ? byteCount / shape[0] : 0
        return Tensor(
            dtype: dtype, shape: [range.count] + shape.dropFirst(), storage: storage,
            byteOffset: byteOffset + range.lowerBound * rowBytes)
    }

    /// Returns the elements in a range of each dimension, without a copy if they are consecutive in memory. Throws
    /// `outOfMemory`.
    func slice(_ ranges: [Range<Int>], from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let size = ranges.map(\.count)
        if size == shape { return self }
        if size.dropFirst() == shape.dropFirst() { return rows(ranges[0]) }
        let storage = try pool.take(byteCount: size.reduce(1, *) * dtype.size)
        unsafe withUnsafeBytes { source in
            unsafe Padding.extract(
                source, shape: shape, at: ranges.map(\.lowerBound), to: storage.mutableBytes, shape: size,
                elementSize: dtype.size)
        }
        return Tensor(dtype: dtype, shape: size, storage: storage)
    }

    /// Returns a larger tensor with this one at an offset, and a number in all other elements. Throws `invalidArgument`
    /// if it is too large.
    func placed(
        in shape: [Int], at origin: [Int], filling value: Double, from pool: TensorPool, _ key: String
    ) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(byteCount: try Padding.byteCount(shape, dtype, key, of: max(byteCount, 1 << 18)))
        let memory = unsafe storage.mutableBytes
        unsafe Padding(value, as: dtype).fill(memory)
        unsafe withUnsafeBytes { source in
            unsafe Padding.place(
                source, shape: self.shape, in: memory, shape: shape, at: origin, elementSize: dtype.size)
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }

    /// Returns the bytes of padded strings with zeros in place of the padding. Throws `outOfMemory`.
    func withoutTextPadding(from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(byteCount: byteCount)
        let memory = unsafe storage.mutableBytes
        unsafe withUnsafeBytes { source in
            for index in 0..<byteCount { unsafe memory[index] = source[index] == 0xFF ? 0 : source[index] }
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }

    /// Returns rows of zeros, each with a 1 at its class number; a row of a negative number has none. Throws
    /// `invalidArgument` if the result is too large.
    static func oneHot(
        _ classes: [Int], _ count: Int, _ dtype: DType, shape: [Int], from pool: TensorPool, _ key: String
    ) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(
            byteCount: try Padding.byteCount(shape, dtype, key, of: 1 << 26, rows: classes.count))
        let memory = unsafe storage.mutableBytes
        unsafe Padding(0, as: dtype).fill(memory)
        let one = Padding(1, as: dtype)
        for (row, place) in classes.enumerated() where place >= 0 {
            let start = (row * count + place) * dtype.size
            unsafe one.fill(UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + dtype.size]))
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }
}

extension Tensor {
    /// A copy of the bytes of the elements.
    package var rawBytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

    /// Returns the bytes as a list of elements of another data type, without a copy.
    package func viewed(as dtype: DType) -> Tensor {
        Tensor(dtype: dtype, shape: [byteCount / dtype.size], storage: storage, byteOffset: byteOffset)
    }
}
