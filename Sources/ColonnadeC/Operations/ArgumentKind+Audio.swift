// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeMedia

extension ArgumentKind where Value == AudioProperty {
    static var audioProperty: Self {
        choice([
            "all": .all, "num_frames": .frameCount, "num_channels": .channelCount, "sample_rate": .sampleRate,
            "num_seconds": .seconds,
        ])
    }
}

extension ArgumentKind where Value == AudioOptions.Channels {
    static var audioChannels: Self { choice(["keep": .keep, "mono": .mono]) }
}

extension ArgumentKind where Value == ResamplingQuality {
    static var resamplingQuality: Self {
        choice([
            "sinc-best": .best, "sinc-medium": .medium, "sinc-fastest": .fastest, "zero-order-hold": .hold,
            "linear": .linear,
        ])
    }
}
