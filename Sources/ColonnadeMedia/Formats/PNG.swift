// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import Colonnade
import ColonnadeCore

/// PNG files: the header in Swift, the pixels by libpng.
enum PNG {
    /// Returns whether the file is an animation: its chunk `acTL` comes before the pixels.
    static func hasMoreFrames(_ bytes: Span<UInt8>) throws(ColonnadeError) -> Bool {
        var place = 8
        while !bytes.has("IDAT", at: place + 4) {
            if bytes.has("acTL", at: place + 4) { return true }
            place += 12 + (try bytes.big32(place))
        }
        return false
    }

    /// Reads the chunks with the size and the orientation.
    static func header(_ bytes: Span<UInt8>) throws(ColonnadeError) -> ImageHeader {
        guard try bytes.big32(8) == 13, bytes.has("IHDR", at: 12) else {
            throw .damagedImage("PNG: its first chunk is no header")
        }
        let (width, height) = (try bytes.big32(16), try bytes.big32(20))
        let (depth, color) = (try bytes.byte(24), try bytes.byte(25))
        var (isTransparent, orientation) = (false, 1)
        var place = 8
        while !bytes.has("IDAT", at: place + 4) {
            let length = try bytes.big32(place)
            if bytes.has("tRNS", at: place + 4) { isTransparent = true }
            if bytes.has("eXIf", at: place + 4) {
                orientation = EXIF.orientation(bytes, min(place + 8, bytes.count), place + 8 + length)
            }
            if bytes.has("IEND", at: place + 4) { throw .damagedImage("PNG: it has no pixels") }
            place += 12 + length
        }
        // The orientation may come after the pixels.
        while orientation == 1, place <= bytes.count - 12, !bytes.has("IEND", at: place + 4) {
            let length = try bytes.big32(place)
            if bytes.has("eXIf", at: place + 4) {
                orientation = EXIF.orientation(bytes, min(place + 8, bytes.count), place + 8 + length)
            }
            place += 12 + length
        }
        let channels: Int
        switch color {
        case 0: channels = isTransparent ? 2 : 1
        case 2, 3: channels = isTransparent ? 4 : 3
        case 4: channels = 2
        case 6: channels = 4
        default: throw .damagedImage("PNG: there is no color type \(color)")
        }
        // zlib makes at most 1,032 bytes of one byte.
        let samples = [2: 3, 4: 2, 6: 4][color] ?? 1
        let rowBytes = (width * samples * min(depth, 16) + 7) / 8
        return ImageHeader(
            .png, width: width, height: height, channels: channels, orientation: orientation,
            leastBytes: rowBytes.multipliedReportingOverflow(by: height).partialValue / 1032)
    }

    /// Decodes the rows of a region. Data below them are not decoded, unless the picture is interlaced or the file has no end. Damage in
    /// a chunk of which a part is decoded is an error.
    static func decode(
        _ bytes: Span<UInt8>, _ header: ImageHeader, _ region: PictureRegion, channels: Int,
        in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        let isWhole = region.height == header.height || !hasEnd(bytes)
        let (first, rows) = isWhole ? (0, header.height) : (region.y, region.height)
        let storage = try scratch.decoded.memory(of: header.width * rows * channels, from: scratch.pool)
        let (width, height) = (UInt32(header.width), UInt32(header.height))
        let isDone = try unsafe ImageMemory.decode(bytes, header, to: storage) { bytes, length, pixels, message in
            unsafe colonnade_png_decode(
                bytes, length, width, height, UInt32(channels), UInt32(first), UInt32(rows), pixels, message)
        }
        guard isDone || isWhole else {
            return try decode(bytes, header, header.whole, channels: channels, in: &scratch)
        }
        return PicturePart(
            storage, PictureRegion(x: 0, y: first, width: header.width, height: rows), channels: channels)
    }

    /// Returns whether all chunks are there, up to the one that ends the file.
    static func hasEnd(_ bytes: Span<UInt8>) -> Bool {
        var place = 8
        while let length = try? bytes.big32(place), place + 12 + length <= bytes.count {
            if bytes.has("IEND", at: place + 4) { return true }
            place += 12 + length
        }
        return false
    }
}
