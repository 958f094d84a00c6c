// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The weights that turn audio of one sample rate into audio of another: a sinc in a window of a squared cosine, cut off a
/// hundredth below the lower of the two rates, as in torchaudio. A row of weights for each output of a period.
struct Resampler: Sendable {
    static let highestRate = 1 << 24
    /// The limit of the table: 32 MiB. Common rates need some kilobytes.
    private static let weightLimit = 1 << 23
    private static let cutoff = 0.99

    /// The number of inputs of a period, and of the outputs that are made of them.
    let inputs: Int
    let outputs: Int
    /// The number of inputs of each output, and how many of them come before the time of the output.
    let taps: Int
    let before: Int
    private(set) var weights: [Float] = []

    /// Throws `invalidArgument` for rates out of range, and for rates whose period is too long for a table.
    init(from inputRate: Int, to outputRate: Int, _ quality: ResamplingQuality) throws(ColonnadeError) {
        try ColonnadeError.checkSampleRate(inputRate)
        try ColonnadeError.checkSampleRate(outputRate)
        let divisor = inputRate.greatestCommonDivisor(with: outputRate)
        (inputs, outputs) = (inputRate / divisor, outputRate / divisor)
        let base = Double(min(inputs, outputs)) * Resampler.cutoff
        if let crossings = quality.crossings {
            before = Int((Double(crossings * inputs) / base).rounded(.up))
            taps = 2 * before + 2
        } else {
            before = 0
            taps = quality == .hold ? 1 : 2
        }
        guard outputs.saturatingProduct(taps) <= Resampler.weightLimit else {
            throw ColonnadeError(
                .invalidArgument,
                "resampling from \(inputRate) to \(outputRate) frames in a second needs a table of \(outputs) × \(taps) weights: give "
                    + "rates with a larger common divisor, or a lower quality")
        }
        weights = AudioSamples.weights(self, quality.method, base: base)
    }

    /// The number of frames that a number of input frames becomes: none of an incomplete period of the output is added.
    func frameCount(of frames: Int) -> Int {
        // No file has 2^38 frames.
        frames > 1 << 38 ? .max : frames * outputs / inputs
    }

    /// The inputs that some outputs need, also those before the first and after the last frame. There must be outputs.
    func inputs(of outputs: Range<Int>) -> Range<Int> {
        let first = start(outputs.lowerBound)
        return first..<start(outputs.upperBound - 1) + taps
    }

    /// The index of the first input of an output.
    private func start(_ output: Int) -> Int {
        output / outputs * inputs + output % outputs * inputs / outputs - before
    }
}
