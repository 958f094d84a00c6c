// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The numbers about sound that the header of its file has.
public enum SoundInformation: Sendable, CaseIterable {
    /// The numbers of frames and channels, and the frames per second, as int64 [3].
    case all
    /// The number of frames, as int64.
    case frameCount
    /// The number of channels, as int32.
    case channelCount
    /// The frames per second, as int32.
    case rate
    /// The length in seconds, as float64.
    case seconds

    func field(_ name: String) -> Field {
        switch self {
        case .all: Field(name, .int64, [3])
        case .frameCount: Field(name, .int64)
        case .channelCount, .rate: Field(name, .int32)
        case .seconds: Field(name, .float64)
        }
    }

    func value(_ layout: SoundLayout) -> Tensor {
        switch self {
        case .all: Tensor([Int64(layout.frameCount), Int64(layout.channelCount), Int64(layout.rate)])
        case .frameCount: Tensor(scalar: Int64(layout.frameCount))
        case .channelCount: Tensor(scalar: Int32(layout.channelCount))
        case .rate: Tensor(scalar: Int32(truncatingIfNeeded: layout.rate))
        case .seconds: Tensor(scalar: Double(layout.frameCount) / Double(layout.rate))
        }
    }
}
