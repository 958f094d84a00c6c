// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension SoundLayout {
    /// Reads the chunks of a WAV file: RIFF, RIFX in the other byte order, and RF64 with sizes of 64 bits.
    init(wave given: SoundChunks) throws(ColonnadeError) {
        var chunks = given
        var format: (encoding: Encoding, channels: Int, rate: Int)?
        var longSize: Int?
        while let chunk = try chunks.nextChunk() {
            switch chunk.name {
            case "ds64":
                let bytes = try chunks.contents(chunk, count: 16)
                // Sizes beyond 2⁵⁶ are no sizes of files.
                longSize = bytes[15] == 0 ? chunks.number(bytes[8..<15]) : .max
            case "fmt ": format = try SoundLayout.format(chunk, chunks)
            case "data":
                guard let format else { throw SoundChunks.damaged("its sound comes before its format (\"fmt \")") }
                var size = chunk.size
                if size == 0xFFFF_FFFF {
                    // A program that wrote to a pipe did not know the size: the rest of the file is sound.
                    let frameSize = format.channels * format.encoding.byteCount
                    let rest = chunks.byteCount - chunk.start
                    size = longSize ?? (frameSize > 0 ? rest - rest % frameSize : 0)
                }
                self = try SoundLayout(
                    format.encoding, isBigEndian: chunks.isBigEndian, channels: format.channels, rate: format.rate,
                    frames: try chunks.range(from: chunk.start, size: size))
                return
            default: continue
            }
        }
        throw SoundChunks.damaged("it has no sound (a chunk \"data\"), so it is truncated")
    }

    private static func format(
        _ chunk: SoundChunks.Chunk, _ chunks: SoundChunks
    ) throws(ColonnadeError) -> (encoding: Encoding, channels: Int, rate: Int) {
        let bytes = try chunks.contents(chunk, count: 16)
        var code = chunks.number(bytes[0..<2])
        let channels = chunks.number(bytes[2..<4])
        let rate = chunks.number(bytes[4..<8])
        let frameSize = chunks.number(bytes[12..<14])
        // Samples of 12 bits are in 16 bits, in the upper ones.
        let width = channels > 0 && frameSize % channels == 0 ? frameSize / channels : 0
        let bits = chunks.number(bytes[14..<16])
        // An extensible format has the code at the start of a longer identifier.
        if code == 0xFFFE { code = chunks.number(try chunks.contents(chunk, count: 26)[24..<26]) }
        guard bits > 8 * (width - 1), bits <= 8 * width else {
            guard code == 1 || code == 3 else { throw compressed(code) }
            throw SoundChunks.damaged(
                "its samples of \(bits) bits do not fit frames of \(frameSize) bytes in \(channels) channels")
        }
        switch (code, width) {
        case (1, 1): return (.unsigned8, channels, rate)
        case (1, 2...4): return (.signed(bytes: width), channels, rate)
        case (3, 4): return (.float32, channels, rate)
        case (3, 8): return (.float64, channels, rate)
        case (1, _), (3, _):
            throw ColonnadeError(
                .unsupported,
                "its samples have \(bits) bits: integers of 8 to 32 bits, and floats of 32 and 64, can be read")
        default: throw compressed(code)
        }
    }

    private static func compressed(_ code: Int) -> ColonnadeError {
        let names = [2: "Microsoft ADPCM", 6: "A-law", 7: "µ-law", 17: "IMA ADPCM", 0x55: "MP3"]
        return ColonnadeError(
            .unsupported,
            "its samples are compressed (\(names[code] ?? "format \(code)")): convert it to WAV with PCM (ffmpeg -i)")
    }
}
