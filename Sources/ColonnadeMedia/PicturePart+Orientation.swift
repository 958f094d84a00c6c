// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

extension PicturePart {
    /// Returns the pixels of a region of the upright picture, of which this part has the stored pixels.
    ///
    /// - Parameter channels: the number of channels of the result: that of the part, or 3 for gray values that become RGB.
    func upright(
        _ region: PictureRegion, _ orientation: ImageOrientation, channels: Int, in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        let storage = try scratch.upright.memory(of: region.width * region.height * channels, from: scratch.pool)
        // From pixel to pixel and from row to row the address changes by a constant.
        let first = offset(orientation.stored(region.y, region.x))
        let pixelStep = offset(orientation.stored(region.y, region.x + 1)) - first
        let rowStep = offset(orientation.stored(region.y + 1, region.x)) - first
        let isExpanding = channels != self.channels
        guard let source = unsafe self.storage.bytes.baseAddress, var target = unsafe storage.mutableBytes.baseAddress
        else { return self }
        for row in 0..<region.height {
            var from = unsafe source + first + row * rowStep
            for _ in 0..<region.width {
                for channel in 0..<channels {
                    unsafe target.storeBytes(
                        of: from.load(fromByteOffset: isExpanding ? 0 : channel, as: UInt8.self),
                        toByteOffset: channel, as: UInt8.self)
                }
                unsafe target += channels
                unsafe from += pixelStep
            }
        }
        return PicturePart(storage, region, channels: channels, decodedCount: decodedCount, isEntered: isEntered)
    }

    /// Returns the offset in memory of a stored pixel, which may be outside of this part.
    private func offset(_ pixel: (row: Int, column: Int)) -> Int {
        ((pixel.row - region.y) * region.width + pixel.column - region.x) * channels
    }
}
