// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The resamplers to one rate, made when audio of another rate comes first. A data set has few rates.
final class Resamplers: Sendable {
    private static let limit = 16

    private let rate: Int
    private let quality: ResamplingQuality
    private let made = Monitor<[Int: Resampler]>([:])

    init(to rate: Int, _ quality: ResamplingQuality) {
        self.rate = rate
        self.quality = quality
    }

    /// Throws `invalidArgument` for a rate out of range.
    func resampler(from inputRate: Int) throws(ColonnadeError) -> Resampler {
        if let known = made.withLock({ $0[inputRate] }) { return known }
        let resampler = try Resampler(from: inputRate, to: rate, quality)
        made.withLock { made in
            if made.count >= Resamplers.limit { made = [:] }
            made[inputRate] = resampler
        }
        return resampler
    }
}
