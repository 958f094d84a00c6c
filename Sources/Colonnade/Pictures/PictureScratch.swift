// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Memory that one thread uses for one picture after another. It grows to the largest picture.
package struct PictureScratch {
    package let pool: TensorPool
    /// The pixels that a decoder writes.
    package var decoded: TensorStorage?
    /// The decoded pixels, turned upright.
    package var upright: TensorStorage?
    /// The memory of the kernel that changes sizes.
    var kernel: TensorStorage?
    /// The result of the latest work, and the memory for that of the next one.
    var latest: TensorStorage?
    var next: TensorStorage?
    /// The pixels that are converted to the result, and those whose channels are moved before.
    var pixels: TensorStorage?
    var planes: TensorStorage?

    package init(from pool: TensorPool) { self.pool = pool }
}

extension TensorStorage? {
    /// Returns memory of at least that size: this memory, or new memory that replaces it. Throws `outOfMemory`.
    package mutating func memory(
        of byteCount: Int, from pool: TensorPool
    ) throws(ColonnadeError) -> TensorStorage {
        if let self, self.byteCount >= byteCount { return self }
        // The smaller memory returns to the pool first.
        self = nil
        let storage = try pool.take(byteCount: byteCount)
        self = storage
        return storage
    }
}
