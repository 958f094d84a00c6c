// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A property of audio as a value of a sample.
public enum AudioProperty: Sendable, Hashable, CaseIterable {
    /// int64[3]: the numbers of frames, of channels, and of frames in a second.
    case all
    /// int64.
    case frameCount
    /// int32.
    case channelCount
    /// int32: the number of frames in a second.
    case sampleRate
    /// float64.
    case seconds

    /// The field of the property under a key.
    func field(_ key: String) -> Field {
        switch self {
        case .all: Field(key, .int64, [3])
        case .frameCount: Field(key, .int64)
        case .channelCount, .sampleRate: Field(key, .int32)
        case .seconds: Field(key, .float64)
        }
    }

    func value(of info: AudioInfo) -> Tensor {
        switch self {
        case .all: Tensor([info.frameCount, info.channelCount, info.sampleRate].map { Int64($0) })
        case .frameCount: Tensor(scalar: Int64(info.frameCount))
        case .channelCount: Tensor(scalar: Int32(info.channelCount))
        case .sampleRate: Tensor(scalar: Int32(info.sampleRate))
        case .seconds: Tensor(scalar: info.seconds)
        }
    }
}
