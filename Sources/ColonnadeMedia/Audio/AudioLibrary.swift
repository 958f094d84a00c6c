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
    /// The length that the header tells, which a damaged file does not have; or of a file whose header only lets guess it, the
    /// number of frames that were decoded.
    let info: AudioInfo
    /// All samples of a file whose header only lets guess its length.
    private let decoded: [Float]?

    private static let messageBytes = 512
    /// The number of samples that are read at once, so that memory is proportional to what a file has, and not to its claims.
    private static let samplesAtOnce = 1 << 18

    /// Returns the properties of a file. Throws as `read`. O(bytes) for Ogg and MP3, and O(1) for most other formats.
    static func info(of bytes: Span<UInt8>) throws(ColonnadeError) -> AudioInfo { try read(bytes) { _ in 0..<0 }.info }

    /// Returns the frames of a file that `frames` chooses: float32 of the shape `[frames, channels]`. Throws `unsupported` if there
    /// is no libsndfile, and for a file that it does not know; `invalidSource` for a damaged file.
    static func read(
        _ bytes: Span<UInt8>, _ frames: (AudioInfo) throws(ColonnadeError) -> Range<Int>
    ) throws(ColonnadeError) -> (samples: Tensor, info: AudioInfo) {
        if bytes.has("OggS") { try OggPages.check(bytes) }
        if bytes.has("fLaC") { try FLACFrames.check(bytes) }
        try SoundContainer.check(bytes)
        // libmpg123 would write messages about incomplete frames to the standard error.
        if SoundFormat(of: bytes) == .mp3 { try MPEG.check(bytes, decoded: .max) }
        let (samples, info, isCounted) = try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(ColonnadeError) in
            let file = unsafe try AudioLibrary(bytes)
            return (try file.read(try frames(file.info)), file.info, file.decoded != nil)
        }
        if isCounted, !bytes.has("fLaC") { try MPEG.check(bytes, decoded: info.frameCount) }
        // libsndfile takes a size of 0 in the header of WAV for the size of the samples.
        if info.frameCount == 0, WAV.isWAV(bytes), case let data = try WAV.parts(bytes).data, !data.isEmpty {
            throw .damagedAudio(
                "WAV: its header says that there are no samples, and \(data.count) bytes of them follow")
        }
        return (samples, info)
    }

    /// Whether libsndfile was found.
    static var isAvailable: Bool {
        var (opened, header): (OpaquePointer?, colonnade_audio_info) = (nil, colonnade_audio_info())
        var result: Int32 = 0
        _ = unsafe message { text in
            result = unsafe colonnade_audio_open([0], 1, &opened, &header, text, messageBytes)
        }
        if let opened = unsafe opened { unsafe colonnade_audio_close(opened) }
        return result != Int32(COLONNADE_AUDIO_NO_LIBRARY)
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
        let channels = Int(header.channels)
        do throws(ColonnadeError) {
            guard header.frames >= 0, (1...Resampler.highestRate).contains(Int(header.rate)) else {
                throw .damagedAudio("it has \(header.frames) frames, and \(header.rate) in a second")
            }
            decoded = unsafe header.is_estimate ? try Self.read(opened, channels, 0..<(.max)) : nil
        } catch {
            unsafe colonnade_audio_close(opened)
            throw error
        }
        unsafe audio = opened
        info = AudioInfo(
            frameCount: decoded.map { $0.count / channels } ?? Int(header.frames), channelCount: channels,
            sampleRate: Int(header.rate))
    }

    deinit { unsafe colonnade_audio_close(audio) }

    /// Returns frames. Throws `invalidSource` if they are not there.
    private func read(_ frames: Range<Int>) throws(ColonnadeError) -> Tensor {
        let channels = info.channelCount
        try ColonnadeError.checkAudioSize(frames.count, channels)
        let shape = [frames.count, channels]
        if let decoded {
            return Tensor(Array(decoded[frames.lowerBound * channels..<frames.upperBound * channels]), shape: shape)
        }
        let isThere = unsafe frames.lowerBound == 0 || colonnade_audio_seek(audio, Int64(frames.lowerBound))
        guard isThere else {
            throw .damagedAudio("libsndfile cannot go to frame \(frames.lowerBound) of \(info.frameCount)")
        }
        let samples = unsafe try Self.read(audio, channels, frames)
        guard samples.count == frames.count * channels else {
            throw .damagedAudio(
                "its header tells \(info.frameCount) frames, and it has \(frames.lowerBound + samples.count / channels)"
            )
        }
        return Tensor(samples, shape: shape)
    }

    /// Returns the next frames, of which the first has the index `frames.lowerBound`: fewer at the end of the file. Throws
    /// `invalidSource` for damage, and for a finite number of 64 bits that would become infinite.
    private static func read(
        _ audio: OpaquePointer, _ channels: Int, _ frames: Range<Int>
    ) throws(ColonnadeError) -> [Float] {
        var samples: [Float] = []
        var remaining = frames.count
        while remaining > 0 {
            let framesAtOnce = min(max(1, samplesAtOnce / channels), remaining)
            var (count, tooLarge): (Int64, Int64) = (0, -1)
            var failure = ""
            let read = unsafe [Float](unsafeUninitializedCapacity: framesAtOnce * channels) { frames, initialized in
                guard let start = frames.baseAddress else { return }
                failure = unsafe message { text in
                    count = unsafe colonnade_audio_read(
                        audio, start, Int64(framesAtOnce), &tooLarge, text, messageBytes)
                }
                initialized = max(Int(count), 0) * channels
            }
            guard count != Int64(COLONNADE_AUDIO_NO_MEMORY) else {
                throw ColonnadeError(.outOfMemory, "there is no memory for the samples of the audio")
            }
            guard count >= 0 else { throw .damagedAudio("libsndfile says: \(failure)") }
            if count == 0 { break }
            if tooLarge >= 0 {
                let (frame, channel) = (samples.count + Int(tooLarge)).quotientAndRemainder(dividingBy: channels)
                throw .tooLoudAudio(frame: frames.lowerBound + frame, channel: channel)
            }
            samples += read
            remaining -= Int(count)
            try ColonnadeError.checkAudioSize(samples.count, 1)
        }
        return samples
    }

    private static func message(_ body: (UnsafeMutablePointer<CChar>) -> Void) -> String {
        var text = [CChar](repeating: 0, count: messageBytes)
        unsafe text.withUnsafeMutableBufferPointer { text in
            if let start = text.baseAddress { unsafe body(start) }
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
