// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The header of a WAV file: RIFF and RF64, and RIFX, whose numbers have their high byte first.
enum WAV {
    static func isWAV(_ bytes: Span<UInt8>) -> Bool {
        (bytes.has("RIFF") || bytes.has("RF64") || bytes.has("RIFX")) && bytes.has("WAVE", at: 8)
    }

    /// Finds the samples. Returns nil for compressed ones.
    static func samples(_ bytes: Span<UInt8>) throws(ColonnadeError) -> PCMAudio? {
        let (format, data) = try parts(bytes)
        return try samples(bytes, format, data)
    }

    /// Returns the places of the format and of the samples.
    static func parts(_ bytes: Span<UInt8>) throws(ColonnadeError) -> (format: Range<Int>, data: Range<Int>) {
        var format: Range<Int>?
        var largeSize: Int?
        var place = 12
        while place <= bytes.count - 8 {
            var size = try number32(bytes, place + 4)
            let start = place + 8
            if bytes.has("data", at: place) {
                guard let format else { throw .damagedAudio("WAV: its samples come before their format") }
                // A program that wrote to a pipe did not know the size, and the samples end with the file.
                if size == 0xFFFF_FFFF { size = largeSize ?? bytes.count - start }
                if size == 0, try hasSamples(bytes, after: start) { size = bytes.count - start }
                guard size <= bytes.count - start else {
                    throw .damagedAudio("WAV: of \(size) bytes of samples, \(size - (bytes.count - start)) are missing")
                }
                return (format, start..<start + size)
            }
            guard size <= bytes.count - start else { break }
            if bytes.has("fmt ", at: place) { format = start..<start + size }
            if bytes.has("ds64", at: place), size >= 16 {
                let (low, high) = (try number32(bytes, start + 8), try number32(bytes, start + 12))
                largeSize = high < 1 << 30 ? high << 32 | low : .max
            }
            place = start + size + size % 2
        }
        throw .damagedAudio("WAV: it ends before its samples, after \(bytes.count) bytes")
    }

    /// Returns whether bytes after a header without samples are samples: a program that wrote to a pipe, or was stopped, did not
    /// write any size. FFmpeg reads such a file to its end too. Throws `invalidSource` if they may be anything.
    private static func hasSamples(_ bytes: Span<UInt8>, after start: Int) throws(ColonnadeError) -> Bool {
        if isListOfParts(bytes, from: start) { return false }
        let size = try number32(bytes, 4)
        guard size == 0xFFFF_FFFF || size + 8 <= start else {
            throw .damagedAudio(
                "WAV: its header says that there are no samples, and \(bytes.count - start) bytes that are none of its parts follow"
            )
        }
        return true
    }

    /// Returns whether bytes up to the end of a file are parts of WAV, each with a name and a size.
    private static func isListOfParts(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        var place = start
        while place < bytes.count {
            guard place <= bytes.count - 8, (0..<4).allSatisfy({ (0x20...0x7E).contains(bytes[place + $0]) }),
                let size = try? number32(bytes, place + 4), size <= bytes.count - place - 8
            else { return false }
            place += 8 + size + size % 2
        }
        return true
    }

    private static func samples(
        _ bytes: Span<UInt8>, _ format: Range<Int>, _ data: Range<Int>
    ) throws(ColonnadeError) -> PCMAudio? {
        guard format.count >= 16 else { throw .damagedAudio("WAV: its format has \(format.count) of 16 bytes") }
        let start = format.lowerBound
        var code = try number16(bytes, start)
        let (channels, rate) = (try number16(bytes, start + 2), try number32(bytes, start + 4))
        let (frameBytes, bits) = (try number16(bytes, start + 12), try number16(bytes, start + 14))
        if code == 0xFFFE {
            guard format.count >= 26 else { throw .damagedAudio("WAV: its format has \(format.count) of 26 bytes") }
            code = try number16(bytes, start + 24)
        }
        guard code == 1 || code == 3 else { return nil }
        guard frameBytes == channels * ((bits + 7) / 8) else {
            throw .damagedAudio("WAV: a frame of \(channels) × \(bits) bits has \(frameBytes) bytes")
        }
        return try PCMAudio(
            code == 3 ? .float : bits <= 8 ? .unsigned : .signed, bits: bits, isBigEndian: bytes.has("RIFX"),
            channels: channels,
            rate: rate, data: data)
    }

    private static func number16(_ bytes: Span<UInt8>, _ place: Int) throws(ColonnadeError) -> Int {
        bytes.has("RIFX") ? try bytes.big16(place) : try bytes.little16(place)
    }

    private static func number32(_ bytes: Span<UInt8>, _ place: Int) throws(ColonnadeError) -> Int {
        bytes.has("RIFX") ? try bytes.big32(place) : try bytes.little32(place)
    }
}
