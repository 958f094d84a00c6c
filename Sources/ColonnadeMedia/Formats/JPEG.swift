// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import Colonnade
import ColonnadeCore

/// JPEG files: the header in Swift, the pixels by libjpeg-turbo.
enum JPEG {
    /// Reads the segments up to the frame header, which has the size.
    static func header(_ bytes: Span<UInt8>) throws(ColonnadeError) -> ImageHeader {
        var place = 2
        var orientation = 1
        while true {
            guard try bytes.byte(place) == 0xFF else {
                throw .damagedImage("JPEG: there is no marker at byte \(place)")
            }
            while try bytes.byte(place) == 0xFF { place += 1 }
            let marker = try bytes.byte(place)
            place += 1
            switch marker {
            case 0x01, 0xD0...0xD7: continue  // markers without a segment
            case 0xC0...0xC2: return try frame(bytes, place, orientation)
            case 0xC9, 0xCA:
                throw .unsupportedImage("JPEG: it has an arithmetic code, whose decoder does not notice missing data")
            case 0xC3, 0xC5...0xC7, 0xCB, 0xCD...0xCF:
                throw .unsupportedImage("JPEG: it is lossless or hierarchical")
            case 0xD8...0xDA, 0x00: throw .damagedImage("JPEG: there is no frame header before the data")
            default: break
            }
            let length = try bytes.big16(place)
            if marker == 0xE1, bytes.has("Exif\0\0", at: place + 2), orientation == 1 {
                orientation = EXIF.orientation(bytes, place + 8, place + length)
            }
            place += max(length, 2)
        }
    }

    /// Returns whether the marker of the end follows a scan. Those of thumbnails, which are inside of segments, do not count.
    static func hasEnd(_ bytes: Span<UInt8>) -> Bool {
        var (place, hasScan) = (2, false)
        while let marker = nextMarker(bytes, from: place) {
            switch bytes[marker] {
            case 0xD9: return hasScan
            case 0xD8:
                // Another picture begins before the end of the first one.
                if hasScan { return false }
                place = marker + 1
            case let code:
                guard let length = try? bytes.big16(marker + 1) else { return false }
                hasScan = hasScan || code == 0xDA
                place = marker + 1 + max(length, 2)
            }
        }
        return false
    }

    /// Returns the place of the code of the next marker, other than that of a restart; nil if there is none.
    private static func nextMarker(_ bytes: Span<UInt8>, from place: Int) -> Int? {
        guard place < bytes.count else { return nil }
        let found = unsafe bytes.withUnsafeBufferPointer { file in
            unsafe file.baseAddress.map { unsafe colonnade_jpeg_next_marker($0, file.count, place) }
        }
        return found.flatMap { $0 < bytes.count ? $0 : nil }
    }

    private static func frame(
        _ bytes: Span<UInt8>, _ place: Int, _ orientation: Int
    ) throws(ColonnadeError) -> ImageHeader {
        let (height, width) = (try bytes.big16(place + 3), try bytes.big16(place + 5))
        var sampling = (across: 1, down: 1)
        for component in 0..<(try bytes.byte(place + 7)) {
            let factors = try bytes.byte(place + 9 + component * 3)
            sampling = (max(sampling.across, factors >> 4), max(sampling.down, factors & 15))
        }
        // Each unit of up to 4 × 4 blocks of 64 pixels has at least one bit.
        let across = (width + 8 * sampling.across - 1) / (8 * sampling.across)
        let down = (height + 8 * sampling.down - 1) / (8 * sampling.down)
        return ImageHeader(
            .jpeg, width: width, height: height, channels: 3, orientation: orientation,
            leastBytes: across * down / 8)
    }

    /// Decodes a region and pixels beside it. Data below it are not decoded, unless the file has no end.
    ///
    /// - Parameters:
    ///   - reduction: the pixels for each decoded pixel in one direction: 1, 2, 4 or 8. The region is that of the reduced picture.
    ///   - entryPoints: entry points of the file, which are not trusted; nil for none. The complete picture is decoded without.
    static func decode(
        _ bytes: Span<UInt8>, _ header: ImageHeader, _ region: PictureRegion, reducedBy reduction: Int = 1,
        from entryPoints: Tensor? = nil, in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        let (width, height) = (UInt32(header.width), UInt32(header.height))
        let whole = header.reduced(by: reduction).whole
        let columns = min(whole.width, region.width + Int(COLONNADE_JPEG_BESIDE))
        let storage = try scratch.decoded.memory(of: columns * region.height * 3, from: scratch.pool)
        var part = region.rectangle
        var isEntered = false
        let isDone = try unsafe ImageMemory.decode(bytes, header, to: storage) { bytes, length, pixels, message in
            guard let entryPoints, region != whole else {
                return unsafe colonnade_jpeg_decode(
                    bytes, length, width, height, UInt32(reduction), &part, pixels, message)
            }
            return unsafe entryPoints.withUnsafeBytes { list in
                var entries = unsafe colonnade_jpeg_entries(
                    bytes: list.baseAddress!.assumingMemoryBound(to: UInt8.self), length: list.count)
                return unsafe colonnade_jpeg_decode_with(
                    bytes, length, width, height, UInt32(reduction), &entries, &part, pixels, &isEntered, message)
            }
        }
        if isDone { return PicturePart(storage, PictureRegion(part), channels: 3, isEntered: isEntered) }
        guard region != whole else { throw .damagedImage("JPEG: the data end early") }
        return try decode(bytes, header, whole, reducedBy: reduction, in: &scratch)
    }
}
