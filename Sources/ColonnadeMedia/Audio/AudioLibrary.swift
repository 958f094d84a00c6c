// SPDX-License-Identifier: Apache-2.0

import CColonnadeAudio
import ColonnadeCore

/// A file that libsndfile decodes: FLAC, Ogg Vorbis, Opus, MP3, and compressed WAV and AIFF.
///
/// libsndfile is loaded when the first file is opened: the one that the environment variable `COLONNADE_SNDFILE` names, or the one
/// of Python's package `soundfile` beside this library, or that of the system.
@safe
struct AudioLibrary: ~Copyable {
    private let audio: OpaquePointer
    /// The length, which the header tells, and which a damaged file does not have.
    let info: AudioInfo

    private static let messageBytes = 512
    /// The number of samples that are read at once, so that memory is proportional to what a file has, and not to its claims.
    private static let samplesAtOnce = 1 << 18

    /// Returns the properties of a file. Throws as `read`.
    static func info(of bytes: Span<UInt8>) throws(ColonnadeError) -> AudioInfo {
        try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(ColonnadeError) in
            unsafe try AudioLibrary(bytes).info
        }
    }

    /// Returns the frames of a file that `frames` chooses: float32 of the shape `[frames, channels]`. Throws `unsupported` if there is no libsndfile,
    /// and for a file that it does not know; `invalidSource` for a damaged file.
    static func read(
        _ bytes: Span<UInt8>, _ frames: (AudioInfo) throws(ColonnadeError) -> Range<Int>
    ) throws(ColonnadeError) -> (samples: Tensor, info: AudioInfo) {
        try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(ColonnadeError) in
            let file = unsafe try AudioLibrary(bytes)
            return (try file.read(try frames(file.info)), file.info)
        }
    }

    /// Opens a file whose bytes must stay where they are. Throws `unsupported` if there is no libsndfile, and for a file that it
    /// does not know.
    private init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ColonnadeError) {
        guard let start = bytes.baseAddress else { throw .damagedAudio("it is empty") }
        var opened: OpaquePointer?
        var header = colonnade_audio_info()
        var result: Int32 = 0
        let message = unsafe Self.message { text in
            result = unsafe colonnade_audio_open(start, bytes.count, &opened, &header, text, Self.messageBytes)
        }
        guard let opened = unsafe opened, result == 0 else {
            throw result == Int32(COLONNADE_AUDIO_NO_LIBRARY)
                ? .unsupportedAudio("it is neither WAV nor AIFF without compression, and \(message)")
                : .unsupportedAudio("libsndfile says: \(message)")
        }
        guard header.frames >= 0 else {
            unsafe colonnade_audio_close(opened)
            throw .damagedAudio("its length is \(header.frames)")
        }
        unsafe audio = opened
        info = AudioInfo(
            frameCount: Int(header.frames), channelCount: Int(header.channels), sampleRate: Int(header.rate))
    }

    deinit { unsafe colonnade_audio_close(audio) }

    /// Returns frames. Throws `invalidSource` if they are not there, or if all are read and others follow.
    private func read(_ frames: Range<Int>) throws(ColonnadeError) -> Tensor {
        let channels = info.channelCount
        let isWhole = frames == 0..<info.frameCount
        let isThere = unsafe isWhole || colonnade_audio_seek(audio, Int64(frames.lowerBound))
        guard isThere else {
            throw .damagedAudio("libsndfile cannot go to frame \(frames.lowerBound) of \(info.frameCount)")
        }
        var samples: [Float] = []
        samples.reserveCapacity(min(frames.count.saturatingProduct(channels), Self.samplesAtOnce))
        while isWhole || samples.count < frames.count * channels {
            let framesAtOnce = min(
                max(1, Self.samplesAtOnce / channels), isWhole ? .max : frames.count - samples.count / channels)
            var count: Int64 = 0
            var failure = ""
            let read = unsafe [Float](unsafeUninitializedCapacity: framesAtOnce * channels) { frames, initialized in
                guard let start = frames.baseAddress else { return }
                failure = unsafe Self.message { text in
                    count = unsafe colonnade_audio_read(audio, start, Int64(framesAtOnce), text, Self.messageBytes)
                }
                initialized = max(Int(count), 0) * channels
            }
            guard count >= 0 else { throw .damagedAudio("libsndfile says: \(failure)") }
            if count == 0 { break }
            samples += read
        }
        guard samples.count == frames.count.saturatingProduct(channels) else {
            throw .damagedAudio(
                "its header tells \(info.frameCount) frames, and it has \(frames.lowerBound + samples.count / channels)"
            )
        }
        return Tensor(samples, shape: [frames.count, channels])
    }

    private static func message(_ body: (UnsafeMutablePointer<CChar>) -> Void) -> String {
        var text = [CChar](repeating: 0, count: messageBytes)
        unsafe text.withUnsafeMutableBufferPointer { text in
            if let start = text.baseAddress { unsafe body(start) }
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
