// SPDX-License-Identifier: Apache-2.0

public import Colonnade
public import ColonnadeCore

extension Pipelined {
    /// Changes the sample rate of audio, from a rate that all samples have. Of n frames it makes ⌊n · new rate / old rate⌋.
    ///
    /// - Parameters:
    ///   - key: float32 of the shape `[frames]` or `[frames, channels]`, before `batched`.
    ///   - inputRate: the number of frames in a second that the audio has.
    ///   - outputRate: the number of frames in a second of the result.
    ///   - quality: the method.
    ///   - outputKey: the key of the result, if the audio must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for another type or shape, and for a rate out of range.
    public func resampledAudio(
        _ key: String, from inputRate: Int, to outputRate: Int, quality: ResamplingQuality = .fastest,
        as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        let resampler = try Resampler(from: inputRate, to: outputRate, quality)
        return try resampling(key, [], as: outputKey, to: outputRate) { _ in resampler }
    }

    /// Changes the sample rate of audio, from a rate that each sample has in another key.
    ///
    /// - Parameters:
    ///   - key: float32 of the shape `[frames]` or `[frames, channels]`, before `batched`.
    ///   - infoKey: an integer, the number of frames in a second; or three, as `AudioProperty.all`.
    ///   - outputRate: the number of frames in a second of the result.
    ///   - quality: the method.
    ///   - outputKey: the key of the result, if the audio must stay.
    /// - Throws: as for a fixed rate. While running, `invalidArgument` for a rate out of range.
    public func resampledAudio(
        _ key: String, rateIn infoKey: String, to outputRate: Int, quality: ResamplingQuality = .fastest,
        as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try ColonnadeError.checkSampleRate(outputRate)
        let info = try schema.field(named: infoKey)
        guard info.dtype == .int64 || info.dtype == .int32, info.shape == [] || info.shape == [1] || info.shape == [3]
        else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(infoKey)\" is \(info.typeDescription); the sample rate is an int64 or int32, or the last of three")
        }
        let resamplers = Resamplers(to: outputRate, quality)
        return try resampling(key, [infoKey], as: outputKey, to: outputRate) { (values) throws(ColonnadeError) in
            let numbers =
                info.dtype == .int64
                ? try values[1].elements(as: Int64.self).map { Int($0) }
                : try values[1].elements(as: Int32.self).map { Int($0) }
            return try resamplers.resampler(from: numbers[numbers.count - 1])
        }
    }

    private func resampling(
        _ key: String, _ otherKeys: [String], as outputKey: String?, to rate: Int,
        _ resampler: @escaping @Sendable ([Tensor]) throws(ColonnadeError) -> Resampler
    ) throws(ColonnadeError) -> Self {
        let field = try schema.field(named: key)
        guard field.dtype == .float32, (1...2).contains(field.shape.count), field.kind == .tensor else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(field.typeDescription); audio to resample is float32[frames] or float32[frames, channels]: cast "
                    + "it, or resample before batches are made")
        }
        var resampled = Field(outputKey ?? key, .float32, [nil] + field.shape.dropFirst())
        resampled.channelPlace = field.channelPlace
        return try computing(
            [key] + otherKeys, to: resampled, label: "resample(\(key), \(rate))"
        ) { (values, pool) throws(ColonnadeError) in
            let resampler = try resampler(values)
            return resampler.inputs == resampler.outputs
                ? values[0] : try AudioSamples.resampled(values[0], resampler, from: pool)
        }
    }
}
