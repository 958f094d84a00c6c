// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import ColonnadeCore

/// WebP files of one picture: the header in Swift, the pixels by libwebp.
enum WebP {
    static func header(_ bytes: Span<UInt8>) throws(ColonnadeError) -> ImageHeader {
        let first = 20  // the contents of the first chunk
        if bytes.has("VP8 ", at: 12) {
            guard try bytes.byte(first + 3) == 0x9D, try bytes.byte(first + 4) == 0x01,
                try bytes.byte(first + 5) == 0x2A
            else { throw .damagedImage("WebP: it has no key frame") }
            let (width, height) = (try bytes.little16(first + 6) & 0x3FFF, try bytes.little16(first + 8) & 0x3FFF)
            return ImageHeader(.webp, width: width, height: height, channels: 3)
        }
        if bytes.has("VP8L", at: 12) {
            guard try bytes.byte(first) == 0x2F else {
                throw .damagedImage("WebP: its lossless data have no signature")
            }
            let bits = try bytes.little32(first + 1)
            return ImageHeader(
                .webp, width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1,
                channels: bits >> 28 & 1 == 1 ? 4 : 3)
        }
        guard bytes.has("VP8X", at: 12) else { throw .damagedImage("WebP: its first chunk is none of a picture") }
        let flags = try bytes.byte(first)
        if flags & 0x02 != 0 { throw .unsupportedImage("WebP: it is an animation") }
        let width = (try bytes.little16(first + 4) | bytes.byte(first + 6) << 16) + 1
        let height = (try bytes.little16(first + 7) | bytes.byte(first + 9) << 16) + 1
        return ImageHeader(
            .webp, width: width, height: height, channels: flags & 0x10 != 0 ? 4 : 3,
            orientation: flags & 0x08 != 0 ? orientation(bytes) : 1)
    }

    /// Returns the orientation in the chunk of EXIF, which comes after the pixels.
    private static func orientation(_ bytes: Span<UInt8>) -> Int {
        var place = 12
        while let length = try? bytes.little32(place + 4) {
            if bytes.has("EXIF", at: place) {
                // Some programs write the prefix that JPEG has.
                let start = place + (bytes.has("Exif\0\0", at: place + 8) ? 14 : 8)
                return EXIF.orientation(bytes, min(start, bytes.count), place + 8 + length)
            }
            place += 8 + length + length % 2
        }
        return 1
    }

    static func decode(_ bytes: Span<UInt8>, to target: ImageTarget) throws(ColonnadeError) -> Tensor {
        let (width, height, channels) = (UInt32(target.width), UInt32(target.height), UInt32(target.channels))
        return try unsafe target.tensor(bytes, "WebP") { bytes, length, pixels, message in
            unsafe colonnade_webp_decode(bytes, length, width, height, channels, pixels, message)
        }
    }
}
