// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension AudioDecoder {
    /// The frames of the result to make, and the frames of the file that they need.
    private struct Choice {
        var resampler: Resampler?
        var outputs = 0..<0
        var inputs = 0..<0
    }

    /// Returns a part of the frames that `decode` returns, and the properties of all of the audio. Decodes nothing else.
    ///
    /// - Parameters:
    ///   - seconds: the length of the part. Audio that is not longer is decoded whole.
    ///   - below: draws the first frame: it returns a number from 0 up to a limit, which is excluded.
    /// - Throws: as `decode`, and `invalidSource` for a file that libsndfile cannot seek in.
    package func decode(
        _ bytes: Span<UInt8>, seconds: Double, from pool: TensorPool, startingAt below: (Int) -> Int
    ) throws(ColonnadeError) -> (samples: Tensor, info: AudioInfo) {
        var choice = Choice()
        let (samples, info) = try read(bytes, from: pool) { (info) throws(ColonnadeError) in
            choice = try choose(info, seconds, below)
            return choice.inputs
        }
        let mixed = try mixed(samples, from: pool)
        guard let resampler = choice.resampler else { return (mixed, info) }
        let resampled = try AudioSamples.resampled(
            mixed, resampler, outputs: choice.outputs, firstInput: choice.inputs.lowerBound, from: pool)
        return (resampled, info)
    }

    private func choose(
        _ info: AudioInfo, _ seconds: Double, _ below: (Int) -> Int
    ) throws(ColonnadeError) -> Choice {
        let resampler = try resampler(from: info.sampleRate)
        let total = resampler?.frameCount(of: info.frameCount) ?? info.frameCount
        let length = (seconds * Double(options.sampleRate ?? info.sampleRate)).rounded()
        guard length < Double(total) else {
            return Choice(resampler: resampler, outputs: 0..<total, inputs: 0..<info.frameCount)
        }
        let count = max(Int(length), 1)
        let start = below(total - count + 1)
        let outputs = start..<start + count
        let inputs = resampler?.inputs(of: outputs).clamped(to: 0..<info.frameCount) ?? outputs
        return Choice(resampler: resampler, outputs: outputs, inputs: inputs)
    }
}
