// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Changes the size of a picture to `width` × `height` pixels. A picture of that size does not change.
    ///
    /// Bytes have the values of Pillow's `resize` called first across and then down. Floating-point numbers are not rounded.
    ///
    /// - Parameters:
    ///   - key: pictures of shape (height, width, channels), or videos of shape (frames, height, width, channels), with 1 to 4
    ///     channels, of uint8 or float32; with the filter `.nearest` of any data type.
    ///   - width: the width of the result, in pixels.
    ///   - height: the height of the result, in pixels.
    ///   - filter: the weights of the pixels.
    ///   - antialiased: whether a smaller result averages all pixels of the picture. Otherwise it interpolates between the
    ///     closest ones.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, other data types, and a size below 1.
    public func resized(
        _ key: String, width: Int, height: Int, filter: ResizeFilter = .triangle, antialiased: Bool = true,
        as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkSize(width, height, key, "resized")
        let resize = Resize(target: .size(width: width, height: height), filter: filter, isAntialiased: antialiased)
        return try adding(PictureTransform(resize, key: key, outputKey: outputKey ?? key))
    }

    /// Changes the size of a picture so that its shorter side has `size` pixels. The other side keeps the form of the picture, and
    /// is rounded.
    ///
    /// - Parameters:
    ///   - key: pictures or videos as for `resized(_:width:height:filter:antialiased:as:)`.
    ///   - size: the length of the shorter side of the result, in pixels.
    ///   - filter: the weights of the pixels.
    ///   - antialiased: whether a smaller result averages all pixels of the picture.
    ///   - outputKey: the key of the result, if the picture itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` for values that are no pictures, other data types, and a size below 1; while
    ///   running for a picture so long that its result would have more than 2²⁸ pixels.
    public func resized(
        _ key: String, shorterSide size: Int, filter: ResizeFilter = .triangle, antialiased: Bool = true,
        as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try PictureArguments.checkSize(size, size, key, "resized")
        let resize = Resize(target: .shorterSide(size), filter: filter, isAntialiased: antialiased)
        return try adding(PictureTransform(resize, key: key, outputKey: outputKey ?? key))
    }
}

/// Changes the size of a picture.
struct Resize: PictureOperation {
    enum Target: Sendable {
        case size(width: Int, height: Int)
        case shorterSide(Int)
    }

    let target: Target
    let filter: ResizeFilter
    let isAntialiased: Bool

    var name: String { "resize" }
    var extent: PictureExtent { .same }
    var isMovingPixels: Bool { filter == .nearest }
    var dtypes: [DType]? { filter.dtypes }

    func output(of field: Field, _ key: String) throws(ColonnadeError) -> Field {
        switch target {
        case .size(let width, let height): return field.withPictureSize(height, width)
        case .shorterSide:
            let size = field.pictureSize
            guard let width = size.width, let height = size.height, width > 0, height > 0 else {
                return field.withPictureSize(nil, nil)
            }
            let result = try resultSize(width, height, key)
            return field.withPictureSize(result.height, result.width)
        }
    }

    private func resultSize(
        _ width: Int, _ height: Int, _ key: String
    ) throws(ColonnadeError) -> (width: Int, height: Int) {
        switch target {
        case .size(let width, let height): return (width, height)
        case .shorterSide(let size):
            let scale = Double(size) / Double(min(width, height))
            let result = (
                width: Int((scale * Double(width)).rounded()), height: Int((scale * Double(height)).rounded())
            )
            try PictureArguments.checkSize(result.width, result.height, key, "resized")
            return result
        }
    }

    func work(
        for shape: PictureShape, _ key: String, _ random: inout SplitMix64
    ) throws(ColonnadeError) -> PictureWork? {
        let size = try resultSize(shape.width, shape.height, key)
        if size.width == shape.width, size.height == shape.height { return nil }
        return .resize(
            PictureResize(
                shape.whole, width: size.width, height: size.height, filter: filter, isAntialiased: isAntialiased))
    }
}

extension ResizeFilter {
    /// The data types of pictures that can be resized; nil for all.
    var dtypes: [DType]? { self == .nearest ? nil : [.uint8, .float32] }
}
