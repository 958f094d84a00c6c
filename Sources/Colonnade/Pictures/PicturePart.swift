// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Pixels of a picture in memory: bytes, the channels of a pixel beside each other, without gaps between rows.
package struct PicturePart: Sendable {
    package let storage: TensorStorage
    /// The pixels of the picture that are in memory.
    package let region: PictureRegion
    package let channels: Int
    /// The number of pixels that were decoded, which is larger than the region if only a part of them was kept.
    package let decodedCount: Int
    /// Whether decoding began at entry points.
    package let isEntered: Bool

    /// - Parameters:
    ///   - decodedCount: the number of pixels that were decoded; nil if they are those of the region.
    ///   - isEntered: whether decoding began at entry points.
    package init(
        _ storage: TensorStorage, _ region: PictureRegion, channels: Int, decodedCount: Int? = nil,
        isEntered: Bool = false
    ) {
        self.isEntered = isEntered
        self.storage = storage
        self.region = region
        self.channels = channels
        self.decodedCount = decodedCount ?? region.height * region.width
    }

    /// The pixels as a tensor.
    package var tensor: Tensor {
        Tensor(dtype: .uint8, shape: [region.height, region.width, channels], storage: storage)
    }
}
