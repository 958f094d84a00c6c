// SPDX-License-Identifier: Apache-2.0

/// The length, the channels and the rate of audio.
public struct AudioInfo: Sendable, Hashable {
    /// The number of frames. A frame has one sample of each channel.
    public let frameCount: Int
    public let channelCount: Int
    /// The number of frames in a second.
    public let sampleRate: Int

    public init(frameCount: Int, channelCount: Int, sampleRate: Int) {
        self.frameCount = frameCount
        self.channelCount = channelCount
        self.sampleRate = sampleRate
    }

    public var seconds: Double { Double(frameCount) / Double(sampleRate) }
}
