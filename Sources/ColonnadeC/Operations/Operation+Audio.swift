// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeMedia

extension Operation {
    /// The operations on audio, which apply to buffers and streams.
    static let audio: [Operation] = [
        onKey(
            "load_audio", .option("folder", .path, or: ""), .option("info", .flag, or: false),
            .option("from_memory", .flag, or: false), .option("property", .audioProperty, or: .all),
            .option("sample_rate", .integer), .option("quality", .resamplingQuality, or: .fastest),
            .option("channels", .audioChannels, or: .keep), .option("info_key", .text),
            .option("segment_seconds", .number), .option("seed", .seed),
            does:
                "replaces an audio file, or its path, by float32[frames, channels] or by properties of it; `seed` places a segment"
        ) { on, key, folder, isInfo, isInMemory, property, rate, quality, channels, infoKey, seconds, seed in
            guard infoKey != key else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(key)\" cannot be both the audio and its properties: give another info_key")
            }
            if isInfo, infoKey == nil {
                return isInMemory
                    ? try on.audioInfo(key, property) : try on.loadedAudioInfo(key, property, folder: folder)
            }
            let options = AudioOptions(sampleRate: rate, channels: channels, quality: quality)
            let segment = seconds.map { AudioSegment(seconds: $0, seed: seed ?? 0) }
            return isInMemory
                ? try on.decodedAudio(
                    key, options: options, randomSegment: segment, infoKey: infoKey, property: property)
                : try on.loadedAudio(
                    key, folder: folder, options: options, randomSegment: segment, infoKey: infoKey, property: property)
        },
        onKey(
            "resample_audio", .need("sample_rate", .integer), .option("input_sample_rate", .integer),
            .option("info_key", .text), .option("quality", .resamplingQuality, or: .fastest),
            does: "changes the sample rate of float32[frames, channels] from a rate, or from that in another key"
        ) { on, key, rate, inputRate, infoKey, quality in
            switch (inputRate, infoKey) {
            case (let inputRate?, nil): return try on.resampledAudio(key, from: inputRate, to: rate, quality: quality)
            case (nil, let infoKey?): return try on.resampledAudio(key, rateIn: infoKey, to: rate, quality: quality)
            default:
                throw ColonnadeError(
                    .invalidArgument, "give the sample rate of \"\(key)\" once: as input_sample_rate, or as info_key")
            }
        },
    ]
}
