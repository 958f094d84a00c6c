// SPDX-License-Identifier: Apache-2.0

/// The choices in decoding audio.
public struct AudioOptions: Sendable, Hashable {
    /// The channels of decoded audio. A batch needs one number of channels.
    public enum Channels: Sendable, Hashable, CaseIterable {
        /// All channels of the file.
        case keep
        /// One channel: the mean of all channels.
        case mono
    }

    /// The number of frames in a second to resample to; nil for the rate of the file.
    public var sampleRate: Int?
    public var channels: Channels
    public var quality: ResamplingQuality

    public init(sampleRate: Int? = nil, channels: Channels = .keep, quality: ResamplingQuality = .fastest) {
        self.sampleRate = sampleRate
        self.channels = channels
        self.quality = quality
    }
}
