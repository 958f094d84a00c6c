// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A format of sound files. The first bytes of a file determine its format.
enum SoundFormat {
    case wav
    case aiff
    case flac
    case ogg
    case mp3

    /// Returns the format of a file; nil for files that are no sound.
    init?(of bytes: Span<UInt8>) {
        if WAV.isWAV(bytes) {
            self = .wav
        } else if AIFF.isAIFF(bytes) {
            self = .aiff
        } else if bytes.has("fLaC") {
            self = .flac
        } else if bytes.has("OggS") {
            self = .ogg
        } else if bytes.has("ID3") || bytes.count > 1 && bytes[0] == 0xFF && Self.frames.contains(bytes[1]) {
            self = .mp3
        } else {
            return nil
        }
    }

    /// The second bytes of frames of layer III, of MPEG 1, 2 and 2.5, with and without a checksum.
    private static let frames: [UInt8] = [0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2]

    var mediaType: String {
        switch self {
        case .wav: "audio/wav"
        case .aiff: "audio/aiff"
        case .flac: "audio/flac"
        case .ogg: "audio/ogg"
        case .mp3: "audio/mpeg"
        }
    }

    /// Checks the header of a complete file, and what tells of a truncated one. Throws `invalidSource` for damage.
    func check(_ bytes: Span<UInt8>) throws(ColonnadeError) {
        switch self {
        case .wav: _ = try WAV.samples(bytes)
        case .aiff: _ = try AIFF.samples(bytes)
        case .flac: try FLACFrames.check(bytes)
        case .ogg: try OggPages.check(bytes)
        case .mp3: try MPEG.check(bytes, decoded: .max)
        }
    }
}
