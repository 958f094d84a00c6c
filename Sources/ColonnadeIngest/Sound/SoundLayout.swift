// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The layout of the samples of sound in a file, as its header says. A frame has one sample for each channel.
struct SoundLayout: Sendable, Equatable {
    enum Encoding: Sendable, Equatable {
        /// Bytes around 128.
        case unsigned8
        /// Signed integers of 1 to 4 bytes.
        case signed(bytes: Int)
        case float32
        case float64

        var byteCount: Int {
            switch self {
            case .unsigned8: 1
            case .signed(let bytes): bytes
            case .float32: 4
            case .float64: 8
            }
        }
    }

    var encoding: Encoding
    var isBigEndian: Bool
    var channelCount: Int
    /// Frames per second.
    var rate: Int
    /// The bytes of the frames in the file.
    var range: Range<Int>

    var frameCount: Int { range.count / frameSize }
    var frameSize: Int { channelCount * encoding.byteCount }

    /// The largest number of channels, which is that of libsndfile.
    private static let mostChannels = 1024

    /// Reads the headers of a WAV or AIFF file.
    ///
    /// - Parameters:
    ///   - byteCount: the length of the file.
    ///   - read: reads bytes of the file. The range is inside of it.
    /// - Throws: `invalidSource` for a file that is truncated or damaged; `unsupported` for other formats and compressed sound.
    init(byteCount: Int, read: @escaping SoundChunks.Read) throws(ColonnadeError) {
        let head = try read(0..<min(byteCount, 12))
        let (form, kind) = (Array(head.prefix(4)), Array(head.dropFirst(8)))
        if ["RIFF", "RIFX", "RF64"].contains(where: { form == Array($0.utf8) }), kind == Array("WAVE".utf8) {
            self = try SoundLayout(
                wave: SoundChunks(byteCount: byteCount, isBigEndian: form == Array("RIFX".utf8), read: read))
        } else if form == Array("FORM".utf8), kind == Array("AIFF".utf8) || kind == Array("AIFC".utf8) {
            self = try SoundLayout(aiff: SoundChunks(byteCount: byteCount, isBigEndian: true, read: read))
        } else {
            throw SoundLayout.other(head)
        }
    }

    init(
        _ encoding: Encoding, isBigEndian: Bool, channels: Int, rate: Int, frames: Range<Int>
    ) throws(ColonnadeError) {
        guard 1...SoundLayout.mostChannels ~= channels else {
            throw SoundChunks.damaged("it has \(channels) channels, and 1 to \(SoundLayout.mostChannels) are possible")
        }
        guard rate > 0 else { throw SoundChunks.damaged("it has \(rate) frames in a second") }
        (self.encoding, self.isBigEndian, channelCount, self.rate) = (encoding, isBigEndian, channels, rate)
        range = frames
        guard frames.count % frameSize == 0 else {
            throw SoundChunks.damaged("its \(frames.count) bytes of sound are no whole frames of \(frameSize) bytes")
        }
    }

    /// Returns the error for a file that is neither WAV nor AIFF.
    private static func other(_ head: [UInt8]) -> ColonnadeError {
        let known: KeyValuePairs = [
            "fLaC": "FLAC", "OggS": "Ogg", "ID3": "MP3", ".snd": "AU", "caff": "CAF", "wvpk": "WavPack",
            "\u{0}\u{0}\u{0}": "MP4",
        ]
        if head.isEmpty { return ColonnadeError(.invalidSource, "it is empty: get it again, or leave it out") }
        guard let name = known.first(where: { head.starts(with: $0.key.utf8) })?.value else {
            return ColonnadeError(
                .invalidSource, "it is no WAV or AIFF file: it does not begin as one; convert it to WAV")
        }
        return ColonnadeError(
            .unsupported, "it is \(name), and only WAV and AIFF can be read so far: convert it to WAV (ffmpeg -i)")
    }
}
