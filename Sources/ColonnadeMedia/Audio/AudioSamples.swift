// SPDX-License-Identifier: Apache-2.0

import CColonnadeAudio
import ColonnadeCore

/// The functions in C that read, mix and resample samples: float32 tensors of the shape `[frames, channels]`.
enum AudioSamples {
    /// Returns frames of a file without compression.
    static func read(
        _ audio: PCMAudio, _ bytes: Span<UInt8>, _ frames: Range<Int>, from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let count = frames.count * audio.info.channelCount
        let encoding = encoding(audio)
        let start = audio.data.lowerBound + frames.lowerBound * audio.frameBytes
        let samples = bytes.extracting(start..<start + frames.count * audio.frameBytes)
        if audio.number == .float, audio.sampleBytes == 8 { try checkRange(samples, count, encoding, audio, frames) }
        return try unsafe tensor(frames.count, audio.info.channelCount, from: pool) { output in
            unsafe samples.withUnsafeBufferPointer { input in
                guard let input = input.baseAddress else { return }
                unsafe colonnade_pcm(input, count, encoding, output)
            }
        }
    }

    /// Throws `invalidSource` for a sample of 64 bits that would become infinite.
    private static func checkRange(
        _ samples: Span<UInt8>, _ count: Int, _ encoding: Int32, _ audio: PCMAudio, _ frames: Range<Int>
    ) throws(ColonnadeError) {
        let index = unsafe samples.withUnsafeBufferPointer { samples in
            unsafe samples.baseAddress.map { unsafe colonnade_pcm_too_large($0, count, encoding) } ?? count
        }
        guard index < count else { return }
        let (frame, channel) = index.quotientAndRemainder(dividingBy: audio.info.channelCount)
        throw .tooLoudAudio(frame: frames.lowerBound + frame, channel: channel)
    }

    private static func encoding(_ audio: PCMAudio) -> Int32 {
        let little =
            switch (audio.number, audio.sampleBytes) {
            case (.unsigned, _): COLONNADE_PCM_UNSIGNED_8
            case (.float, 4): COLONNADE_PCM_FLOAT_LITTLE
            case (.float, _): COLONNADE_PCM_DOUBLE_LITTLE
            case (.signed, 1): COLONNADE_PCM_SIGNED_8
            case (.signed, 2): COLONNADE_PCM_16_LITTLE
            case (.signed, 3): COLONNADE_PCM_24_LITTLE
            case (.signed, _): COLONNADE_PCM_32_LITTLE
            }
        // Each order with the low byte first is followed by the one with the high byte first.
        return Int32(little) + (audio.isBigEndian && audio.sampleBytes > 1 ? 1 : 0)
    }

    /// Returns audio of another rate.
    ///
    /// - Parameters:
    ///   - outputs: the frames of the result to make; nil for all.
    ///   - firstInput: the index of the first frame that `samples` have. They must have all that the outputs need.
    static func resampled(
        _ samples: Tensor, _ resampler: Resampler, outputs: Range<Int>? = nil, firstInput: Int = 0,
        from pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let (frames, channels) = (samples.shape[0], samples.shape.count > 1 ? samples.shape[1] : 1)
        let outputs = outputs ?? 0..<resampler.frameCount(of: frames)
        let (first, count) = (outputs.lowerBound, outputs.count)
        return try unsafe resampler.weights.withUnsafeBufferPointer { (weights) throws(ColonnadeError) in
            var table = unsafe table(resampler, weights.baseAddress)
            return try samples.withSpan(as: Float.self) { (input) throws(ColonnadeError) in
                let resampled = try unsafe tensor(count, channels, from: pool) { output in
                    unsafe input.withUnsafeBufferPointer { input in
                        guard let input = input.baseAddress else { return }
                        unsafe colonnade_resample(
                            &table, input, Int64(firstInput), Int64(frames), Int32(channels), Int64(first),
                            Int64(count), output)
                    }
                }
                return samples.shape.count > 1 ? resampled : try resampled.reshaped(to: [count])
            }
        }
    }

    /// Returns the mean of the channels, as one channel.
    static func mono(_ samples: Tensor, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let (frames, channels) = (samples.shape[0], samples.shape[1])
        return try samples.withSpan(as: Float.self) { (input) throws(ColonnadeError) in
            try unsafe tensor(frames, 1, from: pool) { output in
                unsafe input.withUnsafeBufferPointer { input in
                    guard let input = input.baseAddress else { return }
                    unsafe colonnade_mix_to_mono(input, Int64(frames), Int32(channels), output)
                }
            }
        }
    }

    /// Returns the weights of a table.
    static func weights(_ resampler: Resampler, _ method: Int32, base: Double) -> [Float] {
        let count = resampler.outputs * resampler.taps
        let table = unsafe table(resampler, nil)
        return unsafe [Float](unsafeUninitializedCapacity: count) { weights, initialized in
            guard let start = weights.baseAddress else { return }
            unsafe withUnsafePointer(to: table) { unsafe colonnade_resampling_weights($0, method, base, start) }
            initialized = count
        }
    }

    private static func table(_ resampler: Resampler, _ weights: UnsafePointer<Float>?) -> colonnade_resampling {
        unsafe colonnade_resampling(
            weights: weights, inputs: Int64(resampler.inputs), outputs: Int64(resampler.outputs),
            taps: Int64(resampler.taps), before: Int64(resampler.before))
    }

    private static func tensor(
        _ frames: Int, _ channels: Int, from pool: TensorPool, _ fill: (UnsafeMutablePointer<Float>) -> Void
    ) throws(ColonnadeError) -> Tensor {
        try ColonnadeError.checkAudioSize(frames, channels)
        let storage = try pool.take(byteCount: frames * channels * MemoryLayout<Float>.stride)
        if let start = unsafe storage.mutableBytes.bindMemory(to: Float.self).baseAddress { unsafe fill(start) }
        return Tensor(dtype: .float32, shape: [frames, channels], storage: storage)
    }
}
