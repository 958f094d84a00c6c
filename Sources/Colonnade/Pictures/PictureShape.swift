// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The sizes of a picture, or of a video: frames of one size, one after another.
struct PictureShape: Equatable, Sendable {
    /// The number of frames of a video; nil for a picture.
    let frames: Int?
    var height: Int
    var width: Int
    var channels: Int

    /// The most pixels that an operation makes of one picture.
    static let mostPixels = 1 << 28

    /// The most elements that an operation makes of one video.
    static let mostElements = 1 << 33

    /// Throws `invalidArgument` unless a value of that shape is a picture or a video with pixels.
    init(_ shape: some BidirectionalCollection<Int>, _ key: String) throws(ColonnadeError) {
        let sizes = Array(shape)
        frames = sizes.count == 4 ? sizes[0] : nil
        guard sizes.count == 3 || sizes.count == 4, (1...4).contains(sizes[sizes.count - 1]) else {
            throw PictureShape.refusal(key, "has the shape \(sizes)")
        }
        height = sizes[sizes.count - 3]
        width = sizes[sizes.count - 2]
        channels = sizes[sizes.count - 1]
        guard height > 0, width > 0 else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" has the shape \(sizes): a picture without pixels cannot be changed")
        }
    }

    /// The shape of a decoded picture.
    init(_ picture: EncodedPicture) {
        frames = nil
        (height, width, channels) = (picture.height, picture.width, picture.channels)
    }

    /// Throws `invalidArgument` unless values of the field can be pictures or videos.
    static func check(_ field: Field, _ key: String) throws(ColonnadeError) {
        let channels = field.shape.last ?? 0
        guard field.kind == .tensor, field.shape.count == 3 || field.shape.count == 4,
            channels.map({ (1...4).contains($0) }) ?? true
        else {
            throw refusal(key, "is \(field.typeDescription)")
        }
    }

    private static func refusal(_ key: String, _ found: String) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument,
            "\"\(key)\" \(found), but a picture has the shape (height, width, channels) and a video (frames, height, width, "
                + "channels), with 1 to 4 channels: reshape it, or move its channels to the end")
    }

    /// The shape of the tensor.
    var dimensions: [Int] { frames.map { [$0, height, width, channels] } ?? [height, width, channels] }

    /// The number of elements of one frame.
    var frameElements: Int { height * width * channels }

    /// The number of elements of all frames; `Int.max` if an `Int` cannot represent it.
    var elements: Int { (frames ?? 1).saturatingProduct(frameElements) }

    /// The region of all pixels.
    var whole: PictureRegion { PictureRegion(x: 0, y: 0, width: width, height: height) }

    /// Returns the shape with another height and width.
    func resized(width: Int, height: Int) -> PictureShape {
        var copy = self
        (copy.width, copy.height) = (width, height)
        return copy
    }
}
