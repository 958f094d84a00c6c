// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// An operation on pictures: it decides which work to do for a picture of a known size, without reading its pixels.
protocol PictureOperation: Sendable {
    /// The name of the operation for people, such as `center crop`.
    var name: String { get }

    /// The seed of the random choices; nil if there are none.
    var seed: UInt64? { get }

    /// The data types of pictures that the operation can change; nil for all.
    var dtypes: [DType]? { get }

    /// The pixels of a picture that a part of the result depends on.
    var extent: PictureExtent { get }

    /// Whether each pixel of the result is a pixel of the picture, unchanged, so that converting elements before or after the
    /// operation gives equal results.
    var isMovingPixels: Bool { get }

    /// Returns the field of the result. Its shape ends with height, width and channels, as that of the argument.
    /// Throws `invalidArgument` for pictures that cannot be changed.
    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field

    /// Returns the work for a picture of that shape, or nil to leave it as it is. The result has a shape that the field of
    /// `output` promises. Throws `invalidArgument` for a picture that cannot be changed.
    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork?
}

extension PictureOperation {
    var seed: UInt64? { nil }
    var dtypes: [DType]? { nil }
    var extent: PictureExtent { .all }
    var isMovingPixels: Bool { false }
    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field { field }
}

extension Field {
    /// The height and width of pictures.
    var pictureSize: (height: Int?, width: Int?) { (shape[shape.count - 3], shape[shape.count - 2]) }

    /// Returns the field with another height and width of its pictures.
    func withPictureSize(_ height: Int?, _ width: Int?) -> Field {
        var sizes = shape
        sizes[sizes.count - 3] = height
        sizes[sizes.count - 2] = width
        return reshaped(to: sizes)
    }
}
