// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The order of the dimensions of a picture.
public enum PictureLayout: Sendable, Hashable {
    /// Channels, height, width: a plane for each channel, as PyTorch has pictures.
    case channelsFirst
    /// Height, width, channels: the channels of a pixel beside each other, as the operations on pictures need them.
    case channelsLast
}

extension Pipelined {
    /// Moves the channels of pictures before height and width, or back to the end.
    ///
    /// - Parameters:
    ///   - key: pictures of three dimensions or videos of four, of any data type and number of channels.
    ///   - layout: the order of the dimensions of the result. The argument has the other order.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for another number of dimensions.
    public func laidOut(
        _ key: String, _ layout: PictureLayout, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(MoveChannels(key: key, outputKey: outputKey ?? key, layout: layout))
    }
}
