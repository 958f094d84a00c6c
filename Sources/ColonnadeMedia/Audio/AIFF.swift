// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The header of an AIFF or AIFF-C file.
enum AIFF {
    static func isAIFF(_ bytes: Span<UInt8>) -> Bool {
        bytes.has("FORM") && (bytes.has("AIFF", at: 8) || bytes.has("AIFC", at: 8))
    }

    /// Finds the samples. Returns nil for compressed ones. The two chunks with the format and the samples may have any order.
    static func samples(_ bytes: Span<UInt8>) throws(ColonnadeError) -> PCMAudio? {
        var format: Range<Int>?
        var sound: Range<Int>?
        var place = 12
        while place <= bytes.count - 8, format == nil || sound == nil {
            let size = try bytes.big32(place + 4)
            let start = place + 8
            guard size <= bytes.count - start else {
                throw .damagedAudio("AIFF: it ends within a part of \(size) bytes that begins at byte \(place)")
            }
            if bytes.has("COMM", at: place) { format = start..<start + size }
            if bytes.has("SSND", at: place) { sound = start..<start + size }
            place = start + size + size % 2
        }
        guard let format, let sound else {
            throw .damagedAudio("AIFF: it has \(format == nil ? "no format" : "no samples")")
        }
        return try samples(bytes, format, sound)
    }

    private static func samples(
        _ bytes: Span<UInt8>, _ format: Range<Int>, _ sound: Range<Int>
    ) throws(ColonnadeError) -> PCMAudio? {
        let isCompressible = bytes.has("AIFC", at: 8)
        guard format.count >= (isCompressible ? 22 : 18), sound.count >= 8 else {
            throw .damagedAudio("AIFF: its format has \(format.count) bytes, and its samples \(sound.count)")
        }
        let start = format.lowerBound
        let offset = try bytes.big32(sound.lowerBound)
        guard offset <= sound.count - 8 else {
            throw .damagedAudio("AIFF: its samples begin \(offset) bytes after the start of \(sound.count - 8) bytes")
        }
        var (number, isBigEndian, bits) = (PCMAudio.Number.signed, true, try bytes.big16(start + 6))
        if isCompressible, !bytes.has("NONE", at: start + 18), !bytes.has("twos", at: start + 18) {
            if bytes.has("sowt", at: start + 18) {
                isBigEndian = false
            } else if bytes.has("raw ", at: start + 18) {
                number = .unsigned
            } else if bytes.has("fl32", at: start + 18) || bytes.has("FL32", at: start + 18) {
                (number, bits) = (.float, 32)
            } else if bytes.has("fl64", at: start + 18) || bytes.has("FL64", at: start + 18) {
                (number, bits) = (.float, 64)
            } else {
                return nil
            }
        }
        let frames = try bytes.big32(start + 2)
        guard frames > 0 || sound.count == 8 + offset else {
            throw .damagedAudio(
                "AIFF: its header says that there are no samples, and \(sound.count - 8 - offset) bytes of samples follow"
            )
        }
        return try PCMAudio(
            number, bits: bits, isBigEndian: isBigEndian, channels: try bytes.big16(start),
            rate: try rate(bytes, start + 8),
            frames: frames, data: sound.lowerBound + 8 + offset..<sound.upperBound)
    }

    /// Returns a rate that is a floating-point number of 80 bits, rounded to a whole number; 0 if it is out of range.
    private static func rate(_ bytes: Span<UInt8>, _ place: Int) throws(ColonnadeError) -> Int {
        let exponent = try bytes.big16(place)
        let fraction = UInt64(try bytes.big32(place + 2)) << 32 | UInt64(try bytes.big32(place + 6))
        // The fraction has 63 bits after its point, and 16383 is the exponent of 1.
        let shift = 16_383 + 63 - exponent
        guard (33...64).contains(shift) else { return 0 }
        return Int((fraction >> (shift - 1) + 1) >> 1)
    }
}
