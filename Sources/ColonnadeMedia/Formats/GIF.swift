// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// GIF files: the first frame, on the whole canvas. A canvas that the frame does not cover, and transparent pixels, get the
/// background color of the file, or black if that is color 0, and the alpha 0.
struct GIF {
    let header: ImageHeader
    private let background: ArraySlice<UInt8>
    private let palette: [UInt8]
    private let transparent: Int?
    private let frame: (left: Int, top: Int, width: Int, height: Int)
    private let isInterlaced: Bool
    /// The place of the smallest code size, after which the data begin.
    private let start: Int

    init(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        let (width, height) = (try bytes.little16(6), try bytes.little16(8))
        var place = 13
        let global = try GIF.palette(bytes, try bytes.byte(10), &place)
        let color = try bytes.byte(11) * 3
        background = color > 0 && color < global.count ? global[color..<color + 3] : [0, 0, 0]
        var transparent: Int?
        while try bytes.byte(place) != 0x2C {
            guard try bytes.byte(place) == 0x21 else { throw .damagedImage("GIF: there is no block at byte \(place)") }
            if try bytes.byte(place + 1) == 0xF9, try bytes.byte(place + 2) >= 4 {
                transparent = try bytes.byte(place + 3) & 1 == 1 ? try bytes.byte(place + 6) : nil
            }
            place += 2
            try GIF.skipParts(bytes, &place)
        }
        frame = (
            try bytes.little16(place + 1), try bytes.little16(place + 3), try bytes.little16(place + 5),
            try bytes.little16(place + 7)
        )
        let flags = try bytes.byte(place + 9)
        isInterlaced = flags & 0x40 != 0
        place += 10
        let local = try GIF.palette(bytes, flags, &place)
        palette = local.isEmpty ? global : local
        self.transparent = transparent
        start = place
        guard !palette.isEmpty else { throw .damagedImage("GIF: it has no palette") }
        guard frame.left + frame.width <= width, frame.top + frame.height <= height else {
            throw .damagedImage("GIF: its first frame is larger than its canvas")
        }
        let isFull = frame.width == width && frame.height == height
        // A code of at most 12 bits makes at most 4,096 pixels. A large canvas is no less believable than a large frame.
        let claimed = width * height > GIF.emptyPixels ? width * height : frame.width * frame.height
        header = ImageHeader(
            .gif, width: width, height: height, channels: transparent == nil && isFull ? 3 : 4,
            leastBytes: claimed / 4096)
    }

    /// The number of pixels up to which a canvas may be nearly empty.
    private static let emptyPixels = 1 << 20

    /// Reads a palette if the flags say that there is one.
    private static func palette(
        _ bytes: Span<UInt8>, _ flags: Int, _ place: inout Int
    ) throws(ColonnadeError) -> [UInt8] {
        guard flags & 0x80 != 0 else { return [] }
        var palette: [UInt8] = []
        for _ in 0..<3 << (flags & 7 + 1) {
            palette.append(UInt8(try bytes.byte(place)))
            place += 1
        }
        return palette
    }

    /// Skips the parts of a block, of which each begins with its length.
    private static func skipParts(_ bytes: Span<UInt8>, _ place: inout Int) throws(ColonnadeError) {
        while true {
            let length = try bytes.byte(place)
            place += 1 + length
            if length == 0 { return }
        }
    }

    /// The number of pixels of the frame, each of which has an index of one byte.
    var indexCount: Int { frame.width * frame.height }

    /// Writes the indices of the colors of the frame, in the order of the data. Throws `invalidSource` for damaged data.
    func writeIndices(_ bytes: Span<UInt8>, to indices: inout MutableSpan<UInt8>) throws(ColonnadeError) {
        try LZW.decode(bytes, codeSize: try bytes.byte(start), at: start + 1, count: indexCount, to: &indices)
        var end = start + 1
        guard (try? GIF.skipParts(bytes, &end)) != nil, end < bytes.count else { throw .truncatedImage(bytes.count) }
    }

    /// Returns whether all frames have their data, and the end of the file, or bytes that are no block, follow them.
    func hasEnd(_ bytes: Span<UInt8>) -> Bool { (try? frameCount(bytes)) != nil }

    /// Returns whether another frame follows the first one. Throws `invalidSource` for a file that ends early.
    func hasMoreFrames(_ bytes: Span<UInt8>) throws(ColonnadeError) -> Bool { try frameCount(bytes) > 1 }

    /// Returns the number of frames. Throws `invalidSource` for a file that ends early.
    private func frameCount(_ bytes: Span<UInt8>) throws(ColonnadeError) -> Int {
        var (place, count) = (start + 1, 1)
        try GIF.skipParts(bytes, &place)
        while true {
            switch try bytes.byte(place) {
            case 0x21: place += 2
            case 0x2C:
                let flags = try bytes.byte(place + 9)
                place += 10 + (flags & 0x80 == 0 ? 0 : 3 << (flags & 7 + 1)) + 1
                count += 1
            default: return count
            }
            try GIF.skipParts(bytes, &place)
        }
    }

    /// Writes the pixels of indices: RGB, or RGB and alpha. Throws `invalidSource` for an index that is not in the palette.
    func write(
        _ indices: Span<UInt8>, channels: Int, to pixels: inout MutableSpan<UInt8>
    ) throws(ColonnadeError) {
        let empty = Array(background) + [0]
        for place in 0..<header.width * header.height * channels { pixels[place] = empty[place % channels] }
        for (line, row) in rows().enumerated() {
            for column in 0..<frame.width {
                let index = Int(indices[line * frame.width + column])
                if index == transparent { continue }
                guard index * 3 + 2 < palette.count else {
                    throw .damagedImage("GIF: color \(index) is none of its \(palette.count / 3) colors")
                }
                let target = ((frame.top + row) * header.width + frame.left + column) * channels
                for channel in 0..<3 { pixels[target + channel] = palette[index * 3 + channel] }
                if channels == 4 { pixels[target + 3] = 255 }
            }
        }
    }

    /// Returns the rows of the frame in the order of the data.
    private func rows() -> [Int] {
        guard isInterlaced else { return Array(0..<frame.height) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: frame.height, by: $0.1)) }
    }
}
