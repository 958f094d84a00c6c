// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import ColonnadeCore

extension JPEG {
    /// Returns pixels, `[height, width, 1]` or `[height, width, 3]` of uint8, as a JPEG file.
    ///
    /// Throws `invalidArgument` for other shapes and data types, and for pictures without pixels or with more than 65,500 in one
    /// direction.
    static func encode(_ image: Tensor, quality: Int) throws(ColonnadeError) -> [UInt8] {
        guard image.dtype == .uint8, image.rank == 3, [1, 3].contains(image.shape[2]) else {
            throw ColonnadeError(.invalidArgument) {
                "\(image) cannot be saved as JPEG: pictures are uint8 of the shape [height, width, 1 or 3], as \($0.colorChannels) "
                    + "decodes them"
            }
        }
        let (height, width) = (image.shape[0], image.shape[1])
        let limit = 1...65_500
        guard limit.contains(height), limit.contains(width) else {
            throw ColonnadeError(
                .invalidArgument,
                "\(width) × \(height) pixels cannot be saved as JPEG: both sizes must be 1 to 65500, so resize or crop it first"
            )
        }
        var message = [CChar](repeating: 0, count: Int(COLONNADE_IMAGE_MESSAGE))
        var (file, length): (UnsafeMutablePointer<UInt8>?, Int) = (nil, 0)
        let result = unsafe image.withUnsafeBytes { pixels in
            unsafe message.withUnsafeMutableBufferPointer { text in
                unsafe colonnade_jpeg_encode(
                    pixels.bindMemory(to: UInt8.self).baseAddress!, UInt32(width), UInt32(height),
                    UInt32(image.shape[2]), Int32(quality), &file, &length, text.baseAddress!)
            }
        }
        guard result == Int32(COLONNADE_IMAGE_DONE) else {
            throw ColonnadeError(.outOfMemory, "there is no memory to encode a picture of \(width) × \(height) pixels")
        }
        defer { unsafe colonnade_image_free(file) }
        return unsafe Array(UnsafeBufferPointer(start: file, count: length))
    }
}
