// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Keeps a part of a picture with a random size, form and place. They depend on seed, epoch and row; all frames of a video
    /// have the same ones. The results have several sizes: `randomlyResizedCropped` makes them one.
    ///
    /// A trial draws a width uniformly from those that the ranges allow, and then a height from those that they allow with this
    /// width. If no trial finds one, the result is the complete picture.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels and any data type.
    ///   - area: the least and the largest area of the result, relative to the area of the picture.
    ///   - aspect: the least and the largest ratio of width to height, **relative to that of the picture**: 1 keeps its form.
    ///   - trials: the number of trials.
    ///   - seed: the seed of the random choices.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, ranges that are empty or that no part can fulfil,
    ///   an area beyond 1, and no trial.
    public func randomlyCropped(
        _ key: String, area: (Double, Double), aspect: (Double, Double), trials: Int = 10, seed: UInt64 = 0,
        as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkRange(area, "areas", key, above: 0, to: 1)
        try PictureArguments.checkRange(aspect, "aspect ratios", key, above: 0, to: .infinity)
        guard area.0 * aspect.0 <= 1, area.0 <= aspect.1 else {
            throw ColonnadeError(
                .invalidArgument,
                "no part of \"\(key)\" has an area of \(area.0) to \(area.1) and an aspect ratio of \(aspect.0) to \(aspect.1), both "
                    + "relative to the picture: allow smaller areas, or ratios closer to 1")
        }
        guard trials >= 1 else {
            throw ColonnadeError(
                .invalidArgument, "the number of trials for \"\(key)\" must be at least 1, not \(trials)")
        }
        let crop = RandomAreaCrop(area: area, aspect: aspect, trials: trials, seed: seed)
        return try adding(PictureTransform(crop, key: key, outputKey: outputKey ?? key))
    }
}

/// Keeps a part of a picture with a random size, form and place.
struct RandomAreaCrop: PictureOperation {
    let area: (Double, Double)
    let aspect: (Double, Double)
    let trials: Int
    let seed: UInt64?

    var name: String { "random area crop" }
    var extent: PictureExtent { .part }
    var isMovingPixels: Bool { true }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field { field.withPictureSize(nil, nil) }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        let (width, height) = (Double(shape.width), Double(shape.height))
        let widths = whole(
            from: (area.0 * aspect.0).squareRoot() * width,
            to: min((area.1 * aspect.1).squareRoot() * width, width))
        for _ in 0..<trials {
            guard let chosen = draw(widths, &random) else { return nil }
            let form = height / width * Double(chosen)
            let heights = whole(
                from: max(form / aspect.1, area.0 * width * height / Double(chosen)),
                to: min(form / aspect.0, area.1 * width * height / Double(chosen), height))
            guard let found = draw(heights, &random) else { continue }
            let region = PictureRegion(
                x: random.below(shape.width - chosen + 1), y: random.below(shape.height - found + 1), width: chosen,
                height: found)
            return region == shape.whole ? nil : .copy(region)
        }
        return nil
    }

    /// Returns the least and the largest whole number in a range.
    private func whole(from low: Double, to high: Double) -> (Int, Int) {
        // A bound that is a whole number, but for its rounding, counts as that number.
        (max(Int((low - 1e-9).rounded(.up)), 1), Int((high + 1e-9).rounded(.down)))
    }

    /// Returns a random number from the first to the second one; nil if there is none.
    private func draw(_ range: (Int, Int), _ random: inout SplitMix64) -> Int? {
        range.0 <= range.1 ? range.0 + random.below(range.1 - range.0 + 1) : nil
    }
}
