// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Mirrors a picture with a probability: left and right change places, or with `vertically` top and bottom. The choice depends
    /// on seed, epoch and row; all frames of a video have the same one.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels and any data type.
    ///   - probability: the probability that a picture is mirrored.
    ///   - vertically: whether top and bottom change places.
    ///   - seed: the seed of the random choices.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, and for a probability that is not from 0 to 1.
    public func randomlyFlipped(
        _ key: String, probability: Double = 0.5, vertically: Bool = false, seed: UInt64 = 0,
        as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkProbability(probability, key)
        let flip = RandomFlip(probability: probability, isVertical: vertically, seed: seed)
        return try adding(PictureTransform(flip, key: key, outputKey: outputKey ?? key))
    }
}

/// Mirrors a picture with a probability.
struct RandomFlip: PictureOperation {
    let probability: Double
    let isVertical: Bool
    let seed: UInt64?

    var name: String { isVertical ? "random vertical flip" : "random flip" }
    var extent: PictureExtent { .same }
    var isMovingPixels: Bool { true }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        guard random.unit() < probability else { return nil }
        var region = shape.whole
        region.isMirrored = !isVertical
        region.isUpsideDown = isVertical
        return .copy(region)
    }
}
