// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The frames of an MPEG audio file (MP3), which have headers of their own. libsndfile only guesses the length of a file without a
/// table, and then leaves out what comes after.
enum MPEG {
    /// The most samples that decoders cut at both ends, which encoders have added.
    private static let trimmed = 6 * 1152

    private static let bitRates: [[Int]] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ]

    /// Throws `invalidSource` if the last frame is cut, or if far fewer samples of a channel were decoded than the frames have.
    static func check(_ bytes: Span<UInt8>, decoded count: Int) throws(ColonnadeError) {
        var place = 0
        if bytes.has("ID3"), bytes.count >= 10 {
            var size = 0
            for index in 6..<10 { size = size << 7 | Int(bytes[index] & 0x7F) }
            place = 10 + size
        }
        var end = bytes.count
        if bytes.has("TAG", at: end - 128) { end -= 128 }
        // Zeros may come before the first frame.
        while place < end, bytes[place] == 0 { place += 1 }
        var samples = 0
        while place <= end - 4, let frame = frame(bytes, place) {
            guard frame.bytes <= end - place else {
                throw .damagedAudio("MP3: its last frame has \(end - place) of \(frame.bytes) bytes")
            }
            samples += frame.samples
            place += frame.bytes
        }
        guard count >= samples - trimmed else {
            throw .unsupportedAudio(
                "libsndfile reads \(count) of its \(samples) samples: convert it, to FLAC for example")
        }
    }

    /// Returns the sizes of the frame at a place; nil if there is none, or if its header does not tell its size.
    private static func frame(_ bytes: Span<UInt8>, _ place: Int) -> (bytes: Int, samples: Int)? {
        let (second, third) = (Int(bytes[place + 1]), Int(bytes[place + 2]))
        let (version, layer) = (second >> 3 & 3, 4 - (second >> 1 & 3))
        let (rateIndex, bitIndex) = (third >> 2 & 3, third >> 4)
        guard bytes[place] == 0xFF, second >> 5 == 7, version != 1, layer < 4, rateIndex < 3,
            (1...14).contains(bitIndex)
        else { return nil }
        let isFirst = version == 3
        let rate = [44_100, 48_000, 32_000][rateIndex] / (isFirst ? 1 : version == 2 ? 2 : 4)
        let table = isFirst ? layer - 1 : layer == 1 ? 3 : 4
        let bits = bitRates[table][bitIndex - 1] * 1000
        let padding = third >> 1 & 1
        switch layer {
        case 1: return ((12 * bits / rate + padding) * 4, 384)
        case 3 where !isFirst: return (72 * bits / rate + padding, 576)
        default: return (144 * bits / rate + padding, 1152)
        }
    }
}
