// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

extension Tensor {
    /// Returns pictures with their channels moved. The tensor has any number of them, one after another; `shape` is that of the
    /// result. Throws `outOfMemory`.
    func movingChannels(
        _ layout: PictureLayout, to shape: [Int], from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(byteCount: byteCount)
        let sizes = Array(self.shape.suffix(3))
        let channels = layout == .channelsFirst ? sizes[2] : sizes[0]
        let pixels = layout == .channelsFirst ? sizes[0] * sizes[1] : sizes[1] * sizes[2]
        let bytes = channels * pixels * dtype.size
        unsafe withUnsafeBytes { source in
            guard byteCount > 0, let from = source.baseAddress, let to = unsafe storage.mutableBytes.baseAddress else {
                return
            }
            for start in stride(from: 0, to: byteCount, by: bytes) {
                switch layout {
                case .channelsFirst:
                    unsafe colonnade_split_channels(from + start, pixels, channels, dtype.size, to + start)
                case .channelsLast:
                    unsafe colonnade_join_channels(from + start, pixels, channels, dtype.size, to + start)
                }
            }
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }
}
