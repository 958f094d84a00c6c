// SPDX-License-Identifier: Apache-2.0

package import Colonnade
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
        size(try ImageHeader(of: bytes))
    }

    func size(_ header: ImageHeader) -> (width: Int, height: Int) { orientation(header).uprightSize }

    /// Returns the number of channels of a picture as `decode` returns it.
    func channels(_ header: ImageHeader) -> Int {
        options.channels == .rgb ? 3 : storedChannels(header)
    }

    /// Returns the number of channels that are decoded.
    private func storedChannels(_ header: ImageHeader) -> Int {
        header.channels == 4 && (options.alpha == .dropFromColor || options.channels == .rgb) ? 3 : header.channels
    }

    func orientation(_ header: ImageHeader) -> ImageOrientation {
        ImageOrientation(options.orientation == .apply ? header.orientation : 1, of: header)
    }

    package func decode(_ bytes: Span<UInt8>, from pool: TensorPool) throws(ColonnadeError) -> Tensor {
        let size = try size(bytes)
        var scratch = PictureScratch(from: pool)
        let whole = PictureRegion(x: 0, y: 0, width: size.width, height: size.height)
        return try decode(bytes, whole, in: &scratch).tensor
    }

    /// Returns the pixels of a region of the picture that `decode` returns, and possibly pixels around it. Throws as `decode` does,
    /// but parts of the file may be unread that decide only about other pixels.
    ///
    /// - Parameters:
    ///   - reduction: 1; for a JPEG file also 2, 4 or 8. Then the region and the result are those of the picture with this part of its
    ///     height and width, rounded up.
    ///   - entryPoints: entry points of the file, if it is a JPEG file that has them. They are not trusted.
    package func decode(
        _ bytes: Span<UInt8>, _ region: PictureRegion, reducedBy reduction: Int = 1, from entryPoints: Tensor? = nil,
        in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        let header = try ImageHeader(of: bytes)
        let orientation = orientation(header.reduced(by: reduction))
        let part = try decodeStored(bytes, header, orientation.stored(region), reduction, entryPoints, in: &scratch)
        let channels = channels(header)
        if orientation.isUpright, part.channels == channels { return part }
        return try part.upright(region, orientation, channels: channels, in: &scratch)
    }

    private func decodeStored(
        _ bytes: Span<UInt8>, _ header: ImageHeader, _ region: PictureRegion, _ reduction: Int, _ entryPoints: Tensor?,
        in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        let channels = storedChannels(header)
        switch header.format {
        case .jpeg:
            return try JPEG.decode(bytes, header, region, reducedBy: reduction, from: entryPoints, in: &scratch)
        case .png: return try PNG.decode(bytes, header, region, channels: channels, in: &scratch)
        case .webp: return try WebP.decode(bytes, header, region, channels: channels, in: &scratch)
        case .gif: return try decodeGIF(bytes, header, channels: channels, in: &scratch)
        case .bmp, .pnm, .tga: break
        }
        let count = header.width * header.height * channels
        let storage = try scratch.decoded.memory(of: count, from: scratch.pool)
        try ImageMemory.write(count, to: storage) { (pixels) throws(ColonnadeError) in
            switch header.format {
            case .bmp: try BMP(bytes).write(bytes, channels: channels, to: &pixels)
            case .tga: try TGA(bytes).write(bytes, channels: channels, to: &pixels)
            default: try PNM(bytes).write(bytes, to: &pixels)
            }
        }
        return PicturePart(storage, header.whole, channels: channels)
    }

    private func decodeGIF(
        _ bytes: Span<UInt8>, _ header: ImageHeader, channels: Int, in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        let gif = try GIF(bytes)
        let memory = try scratch.pool.take(byteCount: gif.indexCount)
        try ImageMemory.write(gif.indexCount, to: memory) { (indices) throws(ColonnadeError) in
            try gif.writeIndices(bytes, to: &indices)
        }
        let count = header.width * header.height * channels
        let storage = try scratch.decoded.memory(of: count, from: scratch.pool)
        let indices = Tensor(dtype: .uint8, shape: [gif.indexCount], storage: memory)
        try indices.withSpan(as: UInt8.self) { (indices) throws(ColonnadeError) in
            try ImageMemory.write(count, to: storage) { (pixels) throws(ColonnadeError) in
                try gif.write(indices, channels: channels, to: &pixels)
            }
        }
        return PicturePart(storage, header.whole, channels: channels)
    }
}
