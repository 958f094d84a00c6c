// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The frames of a FLAC file, which have numbers and checksums (RFC 9639). libsndfile returns the samples of a file that ends early
/// without an error, if its header does not tell how many there are.
struct FLACFrames {
    /// The number of samples of a channel; 0 if the header does not tell it.
    private let sampleCount: Int
    /// Whether the header says that all frames but the last have as many samples.
    private let isFixed: Bool
    /// The numbers of bytes that a frame may have, as far as the header tells them.
    private let frameBytes: ClosedRange<Int>

    private static let signature = 4
    /// The bytes of the length of a block of metadata, with its type.
    private static let blockHeader = 4
    private static let streamInfo = 34
    /// The fewest and the most bytes of the header of a frame, with its checksum.
    private static let frameHeaders = 6...16
    /// The fewest bytes of a frame: a header, a sample of one channel, and a checksum.
    private static let smallestFrame = 10
    /// The signatures of tags after the last frame, of ID3v1, APE, Lyrics3 and ID3v2.
    private static let tags = ["TAG", "APETAGEX", "LYRICSBEGIN", "ID3", "3DI"]
    /// The most places that are tried as the last frame. Other bytes are hardly ever like a header.
    private static let mostTries = 8

    /// Throws `invalidSource` for a file whose header is damaged, or whose last frame is missing or incomplete. Damage within frames is
    /// not noticed. O(bytes of the last frame) for a complete file.
    static func check(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        let frames = try FLACFrames(bytes)
        let start = try frames.start(bytes)
        guard start < bytes.count || frames.sampleCount > 0 else { return }
        guard frames.hasEnd(bytes, from: start) else {
            throw .damagedAudio(
                "FLAC: it ends early, after \(bytes.count) bytes: its last frame is not complete, or bytes that are no tag follow it"
            )
        }
    }

    /// Returns whether the header of a file tells the number of samples.
    static func hasSampleCount(_ bytes: Span<UInt8>) -> Bool {
        (try? FLACFrames(bytes)).map { $0.sampleCount > 0 } ?? false
    }

    private init(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        // The first block describes the stream, and begins with its type, 0 or 128, and its length.
        let first = FLACFrames.signature + FLACFrames.blockHeader
        guard bytes.count >= first + FLACFrames.streamInfo, bytes[4] & 0x7F == 0,
            try bytes.big16(6) == FLACFrames.streamInfo
        else { throw .damagedAudio("FLAC: its header is incomplete") }
        let (least, most) = (try bytes.big16(first), try bytes.big16(first + 2))
        isFixed = least == most
        let (smallest, largest) = (try bytes.big32(first + 4) >> 8, try bytes.big32(first + 7) >> 8)
        let lower = max(smallest, FLACFrames.smallestFrame)
        frameBytes = lower...max(lower, largest == 0 ? .max : largest)
        sampleCount = (try bytes.byte(first + 13) & 0x0F) << 32 | (try bytes.big32(first + 14))
    }

    /// Returns the place after the blocks of metadata.
    private func start(_ bytes: Span<UInt8>) throws(ColonnadeError) -> Int {
        var place = FLACFrames.signature
        while true {
            guard place <= bytes.count - FLACFrames.blockHeader else {
                throw .damagedAudio("FLAC: it ends early, after \(bytes.count) bytes, within its header")
            }
            let isLast = bytes[place] & 0x80 != 0
            place += FLACFrames.blockHeader + (try bytes.big32(place) & 0xFF_FFFF)
            if isLast { break }
        }
        guard place <= bytes.count else {
            throw .damagedAudio("FLAC: it ends early, after \(bytes.count) bytes, within its header")
        }
        return place
    }

    /// Returns whether a frame that has the last sample is complete. Zeros and tags may follow it.
    private func hasEnd(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        let blockSize = frame(bytes, start)?.size ?? 1
        var (place, tries) = (bytes.count - FLACFrames.frameHeaders.lowerBound, 0)
        while place >= start, tries < FLACFrames.mostTries {
            defer { place -= 1 }
            guard bytes[place] == 0xFF, bytes[place + 1] & 0xFE == 0xF8, let frame = frame(bytes, place),
                sampleCount == 0 || has(sampleCount - 1, frame, blockSize)
            else { continue }
            if isLast(bytes, place) { return true }
            tries += 1
        }
        return false
    }

