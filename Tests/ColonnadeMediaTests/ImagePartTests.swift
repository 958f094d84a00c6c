// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeMedia
import Testing

/// Parts of pictures, which must have the pixels of the complete picture.
@Suite struct ImagePartTests {
    private func whole(_ picture: Tensor) -> PictureRegion {
        PictureRegion(x: 0, y: 0, width: picture.shape[1], height: picture.shape[0])
    }

    /// Returns a region of a picture, of any size at any place, which is small two times of three.
    private func region(of picture: Tensor, _ random: inout SplitMix64) -> PictureRegion {
        func range(_ size: Int) -> (start: Int, count: Int) {
            let count = 1 + random.below(random.below(3) == 0 ? size : min(size, 9))
            return (random.below(size - count + 1), count)
        }
        let (across, down) = (range(picture.shape[1]), range(picture.shape[0]))
        return PictureRegion(x: across.start, y: down.start, width: across.count, height: down.count)
    }

    /// Returns the pixels of a region that a part has.
    private func pixels(_ part: PicturePart, _ region: PictureRegion) throws -> [[UInt8]] {
        let bytes = try part.tensor.elements(as: UInt8.self)
        return (0..<region.height).map { row in
            let place = (region.y + row - part.region.y) * part.region.width + region.x - part.region.x
            return Array(bytes[place * part.channels..<(place + region.width) * part.channels])
        }
    }

    private func check(_ bytes: [UInt8], _ decoder: ImageDecoder, _ name: String, regions: Int) throws {
        let picture = try decoder.decode(bytes)
        let complete = PicturePart(picture.storage, whole(picture), channels: picture.shape[2])
        var random = SplitMix64(seed: 5, epoch: 0, row: bytes.count)
        for _ in 0..<regions {
            let region = region(of: picture, &random)
            var scratch = PictureScratch(from: TensorPool(keeping: 4))
            let part = try decoder.decode(bytes.span, region, in: &scratch)
            #expect(part.channels == picture.shape[2])
            #expect(try pixels(part, region) == pixels(complete, region), "\(name), \(region)")
        }
    }

    @Test func `a part of each file has the pixels of the complete picture`() throws {
        for file in try ImageFixture.all() {
            try check(ImageFixture.bytes(file.name), ImageDecoder(file.options), file.name, regions: 3)
        }
        // Gray values become colors, also in parts.
        let rgb = ImageDecoder(ImageOptions(channels: .rgb))
        for name in ["pngsuite/basn0g08.png", "pngsuite/basn4a08.png", "pngsuite/basn6a08.png", "made/gray.pgm"] {
            let bytes = try ImageFixture.bytes(name)
            #expect(try rgb.decode(bytes).shape[2] == 3)
            try check(bytes, rgb, name, regions: 3)
            let (color, stored) = (try rgb.decode(bytes), try ImageDecoder().decode(bytes))
            let channels = stored.shape[2]
            let (left, right) = (try color.elements(as: UInt8.self), try stored.elements(as: UInt8.self))
            let isEqual = left.indices.allSatisfy { place in
                left[place] == right[place / 3 * channels + (channels == 3 ? place % 3 : 0)]
            }
            #expect(isEqual, "\(name)")
        }
    }

    @Test func `parts of JPEG files of other samplings`() throws {
        var bytes = try ImageFixture.bytes("jpeg/video-001.q50.420.jpeg")
        let frame = try #require((0..<bytes.count - 1).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
        // The same 70 units of 6 blocks, in units of 32 × 8 pixels and of 8 × 32.
        for (factors, width, height) in [(0x41, 150, 110), (0x14, 77, 220)] as [(UInt8, UInt8, UInt8)] {
            (bytes[frame + 11], bytes[frame + 6], bytes[frame + 8]) = (factors, height, width)
            try check(bytes, ImageDecoder(), "sampling \(factors)", regions: 30)
        }
    }

