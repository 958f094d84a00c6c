// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Files of Netpbm: PBM, PGM and PPM, as text and binary. All values are scaled to 0...255.
struct PNM {
    let header: ImageHeader
    /// The digit of the signature: 1 to 3 for text, 4 to 6 for binary values; bits, gray or RGB.
    private let variant: Int
    private let maximum: Int
    /// The place of the first pixel.
    private let start: Int

    init(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        variant = try bytes.byte(1) - 0x30
        var place = 2
        let width = try PNM.number(bytes, &place)
        let height = try PNM.number(bytes, &place)
        let isBits = variant % 3 == 1
        maximum = isBits ? 1 : try PNM.number(bytes, &place)
        guard (1...65_535).contains(maximum) else { throw .damagedImage("PNM: its largest value is \(maximum)") }
        start = place + 1
        let channels = variant % 3 == 0 ? 3 : 1
        let rowBytes: Int
        switch variant {
        case 4: rowBytes = (width + 7) / 8
        case 5, 6: rowBytes = width * channels * (maximum > 255 ? 2 : 1)
        default: rowBytes = width * channels  // a digit each, at least
        }
        header = ImageHeader(
            .pnm, width: width, height: height, channels: channels,
            leastBytes: rowBytes.saturatingProduct(height).saturatingSum(start))
    }

    /// Reads a number and leaves `place` after its last digit. Throws for a number of more than nine digits.
    private static func number(_ bytes: Span<UInt8>, _ place: inout Int) throws(ColonnadeError) -> Int {
        var byte = try bytes.byte(place)
        while byte == 0x23 || byte == 0x20 || (0x09...0x0D).contains(byte) {
            if byte == 0x23 {
                while try bytes.byte(place) != 0x0A { place += 1 }
            }
            place += 1
            byte = try bytes.byte(place)
        }
        var value = 0
        let first = place
        while (0x30...0x39).contains(byte), place - first < 10 {
            value = value * 10 + byte - 0x30
            place += 1
            if place == bytes.count { break }
            byte = try bytes.byte(place)
        }
        guard place > first, place - first < 10 else { throw .damagedImage("PNM: there is no number at byte \(first)") }
        return value
    }

    /// Returns whether the file has all values. Those of text are counted; the header tells the size of others, which is checked with it.
    func hasEnd(_ bytes: Span<UInt8>) -> Bool {
        guard variant <= 3 else { return true }
        var missing = header.width * header.height * header.channels
        var (place, isInNumber, isInComment) = (start - 1, false, false)
        while missing > 0, place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == 0x23 { isInComment = true }
            if isInComment {
                (isInComment, isInNumber) = (byte != 0x0A, false)
                continue
            }
            let isDigit = (0x30...0x39).contains(byte)
            // Bits need no space between them.
            if isDigit, !isInNumber || variant == 1 { missing -= 1 }
            isInNumber = isDigit
        }
        return missing == 0
    }

    /// Writes the pixels. Throws `invalidSource` for values above the largest, and for bytes that are no number.
    func write(_ bytes: Span<UInt8>, to pixels: inout MutableSpan<UInt8>) throws(ColonnadeError) {
        let count = header.width * header.height * header.channels
        var (place, target) = (start, 0)
        switch variant {
        case 1:
            while target < count {
                let byte = try bytes.byte(place)
                place += 1
                switch byte {
                case 0x30, 0x31:
                    pixels[target] = byte == 0x30 ? 255 : 0
                    target += 1
                case 0x20, 0x09...0x0D: break
                default: throw .damagedImage("PNM: there is no bit at byte \(place - 1)")
                }
            }
        case 2, 3:
            place -= 1
            for target in 0..<count { pixels[target] = try scaled(try PNM.number(bytes, &place)) }
        case 4:
            let stride = (header.width + 7) / 8
            for row in 0..<header.height {
                for column in 0..<header.width {
                    let byte = try bytes.byte(start + row * stride + column / 8)
                    pixels[row * header.width + column] = byte >> (7 - column % 8) & 1 == 1 ? 0 : 255
                }
            }
        case 5...6 where maximum == 255 && start + count <= bytes.count:
            for index in 0..<count { pixels[index] = bytes[start + index] }
        default:
            for index in 0..<count {
                let value = maximum > 255 ? try bytes.big16(start + index * 2) : try bytes.byte(start + index)
                pixels[index] = try scaled(value)
            }
        }
    }

    /// Returns a value with 8 bits: rounded to the nearest, and cut if all 16 bits are in use.
    private func scaled(_ value: Int) throws(ColonnadeError) -> UInt8 {
        guard value <= maximum else {
            throw .damagedImage("PNM: a value is \(value), above the largest of \(maximum)")
        }
        if maximum == 255 { return UInt8(value) }
        return UInt8(maximum == 65_535 ? value >> 8 : (value * 255 + maximum / 2) / maximum)
    }
}
