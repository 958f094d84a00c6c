// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The errors of audio. They have no place: the caller knows the row or the file.
extension ColonnadeError {
    /// The error of a file that breaks the rules of its format, or ends early.
    static func damagedAudio(_ reason: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, "the audio is damaged: \(reason): replace it, or leave the sample out")
    }

    /// The error of a sample that float32 does not hold. Frames and channels count from 0.
    static func tooLoudAudio(frame: Int, channel: Int) -> ColonnadeError {
        ColonnadeError(
            .invalidSource,
            "a sample of the audio (frame \(frame), channel \(channel)) is beyond the range of float32: divide the samples, which "
                + "usually are between -1 and 1, or leave the sample out")
    }

    /// The error of a file that Colonnade cannot decode.
    static func unsupportedAudio(_ reason: String) -> ColonnadeError {
        ColonnadeError(.unsupported, "the audio cannot be decoded: \(reason)")
    }

    /// The most samples of a sound, which take 1 GiB.
    static let mostSamples = 1 << 28

    /// Throws `unsupported` for more than 2^28 samples (1 GiB), before memory is taken for them.
    static func checkAudioSize(_ frames: Int, _ channels: Int) throws(ColonnadeError) {
        guard frames.saturatingProduct(channels) <= mostSamples else {
            throw .unsupportedAudio(
                "it has \(frames) frames of \(channels) channels, and 2^28 samples are the limit: take segments, or cut it"
            )
        }
    }

    /// Throws `invalidArgument` unless a number of frames in a second is one.
    static func checkSampleRate(_ rate: Int) throws(ColonnadeError) {
        guard (1...Resampler.highestRate).contains(rate) else {
            throw ColonnadeError(
                .invalidArgument, "the sample rate \(rate) is out of range: give 1 to \(Resampler.highestRate)")
        }
    }
}
