// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// BMP files of 1 to 32 bits a pixel that are not compressed.
struct BMP {
    let header: ImageHeader
    private let isTopDown: Bool
    private let bitsPerPixel: Int
    private let start: Int
    /// The number of bytes from one row to the next.
    private let stride: Int
    private let palette: [[UInt8]]
    /// The places of red, green, blue and alpha in a pixel of 16 or 32 bits.
    private let fields: [BitField]

    /// A channel as some bits of a pixel.
    private struct BitField {
        let shift: Int
        let bits: Int

        init(mask: Int) throws(ColonnadeError) {
            shift = mask == 0 ? 0 : mask.trailingZeroBitCount
            bits = (mask >> shift).nonzeroBitCount
            guard mask >> shift == (1 << bits) - 1 else {
                throw .damagedImage("BMP: the mask of a channel has gaps")
            }
        }

        /// Returns the channel with 8 bits: longer values are cut, and the bits of shorter ones are repeated.
        func value(_ pixel: Int) -> UInt8 {
            let value = pixel >> shift & ((1 << bits) - 1)
            guard bits > 0, bits < 8 else { return bits == 0 ? 0 : UInt8(value >> (bits - 8)) }
            var (result, count) = (value << (8 - bits), bits)
            while count < 8 {
                result |= result >> count
                count *= 2
            }
            return UInt8(truncatingIfNeeded: result)
        }
    }

    init(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        start = try bytes.little32(10)
        let headerLength = try bytes.little32(14)
        let isOld = headerLength == 12  // of OS/2
        guard isOld || (40...124).contains(headerLength) else {
            throw .unsupportedImage("BMP: its header has \(headerLength) bytes")
        }
        let width = isOld ? try bytes.little16(18) : try bytes.little32(18)
        let signedHeight = isOld ? try bytes.little16(20) : Int(Int32(truncatingIfNeeded: try bytes.little32(22)))
        isTopDown = signedHeight < 0
        let bits = isOld ? try bytes.little16(24) : try bytes.little16(28)
        let compression = isOld ? 0 : try bytes.little32(30)
        guard [1, 2, 4, 8, 16, 24, 32].contains(bits) else { throw .damagedImage("BMP: it has \(bits) bits a pixel") }
        let hasMasks = [3, 6].contains(compression) && (bits == 16 || bits == 32)
        guard compression == 0 || hasMasks else {
            throw .unsupportedImage("BMP: it is compressed")
        }
        var masks = bits == 16 ? [0x7C00, 0x03E0, 0x001F, 0] : [0xFF_0000, 0xFF00, 0xFF, 0]
        if hasMasks {
            for channel in 0..<3 { masks[channel] = try bytes.little32(54 + channel * 4) }
            if compression == 6 || headerLength >= 56 { masks[3] = try bytes.little32(66) }
        }
        var fields: [BitField] = []
        for mask in masks { fields.append(try BitField(mask: mask)) }
        self.fields = fields
        var palette: [[UInt8]] = []
        if bits <= 8 {
            let first = 14 + headerLength
            let size = isOld ? 3 : 4
            let used = isOld ? 0 : try bytes.little32(46)
            let count = min(used == 0 ? 1 << bits : min(used, 1 << bits), max(0, start - first) / size)
            for entry in 0..<count {
                let place = first + entry * size
                palette.append([
                    UInt8(try bytes.byte(place + 2)), UInt8(try bytes.byte(place + 1)), UInt8(try bytes.byte(place)),
                ])
            }
        }
        self.palette = palette
        bitsPerPixel = bits
        stride = (width * bits + 31) / 32 * 4
        let height = abs(signedHeight)
        let pixelBytes = stride.multipliedReportingOverflow(by: max(height - 1, 0))
        // The last row may lack the bytes that align it.
        let least = pixelBytes.overflow ? Int.max / 2 : pixelBytes.partialValue + (width * bits + 7) / 8
        header = ImageHeader(
            .bmp, width: width, height: height, channels: bits > 8 && fields[3].bits > 0 ? 4 : 3,
            leastBytes: least.saturatingSum(start))
    }

    /// Writes the first `channels` channels of the pixels from top to bottom. Throws `invalidSource` for an index that is not in the
    /// palette.
    func write(
        _ bytes: Span<UInt8>, channels: Int, to pixels: inout MutableSpan<UInt8>
    ) throws(ColonnadeError) {
        var target = 0
        for row in 0..<header.height {
            let place = start + (isTopDown ? row : header.height - 1 - row) * stride
            for column in 0..<header.width {
                switch bitsPerPixel {
                case 24:
                    for channel in 0..<3 {
                        pixels[target + channel] = UInt8(try bytes.byte(place + column * 3 + 2 - channel))
                    }
                case 16, 32:
                    let pixel =
                        bitsPerPixel == 16
                        ? try bytes.little16(place + column * 2) : try bytes.little32(place + column * 4)
                    for channel in 0..<channels { pixels[target + channel] = fields[channel].value(pixel) }
                default:
                    let bit = column * bitsPerPixel
                    let byte = try bytes.byte(place + bit / 8)
                    let index = byte >> (8 - bitsPerPixel - bit % 8) & ((1 << bitsPerPixel) - 1)
                    guard palette.indices.contains(index) else {
                        throw .damagedImage("BMP: color \(index) is none of its \(palette.count) colors")
                    }
                    for channel in 0..<3 { pixels[target + channel] = palette[index][channel] }
                }
                target += channels
            }
        }
    }
}
