// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Keeps `width` × `height` pixels of a picture at a random place. The place depends on seed, epoch and row; all frames of a
    /// video have the same one.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels and any data type.
    ///   - width: the width of the result, in pixels.
    ///   - height: the height of the result, in pixels.
    ///   - padding: the pixels of zeros that each side gets before the picture is cropped.
    ///   - seed: the seed of the random choices.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, padding that is negative or beyond 65,536, and
    ///   for a picture that is smaller, which for pictures of several sizes is known only while running.
    public func randomlyCropped(
        _ key: String, width: Int, height: Int, padding: Int = 0, seed: UInt64 = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkSize(width, height, key, "cropped")
        guard padding >= 0, padding <= 65_536 else {
            throw ColonnadeError(
                .invalidArgument, "the padding of \"\(key)\" must be from 0 to 65536 pixels, not \(padding)")
        }
        let crop = RandomCrop(width: width, height: height, padding: padding, seed: seed)
        return try adding(PictureTransform(crop, key: key, outputKey: outputKey ?? key))
    }
}

/// Keeps a part of a picture at a random place.
struct RandomCrop: PictureOperation {
    let width: Int
    let height: Int
    let padding: Int
    let seed: UInt64?

    var name: String { "random crop" }
    var extent: PictureExtent { .part }
    var isMovingPixels: Bool { padding == 0 }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        try field.cropped(to: width, height, key, padding: padding)
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        try shape.checkContains(width, height, key, padding: padding)
        let x = random.below(shape.width + 2 * padding - width + 1) - padding
        let y = random.below(shape.height + 2 * padding - height + 1) - padding
        let region = PictureRegion(x: x, y: y, width: width, height: height)
        return region == shape.whole ? nil : .copy(region)
    }
}
