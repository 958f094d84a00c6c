// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Keeps the middle of a picture: `width` × `height` pixels. If the margins cannot be equal, the left and the upper one are
    /// the smaller ones. All frames of a video are cropped.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels and any data type.
    ///   - width: the width of the result, in pixels.
    ///   - height: the height of the result, in pixels.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, and for a picture that is smaller, which for
    ///   pictures of several sizes is known only while running.
    public func centerCropped(
        _ key: String, width: Int, height: Int, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkSize(width, height, key, "cropped")
        let crop = CenterCrop(width: width, height: height)
        return try adding(PictureTransform(crop, key: key, outputKey: outputKey ?? key))
    }
}

/// Keeps the middle of a picture.
struct CenterCrop: PictureOperation {
    let width: Int
    let height: Int

    var name: String { "center crop" }
    var extent: PictureExtent { .part }
    var isMovingPixels: Bool { true }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        try field.cropped(to: width, height, key)
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        try shape.checkContains(width, height, key)
        if shape.width == width, shape.height == height { return nil }
        return .copy(
            PictureRegion(x: (shape.width - width) / 2, y: (shape.height - height) / 2, width: width, height: height))
    }
}

extension Field {
    /// Returns the field of pictures cropped to a size. Throws `invalidArgument` if all pictures are smaller.
    func cropped(
        to width: Int, _ height: Int, _ key: String, padding: Int = 0
    ) throws(ColonnadeError) -> Field {
        let size = pictureSize
        try checkCrop(
            size.width.map { $0 + 2 * padding } ?? width, size.height.map { $0 + 2 * padding } ?? height, width, height,
            key)
        return withPictureSize(height, width)
    }
}

extension PictureShape {
    /// Throws `invalidArgument` if the picture is smaller than a crop of it.
    func checkContains(_ width: Int, _ height: Int, _ key: String, padding: Int = 0) throws(ColonnadeError) {
        try checkCrop(self.width + 2 * padding, self.height + 2 * padding, width, height, key)
    }
}

private func checkCrop(
    _ sourceWidth: Int, _ sourceHeight: Int, _ width: Int, _ height: Int, _ key: String
) throws(ColonnadeError) {
    guard width <= sourceWidth, height <= sourceHeight else {
        throw ColonnadeError(
            .invalidArgument,
            "\"\(key)\" has \(sourceWidth) × \(sourceHeight) pixels, of which \(width) × \(height) cannot be cropped: resize it "
                + "first, or crop less")
    }
}
