// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension SoundLayout {
    /// Reads the chunks of an AIFF or AIFF-C file.
    init(aiff given: SoundChunks) throws(ColonnadeError) {
        var chunks = given
        var format: (encoding: Encoding, isBigEndian: Bool, channels: Int, rate: Int, frames: Int)?
        var sound: Int?
        while let chunk = try chunks.nextChunk() {
            switch chunk.name {
            case "COMM": format = try SoundLayout.format(chunk, chunks)
            case "SSND":
                let skipped = chunks.number(try chunks.contents(chunk, count: 8)[0..<4])
                sound = chunk.start + 8 + skipped
                guard skipped <= chunk.size - 8 else { throw SoundChunks.damaged("its sound begins after its end") }
            default: break
            }
            // The two chunks may have any order.
            guard let format, let sound else { continue }
            let (size, overflow) = format.frames.multipliedReportingOverflow(
                by: format.channels * format.encoding.byteCount)
            self = try SoundLayout(
                format.encoding, isBigEndian: format.isBigEndian, channels: format.channels, rate: format.rate,
                frames: try chunks.range(from: sound, size: overflow ? .max : size))
            return
        }
        // A file without frames needs no sound.
        guard let format, format.frames == 0 else {
            throw SoundChunks.damaged("it has no format or no sound (chunks \"COMM\" and \"SSND\"), so it is truncated")
        }
        self = try SoundLayout(
            format.encoding, isBigEndian: true, channels: format.channels, rate: format.rate, frames: 0..<0)
    }

    private static func format(
        _ chunk: SoundChunks.Chunk, _ chunks: SoundChunks
    ) throws(ColonnadeError) -> (encoding: Encoding, isBigEndian: Bool, channels: Int, rate: Int, frames: Int) {
        let bytes = try chunks.contents(chunk, count: 18)
        let channels = chunks.number(bytes[0..<2])
        let frames = chunks.number(bytes[2..<6])
        let bits = chunks.number(bytes[6..<8])
        guard let rate = rate(Array(bytes[8..<18])) else {
            throw SoundChunks.damaged("its number of frames in a second is no number from 1 to 2³¹")
        }
        // AIFF has no type of compression, and its chunk ends here.
        let type =
            chunk.size >= 22 ? String(decoding: try chunks.contents(chunk, count: 22)[18...], as: UTF8.self) : "NONE"
        switch type {
        case "NONE", "twos", "in24", "in32", "sowt":
            guard 1...32 ~= bits else {
                throw SoundChunks.damaged("its samples have \(bits) bits")
            }
            return (.signed(bytes: (bits + 7) / 8), type != "sowt", channels, rate, frames)
        case "raw ": return (.unsigned8, true, channels, rate, frames)
        case "fl32", "FL32": return (.float32, true, channels, rate, frames)
        case "fl64", "FL64": return (.float64, true, channels, rate, frames)
        default:
            throw ColonnadeError(
                .unsupported,
                "its samples are compressed (\"\(type)\"): convert it to WAV with PCM (ffmpeg -i)")
        }
    }

    /// Returns a number of 80 bits, rounded down; nil unless it is from 1 to 2³¹.
    private static func rate(_ bytes: [UInt8]) -> Int? {
        let exponent = Int(bytes[0]) << 8 | Int(bytes[1])
        let mantissa = bytes[2...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // The exponent 16383 is that of 1, and the highest bit of the mantissa counts.
        guard 16383...16383 + 30 ~= exponent, mantissa >> 63 == 1 else { return nil }
        return Int(mantissa >> UInt64(63 - (exponent - 16383)))
    }
}
