// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// TGA files: gray, palette and RGB, also run-length coded.
struct TGA {
    let header: ImageHeader
    private let isRunLengthCoded: Bool
    private let isTopDown: Bool
    private let isRightToLeft: Bool
    /// The place of the first pixel.
    private let start: Int
    private let pixelBytes: Int
    private let palette: [[UInt8]]
    /// The number in the file of the first color of the palette.
    private let paletteStart: Int

    private static let headerLength = 18

    /// Returns whether bytes can be a TGA file, which has no signature at its beginning: all fields of the header that have few
    /// possible values must have one of them.
    static func isPlausible(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > headerLength else { return false }
        let (mapType, type, depth) = (bytes[1], bytes[2] & ~8, bytes[16])
        guard mapType <= 1, bytes[2] & ~0x0B == 0, bytes[17] & 0xC0 == 0 else { return false }
        if mapType == 1, ![15, 16, 24, 32].contains(bytes[7]) { return false }
        switch type {
        case 1: return mapType == 1 && depth == 8
        case 2: return [15, 16, 24, 32].contains(depth)
        case 3: return depth == 8 || depth == 16
        default: return false
        }
    }

    init(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        let type = try bytes.byte(2)
        isRunLengthCoded = type > 8
        isTopDown = try bytes.byte(17) & 0x20 != 0
        isRightToLeft = try bytes.byte(17) & 0x10 != 0
        let (width, height) = (try bytes.little16(12), try bytes.little16(14))
        let depth = try bytes.byte(16)
        pixelBytes = (depth + 7) / 8
        paletteStart = try bytes.little16(3)
        let entryBits = try bytes.byte(7)
        let entryBytes = (entryBits + 7) / 8
        let first = try TGA.headerLength + bytes.byte(0)
        let hasPalette = try bytes.byte(1) == 1
        let entries = hasPalette ? try bytes.little16(5) : 0
        start = first + entries * entryBytes
        let isIndexed = type & ~8 == 1
        var palette: [[UInt8]] = []
        if isIndexed {
            guard entries > 0 else { throw .damagedImage("TGA: it has no palette") }
            for entry in 0..<entries {
                palette.append(try TGA.color(bytes, first + entry * entryBytes, entryBits))
            }
        }
        self.palette = palette
        let channels = type & ~8 == 3 ? pixelBytes : (isIndexed ? entryBits : depth) == 32 ? 4 : 3
        let raw = width * height * pixelBytes
        // A packet of a run has at most 128 pixels.
        let coded = (width * height + 127) / 128 * (1 + pixelBytes)
        header = ImageHeader(
            .tga, width: width, height: height, channels: channels, leastBytes: start + (isRunLengthCoded ? coded : raw)
        )
    }

    /// Returns a color as red, green and blue, and alpha if it has 32 bits.
    private static func color(_ bytes: Span<UInt8>, _ place: Int, _ depth: Int) throws(ColonnadeError) -> [UInt8] {
        if depth <= 16 {
            let pixel = try bytes.little16(place)
            return [10, 5, 0].map { UInt8((pixel >> $0 & 31) * 255 / 31) }
        }
        let (blue, green, red) = (try bytes.byte(place), try bytes.byte(place + 1), try bytes.byte(place + 2))
        let opaque = [UInt8(red), UInt8(green), UInt8(blue)]
        return depth == 32 ? opaque + [UInt8(try bytes.byte(place + 3))] : opaque
    }

    private func pixel(_ bytes: Span<UInt8>, _ place: Int) throws(ColonnadeError) -> [UInt8] {
        if !palette.isEmpty {
            let index = try bytes.byte(place) - paletteStart
            guard palette.indices.contains(index) else {
                throw .damagedImage("TGA: color \(index + paletteStart) is not in its palette")
            }
            return palette[index]
        }
        if header.channels == 1 { return [UInt8(try bytes.byte(place))] }
        if header.channels == 2 { return [UInt8(try bytes.byte(place)), UInt8(try bytes.byte(place + 1))] }
        return try TGA.color(bytes, place, pixelBytes * 8)
    }

    /// Returns whether the file has all packets. Without a run-length code, the header tells the size, which is checked with it.
    func hasEnd(_ bytes: Span<UInt8>) -> Bool {
        guard isRunLengthCoded else { return true }
        var (place, missing) = (start, header.width * header.height)
        while missing > 0, place < bytes.count {
            let packet = Int(bytes[place])
            let length = min(packet & 127 + 1, missing)
            place += 1 + (packet > 127 ? 1 : length) * pixelBytes
            missing -= length
        }
        return missing == 0 && place <= bytes.count
    }

    /// Writes the first `channels` channels of the pixels from top to bottom. Throws `invalidSource` for data that end early, and for a
    /// color that is not in the palette.
    func write(
        _ bytes: Span<UInt8>, channels: Int, to pixels: inout MutableSpan<UInt8>
    ) throws(ColonnadeError) {
        let count = header.width * header.height
        var place = start
        var done = 0
        while done < count {
            var (length, isRun) = (count - done, false)
            if isRunLengthCoded {
                let packet = try bytes.byte(place)
                place += 1
                (length, isRun) = (min(packet & 127 + 1, count - done), packet > 127)
            }
            var color: [UInt8] = []
            for index in 0..<length {
                if index == 0 || !isRun {
                    color = try pixel(bytes, place)
                    place += pixelBytes
                }
                let target = self.target(of: done + index) * channels
                for channel in 0..<channels { pixels[target + channel] = color[channel] }
            }
            done += length
        }
    }

    /// Returns the index, from top to bottom, of a pixel of the file.
    private func target(of index: Int) -> Int {
        if isTopDown, !isRightToLeft { return index }
        let (row, column) = index.quotientAndRemainder(dividingBy: header.width)
        return (isTopDown ? row : header.height - 1 - row) * header.width
            + (isRightToLeft ? header.width - 1 - column : column)
    }
}
