// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A decoder of pictures: JPEG, PNG, WebP, BMP, PNM, TGA, and the first frame of GIF.
///
///     let image = try ImageDecoder().decode(bytes)   // uint8[height, width, channels]
///
/// JPEG pictures have three channels, also gray ones. Other gray pictures have one, or two with alpha. Palettes are expanded,
/// samples of 16 bits are cut to 8, and CMYK becomes RGB. A picture whose data are damaged or end early is an error, never a part of
/// a picture. Threads may use one decoder at once.
public struct ImageDecoder: Sendable, Hashable {
    public let options: ImageOptions

    /// The largest picture file that is read, in bytes: the most pixels have as many bytes without compression.
    static let largestFile = 1 << 30

    public init(_ options: ImageOptions = ImageOptions()) { self.options = options }

    /// Returns the pixels of a picture: uint8 of the shape `[height, width, channels]`.
    ///
    /// Throws `invalidSource` for bytes that are no picture or a damaged one; `unsupported` for other formats, for animated WebP
    /// and for more than 2^28 pixels; `outOfMemory`.
    public func decode(_ bytes: Span<UInt8>) throws(ColonnadeError) -> Tensor {
        try decode(bytes, from: TensorPool(keeping: 0))
    }

    /// Returns the pixels of a picture in an array. Throws as the function for spans does.
    public func decode(_ bytes: [UInt8]) throws(ColonnadeError) -> Tensor { try decode(bytes.span) }

    /// Returns the width and height of a picture as `decode` returns it. Throws as `ImageHeader` does.
    public func size(_ bytes: Span<UInt8>) throws(ColonnadeError) -> (width: Int, height: Int) {
        let header = try ImageHeader(of: bytes)
        let isTurned = options.orientation == .apply && header.orientation > 4
        return isTurned ? (header.height, header.width) : (header.width, header.height)
    }

    package func decode(_ bytes: Span<UInt8>, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let header = try ImageHeader(of: bytes)
        let isKeeping = options.alpha == .keep || header.channels != 4
        let image = ImageTarget(
            width: header.width, height: header.height, channels: isKeeping ? header.channels : 3, pool: pool)
        let pixels: Tensor
        switch header.format {
        case .jpeg: pixels = try JPEG.decode(bytes, to: image)
        case .png: pixels = try PNG.decode(bytes, to: image)
        case .webp: pixels = try WebP.decode(bytes, to: image)
        case .bmp: pixels = image.tensor(try BMP(bytes).pixels(bytes), of: header.channels)
        case .pnm: pixels = image.tensor(try PNM(bytes).pixels(bytes), of: header.channels)
        case .gif: pixels = image.tensor(try GIF(bytes).pixels(bytes), of: header.channels)
        case .tga: pixels = image.tensor(try TGA(bytes).pixels(bytes), of: header.channels)
        }
        return options.orientation == .apply ? try pixels.turnedUpright(header.orientation, from: pool) : pixels
    }
}
