// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A decoder of audio: WAV and AIFF without compression, and by libsndfile FLAC, Ogg Vorbis, Opus, MP3 and others.
///
///     let sound = try AudioDecoder(AudioOptions(sampleRate: 16_000)).decode(bytes.span)   // float32[frames, channels]
///
/// Samples that are whole numbers of n bits are divided by 2^(n - 1), so that they are between -1 and 1. Samples of more than 24
/// bits are rounded to float32. WAV, AIFF, FLAC, Ogg, MP3, AU, CAF, NIST, VOC, W64 and 8SVX that end early are errors, and so is damage
/// in FLAC and Ogg; of other formats, what libsndfile notices. Threads may use one decoder at once.
///
/// libsndfile is loaded when it is needed first: the one that the environment variable `COLONNADE_SNDFILE` names, or the one of
/// Python's package `soundfile` if that is installed beside this library, or that of the system.
public struct AudioDecoder: Sendable {
    public let options: AudioOptions
    /// The weights for each sample rate of a file.
    private let resamplers: Resamplers?

    /// Throws `invalidArgument` for a sample rate out of range.
    public init(_ options: AudioOptions = AudioOptions()) throws(ColonnadeError) {
        self.options = options
        if let rate = options.sampleRate {
            try ColonnadeError.checkSampleRate(rate)
            resamplers = Resamplers(to: rate, options.quality)
        } else {
            resamplers = nil
        }
    }

    /// Returns the length, channels and rate of audio, before it is resampled and mixed. O(header), and O(samples) for MP3, and for FLAC
    /// whose header does not tell the number of samples.
    ///
    /// Throws `invalidSource` for damaged bytes; `unsupported` for other formats, and if they need libsndfile and there is none.
    public static func info(_ bytes: Span<UInt8>) throws(ColonnadeError) -> AudioInfo {
        if let audio = try uncompressed(bytes) { return audio.info }
        return try AudioLibrary.info(of: bytes)
    }

    /// Returns the most memory that `info` takes: that of all samples if it must decode them, while their array grows. Otherwise 0.
    package static func bytesOfInfo(_ bytes: Span<UInt8>) -> Int {
        let most = 2 * ColonnadeError.mostSamples * MemoryLayout<Float>.stride
        switch SoundFormat(of: bytes) {
        // A frame of 8 kbit/s at 24 kHz has 1152 samples of 2 channels in 48 bytes.
        case .mp3: return min(most, bytes.count.saturatingProduct(2 * 2 * 24 * MemoryLayout<Float>.stride))
        // A few bytes may stand for 65,535 samples that are equal.
        case .flac: return FLACFrames.hasSampleCount(bytes) ? 0 : most
        default: return 0
        }
    }

    /// Returns the samples of audio: float32 of the shape `[frames, channels]`. Of n frames, resampling makes
    /// ⌊n · new rate / old rate⌋.
    ///
    /// Throws as `info`, and `outOfMemory`.
    public func decode(_ bytes: Span<UInt8>) throws(ColonnadeError) -> Tensor {
        try decode(bytes, from: TensorPool(keeping: 0))
    }

    package func decode(_ bytes: Span<UInt8>, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        try decodeWithInfo(bytes, from: pool).samples
    }

    /// Returns the samples of audio, and its properties before it is resampled and mixed. Throws as `decode`.
    func decodeWithInfo(
        _ bytes: Span<UInt8>, from pool: TensorPool
    ) throws(ColonnadeError) -> (samples: Tensor, info: AudioInfo) {
        let (samples, info) = try read(bytes, from: pool) { 0..<$0.frameCount }
        let mixed = try mixed(samples, from: pool)
        guard let resampler = try resampler(from: info.sampleRate) else { return (mixed, info) }
        return (try AudioSamples.resampled(mixed, resampler, from: pool), info)
    }

    /// Returns the frames that `frames` chooses, with the channels and the rate of the file.
    func read(
        _ bytes: Span<UInt8>, from pool: TensorPool, _ frames: (AudioInfo) throws(ColonnadeError) -> Range<Int>
    ) throws(ColonnadeError) -> (samples: Tensor, info: AudioInfo) {
        guard let audio = try Self.uncompressed(bytes) else { return try AudioLibrary.read(bytes, frames) }
        return (try AudioSamples.read(audio, bytes, try frames(audio.info), from: pool), audio.info)
    }

    /// Returns samples with the channels of the options.
    func mixed(_ samples: Tensor, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        guard options.channels == .mono, samples.shape[1] != 1 else { return samples }
        return try AudioSamples.mono(samples, from: pool)
    }

    /// Returns the resampler from a rate to that of the options; nil if they are equal.
    func resampler(from rate: Int) throws(ColonnadeError) -> Resampler? {
        rate == options.sampleRate ? nil : try resamplers?.resampler(from: rate)
    }

    /// Returns the place of the samples in a file without compression; nil for other formats.
    private static func uncompressed(_ bytes: Span<UInt8>) throws(ColonnadeError) -> PCMAudio? {
        guard !bytes.isEmpty else { throw .damagedAudio("it is empty") }
        if WAV.isWAV(bytes) { return try WAV.samples(bytes) }
        return AIFF.isAIFF(bytes) ? try AIFF.samples(bytes) : nil
    }
}