    /// Returns whether a frame has a sample. A frame has the number of its first sample, or its own number if all have one size.
    private func has(_ sample: Int, _ frame: Frame, _ blockSize: Int) -> Bool {
        let factors = frame.countsSamples ? [1] : isFixed ? [blockSize] : [blockSize, 1]
        return factors.contains { factor in
            let first = frame.number * factor
            return first <= sample && sample < first + frame.size
        }
    }

    private struct Frame {
        let number: Int
        let countsSamples: Bool
        /// The number of samples of a channel.
        let size: Int
    }

    /// Returns the header of a frame at a place; nil if there is none.
    private func frame(_ bytes: Span<UInt8>, _ place: Int) -> Frame? {
        guard place + FLACFrames.frameHeaders.lowerBound <= bytes.count else { return nil }
        let (sizeCode, rateCode) = (Int(bytes[place + 2] >> 4), bytes[place + 2] & 0x0F)
        guard sizeCode > 0, rateCode < 15, bytes[place + 3] >> 4 < 11, bytes[place + 3] & 1 == 0 else { return nil }
        // The number has 1 to 7 bytes, as a character of UTF-8 has.
        let ones = (~bytes[place + 4]).leadingZeroBitCount
        guard ones != 1, ones < 8 else { return nil }
        let length = max(ones, 1)
        var end = place + 4 + length
        guard end < bytes.count else { return nil }
        var number = ones == 7 ? 0 : Int(bytes[place + 4] & (0x7F >> UInt8(ones)))
        for index in place + 5..<max(end, place + 5) { number = number << 6 | Int(bytes[index] & 0x3F) }
        let size: Int
        switch sizeCode {
        case 1: size = 192
        case 2...5: size = 576 << (sizeCode - 2)
        case 6, 7:
            guard end + sizeCode - 6 < bytes.count else { return nil }
            size = 1 + (sizeCode == 6 ? Int(bytes[end]) : Int(bytes[end]) << 8 | Int(bytes[end + 1]))
            end += sizeCode - 5
        default: size = 256 << (sizeCode - 8)
        }
        end += rateCode == 12 ? 1 : rateCode > 12 ? 2 : 0
        guard end < bytes.count else { return nil }
        var checksum: UInt8 = 0
        for index in place...end { checksum = FLACFrames.checksum8(checksum, bytes[index]) }
        guard checksum == 0 else { return nil }
        return Frame(number: number, countsSamples: bytes[place + 1] & 1 == 1, size: size)
    }

    /// Returns whether the frame at a place is complete, and the last one. Its end is where its checksum becomes 0, which happens within
    /// frames by chance too. So what follows decides: nothing but zeros and tags.
    private func isLast(_ bytes: Span<UInt8>, _ place: Int) -> Bool {
        let table = FLACFrames.table16
        let limit = min(bytes.count, place.saturatingSum(frameBytes.upperBound))
        var (index, checksum) = (place, UInt16(0))
        while index < limit {
            checksum = checksum << 8 ^ table[Int(checksum >> 8 ^ UInt16(bytes[index]))]
            index += 1
            guard checksum == 0, index - place >= frameBytes.lowerBound else { continue }
            // Zeros leave the checksum as it is.
            while index < bytes.count, bytes[index] == 0 { index += 1 }
            if index == bytes.count || FLACFrames.tags.contains(where: { bytes.has($0, at: index) }) { return true }
        }
        return false
    }

    /// Adds a byte to the checksum of a header, with the polynomial 0x07.
    private static func checksum8(_ checksum: UInt8, _ byte: UInt8) -> UInt8 {
        (0..<8).reduce(checksum ^ byte) { crc, _ in crc >> 7 == 1 ? crc << 1 ^ 0x07 : crc << 1 }
    }

    /// The CRC-16 of each byte, with the polynomial 0x8005, the high bit first.
    private static let table16: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { crc, _ in crc >> 15 == 1 ? crc << 1 ^ 0x8005 : crc << 1 }
    }
}
