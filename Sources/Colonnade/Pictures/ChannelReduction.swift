// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The weights of red, green and blue in a picture of one channel.
public enum ChannelReduction: Sendable, Hashable, CaseIterable {
    /// ITU-R BT.601: television of standard definition, and JPEG.
    case rec601
    /// ITU-R BT.709: television of high definition, and sRGB.
    case rec709
    /// ITU-R BT.2020: television of ultra high definition.
    case rec2020
    /// Green alone.
    case green

    /// The weights in 1/65,536, truncated, so that white becomes 254 or 255.
    var weights: [UInt32] {
        switch self {
        case .rec601: [19_595, 38_469, 7_471]
        case .rec709: [13_932, 46_871, 4_731]
        case .rec2020: [17_216, 44_433, 3_886]
        case .green: [0, 65_536, 0]
        }
    }
}

extension Pipelined {
    /// Makes pictures of one channel of pictures of red, green and blue: the sum of the channels by weight, truncated.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, 3), or videos of shape (frames, height, width, 3), of uint8.
    ///   - weights: the weights of the channels.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for other values, which for pictures of several numbers of channels is known only
    ///   while running.
    public func reducingChannels(
        _ key: String, weights: ChannelReduction = .rec601, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        let reduction = ReduceChannels(weights: weights)
        return try adding(PictureTransform(reduction, key: key, outputKey: outputKey ?? key))
    }
}

private struct ReduceChannels: PictureOperation {
    let weights: ChannelReduction

    var name: String { "channel reduction" }
    var dtypes: [DType]? { [.uint8] }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        try check(field.shape.last ?? nil, key)
        return field.reshaped(to: field.shape.dropLast() + [1])
    }

    private func check(_ channels: Int?, _ key: String) throws(ColonnadeError) {
        guard let channels, channels != 3 else { return }
        throw ColonnadeError(
            .invalidArgument,
            "\"\(key)\" has \(channels) channels, and only three channels can be reduced to one: leave the step out for grey pictures"
        )
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        try check(shape.channels, key)
        return .weigh(weights)
    }
}