    @Test func `data below a part are not decoded, and a file that ends early is an error all the same`() throws {
        let region = PictureRegion(x: 20, y: 10, width: 30, height: 20)
        let png = try splitPNG(ImageFixture.bytes("jpeg/video-001.png")).file
        for bytes in [try ImageFixture.bytes("jpeg/video-001.jpeg"), png] {
            let decoder = ImageDecoder()
            let complete = try decoder.decode(bytes)
            let whole = PicturePart(complete.storage, whole(complete), channels: 3)
            var damaged = bytes
            for place in bytes.count - 60..<bytes.count - 20 { damaged[place] = 0x5A }
            var scratch = PictureScratch(from: TensorPool(keeping: 4))
            let part = try decoder.decode(damaged.span, region, in: &scratch)
            #expect(try pixels(part, region) == pixels(whole, region))
            #expect(throws: ColonnadeError.self) { try decoder.decode(damaged) }
            for missing in [2, 13, 60, 1000] {
                let cut = Array(bytes.dropLast(missing))
                let error = #expect(throws: ColonnadeError.self) {
                    var scratch = PictureScratch(from: TensorPool(keeping: 4))
                    _ = try decoder.decode(cut.span, region, in: &scratch)
                }
                let expected = #expect(throws: ColonnadeError.self) { try decoder.decode(cut) }
                #expect(error?.message == expected?.message)
            }
        }
    }

    /// Returns a PNG file whose one chunk of pixels is divided into two, and the ranges of their data.
    private func splitPNG(_ file: [UInt8]) throws -> (file: [UInt8], first: Range<Int>, second: Range<Int>) {
        let place = try #require((0..<file.count - 4).first { file[$0..<$0 + 4].elementsEqual("IDAT".utf8) }) - 4
        let count = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        let (start, end) = (place + 8, place + 8 + count)
        func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func chunk(_ range: Range<Int>) -> [UInt8] {
            let named = Array("IDAT".utf8) + file[range]
            return bigEndian(UInt32(range.count)) + named + bigEndian(ImageFixture.checksum(named))
        }
        let middle = start + count / 2
        let split = file[..<place] + chunk(start..<middle) + chunk(middle..<end) + file[(end + 4)...]
        return (Array(split), start..<middle, middle + 12..<end + 12)
    }

    @Test func `damage in a chunk of a PNG file is an error of all parts that need the chunk`() throws {
        let decoder = ImageDecoder()
        func isRefused(_ bytes: [UInt8], _ damagedPlace: Int, _ region: PictureRegion) -> Bool {
            var (damaged, scratch) = (bytes, PictureScratch(from: TensorPool(keeping: 0)))
            damaged[damagedPlace] ^= 0x10
            return (try? decoder.decode(damaged.span, region, in: &scratch)) == nil
        }
        // Both chunks, and also the two checksums and the second header, are needed for the last row; the first one for all rows.
        let (small, first, second) = try splitPNG(ImageFixture.bytes("pngsuite/basn3p08.png"))
        let low = PictureRegion(x: 3, y: 30, width: 5, height: 1)
        for place in first.lowerBound..<second.upperBound + 4 { #expect(isRefused(small, place, low), "byte \(place)") }
        let top = PictureRegion(x: 3, y: 2, width: 5, height: 1)
        for place in first.lowerBound..<first.upperBound + 4 { #expect(isRefused(small, place, top), "byte \(place)") }
        #expect(!isRefused(small, second.upperBound - 1, top))
    }

    @Test func `a part knows how many pixels were decoded for it`() throws {
        let region = PictureRegion(x: 1, y: 2, width: 3, height: 2)
        func part(_ name: String, _ options: ImageOptions = ImageOptions()) throws -> (part: PicturePart, all: Int) {
            let (bytes, decoder) = (try ImageFixture.bytes(name), ImageDecoder(options))
            var scratch = PictureScratch(from: TensorPool(keeping: 0))
            let size = try decoder.size(bytes.span)
            return (try decoder.decode(bytes.span, region, in: &scratch), size.width * size.height)
        }
        let gray = try part("made/gray.pgm", ImageOptions(channels: .rgb))
        #expect(gray.part.region == region && gray.part.decodedCount == gray.all)
        let rows = try part("pngsuite/basn0g08.png", ImageOptions(channels: .rgb))
        #expect(rows.part.region == region && rows.part.decodedCount == 32 * 2)
        let color = try part("jpeg/video-001.jpeg").part
        #expect(color.decodedCount == color.region.width * color.region.height)
    }
}
