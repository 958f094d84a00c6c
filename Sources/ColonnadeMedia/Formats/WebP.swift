// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import Colonnade
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

    /// Returns whether the file is as long as its header says, and has all of its pixels.
    static func hasEnd(_ bytes: Span<UInt8>) -> Bool {
        guard let size = try? bytes.little32(4), size <= bytes.count - 8 else { return false }
        var place = 12
        while let length = try? bytes.little32(place + 4), length <= bytes.count - place - 8 {
            if bytes.has("VP8 ", at: place) || bytes.has("VP8L", at: place) { return true }
            place += 8 + length + length % 2
        }
        return false
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

    /// The pixels beyond a region that are decoded so that those of the region are correct.
    private static let margin = 4

    /// Decodes a region and pixels around it. Data below are not decoded, unless the file is shorter than its header says.
    static func decode(
        _ bytes: Span<UInt8>, _ header: ImageHeader, _ region: PictureRegion, channels: Int,
        in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        var part = header.whole
        if let size = try? bytes.little32(4), size + 8 <= bytes.count {
            // Colors have half the resolution, so that a part begins with an even row and column.
            (part.x, part.y) = (max(region.x - margin, 0) & ~1, max(region.y - margin, 0) & ~1)
            part.width = min(region.x + region.width + margin, header.width) - part.x
            part.height = min(region.y + region.height + margin, header.height) - part.y
        }
        let storage = try scratch.decoded.memory(of: part.width * part.height * channels, from: scratch.pool)
        let (width, height) = (UInt32(header.width), UInt32(header.height))
        var rectangle = part.rectangle
        _ = try unsafe ImageMemory.decode(bytes, header, to: storage) { bytes, length, pixels, message in
            unsafe colonnade_webp_decode(
                bytes, length, width, height, UInt32(channels), &rectangle, pixels, message)
        }
        return PicturePart(storage, part, channels: channels)
    }
}
