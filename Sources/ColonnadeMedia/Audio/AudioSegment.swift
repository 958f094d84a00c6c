// SPDX-License-Identifier: Apache-2.0

/// A segment of audio at a random place, which depends on seed, epoch and row alone.
public struct AudioSegment: Sendable, Hashable {
    /// The length. Audio that is not longer is taken whole.
    public let seconds: Double
    public let seed: UInt64

    public init(seconds: Double, seed: UInt64) {
        self.seconds = seconds
        self.seed = seed
    }
}
