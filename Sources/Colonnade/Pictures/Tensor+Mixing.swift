// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

extension Tensor {
    /// Returns `share` of each row plus the rest of the row before it, or of the last row for the first one. The elements are
    /// float32. Throws `outOfMemory`.
    func mixed(share: Float, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(byteCount: byteCount)
        let count = shape[0]
        let elements = self.count / count
        unsafe withUnsafeBytes { source in
            let rows = unsafe source.assumingMemoryBound(to: Float.self)
            let memory = unsafe storage.mutableBytes.assumingMemoryBound(to: Float.self)
            guard elements > 0, let from = rows.baseAddress, let to = memory.baseAddress else { return }
            for row in 0..<count {
                let other = unsafe from + (row + count - 1) % count * elements
                unsafe colonnade_mix(from + row * elements, other, elements, share, to + row * elements)
            }
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }

    /// Returns pictures, each with a region of the picture before it, or of the last one for the first one. Throws
    /// `outOfMemory`.
    func exchanging(
        _ region: PictureRegion, of picture: PictureShape, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(byteCount: byteCount)
        let count = shape[0]
        let pixel = picture.channels * dtype.size
        let bytes = picture.frameElements * dtype.size
        unsafe withUnsafeBytes { source in
            let memory = unsafe storage.mutableBytes
            guard let from = source.baseAddress, let to = memory.baseAddress else { return }
            unsafe to.copyMemory(from: from, byteCount: byteCount)
            for index in 0..<count {
                let other = (index + count - 1) % count
                for row in region.y..<region.y + region.height {
                    let offset = (row * picture.width + region.x) * pixel
                    unsafe (to + index * bytes + offset).copyMemory(
                        from: from + other * bytes + offset, byteCount: region.width * pixel)
                }
            }
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }
}
