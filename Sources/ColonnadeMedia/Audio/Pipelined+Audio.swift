// SPDX-License-Identifier: Apache-2.0

public import Colonnade
public import ColonnadeCore

extension Pipelined {
    /// Replaces encoded audio by its samples: float32 of the shape `[frames, channels]`, where the number of frames may differ
    /// from sample to sample.
    ///
    ///     try Buffer(opening: "speech.colonnade").decodedAudio("sound", options: AudioOptions(sampleRate: 16_000))
    ///
    /// The formats are those of `AudioDecoder`.
    ///
    /// - Parameters:
    ///   - key: the bytes of an audio file, before `batched`.
    ///   - outputKey: the key of the samples, if the encoded audio must stay.
    ///   - options: the sample rate and the channels of the result.
    ///   - segment: the length of a part at a random place, which alone is decoded. Damage elsewhere is not noticed.
    ///   - infoKey: the key of properties of the audio beside the samples; nil for none. They cost no second decoding, and
    ///     where nothing uses the samples, only the header is read.
    ///   - property: the properties, if there is a key for them.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not bytes, or for a sample rate out of range. While running,
    ///   `invalidSource` or `unsupported` for audio that `AudioDecoder` refuses, with the row.
    public func decodedAudio(
        _ key: String, as outputKey: String? = nil, options: AudioOptions = AudioOptions(),
        randomSegment segment: AudioSegment? = nil, infoKey: String? = nil, property: AudioProperty = .all
    ) throws(ColonnadeError) -> Self {
        try decoding(
            try EncodedFiles(bytesOf: key, in: schema), "decode audio", as: outputKey, options, segment,
            infoKey.map { ($0, property) })
    }

    /// Replaces the path of an audio file by the samples of the audio, as `decodedAudio` does for its bytes.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the path of a file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - outputKey: the key of the samples, if the path must stay.
    ///   - options: the sample rate and the channels of the result.
    ///   - segment: the length of a part at a random place, which alone is decoded. Damage elsewhere is not noticed.
    ///   - infoKey: the key of properties of the audio beside the samples; nil for none. They cost no second decoding, and
    ///     where nothing uses the samples, only the header is read.
    ///   - property: the properties, if there is a key for them.
    /// - Throws: as `decodedAudio`, and while running `fileNotFound` or `system`.
    public func loadedAudio(
        _ key: String, folder: String = "", as outputKey: String? = nil, options: AudioOptions = AudioOptions(),
        randomSegment segment: AudioSegment? = nil, infoKey: String? = nil, property: AudioProperty = .all
    ) throws(ColonnadeError) -> Self {
        let files = try EncodedFiles(filesOf: key, in: schema, folder: folder)
        return try decoding(
            files, "load audio", as: outputKey, options, segment, infoKey.map { ($0, property) })
    }

    /// Replaces encoded audio by its length, channels or rate, which its header tells.
    ///
    /// - Parameters:
    ///   - key: the bytes of an audio file, before `batched`.
    ///   - property: the property, which determines the field of the result.
    ///   - outputKey: the key of the result, if the encoded audio must stay.
    /// - Throws: as `decodedAudio`.
    public func audioInfo(
        _ key: String, _ property: AudioProperty = .all, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try measuring(try EncodedFiles(bytesOf: key, in: schema), property, as: outputKey)
    }

    /// Replaces the path of an audio file by the length, channels or rate of the audio, as `audioInfo` does for its bytes.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the path of a file.
    ///   - property: the property, which determines the field of the result.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - outputKey: the key of the result, if the path must stay.
    /// - Throws: as `loadedAudio`.
    public func loadedAudioInfo(
        _ key: String, _ property: AudioProperty = .all, folder: String = "", as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try measuring(try EncodedFiles(filesOf: key, in: schema, folder: folder), property, as: outputKey)
    }

    private func decoding(
        _ files: EncodedFiles, _ label: String, as outputKey: String?, _ options: AudioOptions,
        _ segment: AudioSegment?, _ info: (key: String, property: AudioProperty)?
    ) throws(ColonnadeError) -> Self {
        let decoder = try AudioDecoder(options)
        var field = Field(outputKey ?? files.key, .float32, [nil, options.channels == .mono ? 1 : nil])
        if options.channels != .mono { field.channelPlace = .last }
        if let info, info.key.hasBytes(of: field.name) {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(field.name)\" cannot be both the audio and its properties: give the properties another key")
        }
        let fields = [field] + (info.map { [$0.property.field($0.key)] } ?? [])
        @Sendable func results(_ decoded: (samples: Tensor, info: AudioInfo)) -> [Tensor] {
            [decoded.samples] + (info.map { [$0.property.value(of: decoded.info)] } ?? [])
        }
        let others = info.map { info -> LabelledFunction in
            (
                "audio info(\(files.key))",
                { (values, pool) throws(ColonnadeError) in
                    [try Self.property(info.property, of: values[0], files, pool)]
                }
            )
        }
        if let segment {
            guard segment.seconds > 0, segment.seconds.isFinite else {
                throw ColonnadeError(
                    .invalidArgument, "a segment of \(segment.seconds) seconds has no frame: give more than 0")
            }
            return try computing(
                [files.key], toEach: fields, label: "\(label)(\(files.key)), a segment of \(segment.seconds) s",
                drawing: "audio segment",
                randomlyWithSeed: segment.seed, others: others
            ) { (values, pool, below) throws(ColonnadeError) in
                results(
                    try files.read(values[0], from: pool) { (bytes) throws(ColonnadeError) in
                        try decoder.decode(bytes, seconds: segment.seconds, from: pool, startingAt: below)
                    })
            }
        }
        return try computing(
            [files.key], toEach: fields, label: "\(label)(\(files.key))", others: others
        ) { (values, pool) throws(ColonnadeError) in
            results(
                try files.read(values[0], from: pool) { (bytes) throws(ColonnadeError) in
                    try decoder.decodeWithInfo(bytes, from: pool)
                })
        }
    }

    private func measuring(
        _ files: EncodedFiles, _ property: AudioProperty, as outputKey: String?
    ) throws(ColonnadeError) -> Self {
        try computing(
            [files.key], to: property.field(outputKey ?? files.key), label: "audio info(\(files.key))"
        ) { (values, pool) throws(ColonnadeError) in try Self.property(property, of: values[0], files, pool) }
    }

    private static func property(
        _ property: AudioProperty, of value: Tensor, _ files: EncodedFiles, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        try files.read(value, from: pool) { (bytes) throws(ColonnadeError) in
            property.value(of: try AudioDecoder.info(bytes))
        }
    }
}
