// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore

extension Pipelined {
    /// Replaces a random part of a picture by one number, with a probability. The part depends on seed, epoch and row; all frames
    /// of a video have the same one.
    ///
    /// The law is that of torchvision's `RandomErasing`: a trial draws an area uniformly and the logarithm of a ratio of height to
    /// width uniformly, and takes them if the part is smaller than the picture. If ten trials fail, nothing is replaced.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels and any data type.
    ///   - probability: the probability that a part is replaced.
    ///   - area: the least and the largest area of the part, relative to the area of the picture.
    ///   - aspect: the least and the largest ratio of height to width of the part, in pixels.
    ///   - value: the number that all replaced elements get.
    ///   - seed: the seed of the random choices.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, a probability that is not from 0 to 1, ranges that
    ///   are empty, an area beyond 1, and a number that the data type cannot hold.
    public func randomlyErased(
        _ key: String, probability: Double = 0.5, area: (Double, Double) = (0.02, 0.33),
        aspect: (Double, Double) = (0.3, 3.3), value: Double = 0, seed: UInt64 = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkProbability(probability, key)
        try PictureArguments.checkRange(area, "areas", key, above: 0, to: 1)
        try PictureArguments.checkRange(aspect, "aspect ratios", key, above: 0, to: .infinity)
        try schema.field(named: key).checkPadding(value)
        let erase = RandomErase(
            probability: probability, area: area, ratios: LogUniform(aspect.0, aspect.1), value: value, seed: seed)
        return try adding(PictureTransform(erase, key: key, outputKey: outputKey ?? key))
    }
}

/// Replaces a random part of a picture by one number.
struct RandomErase: PictureOperation {
    let probability: Double
    let area: (Double, Double)
    let ratios: LogUniform
    let value: Double
    let seed: UInt64?

    var name: String { "random erasing" }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        guard random.unit() < probability else { return nil }
        let pixels = Double(shape.width) * Double(shape.height)
        for _ in 0..<10 {
            let target = pixels * (area.0 + (area.1 - area.0) * random.unit())
            let ratio = ratios.next(&random)
            let height = (target * ratio).squareRoot().rounded(.toNearestOrEven)
            let width = (target / ratio).squareRoot().rounded(.toNearestOrEven)
            guard width >= 1, height >= 1, width < Double(shape.width), height < Double(shape.height) else { continue }
            let y = random.below(shape.height - Int(height) + 1)
            let x = random.below(shape.width - Int(width) + 1)
            return .erase(PictureRegion(x: x, y: y, width: Int(width), height: Int(height)), value: value)
        }
        return nil
    }
}
