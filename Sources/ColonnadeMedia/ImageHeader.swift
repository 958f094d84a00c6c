// SPDX-License-Identifier: Apache-2.0

import Colonnade
public import ColonnadeCore

/// The facts about a picture that its header has. Reading them decodes no pixel.
public struct ImageHeader: Sendable, Hashable {
    public let format: ImageFormat
    /// The width in pixels, before the orientation is applied.
    public let width: Int
    /// The height in pixels, before the orientation is applied.
    public let height: Int
    /// The number of channels: 1 (gray), 2 (gray and alpha), 3 (RGB) or 4 (RGB and alpha). It is 3 for each JPEG file.
    public let channels: Int
    /// The orientation of the camera by the numbers of EXIF: 1 (upright) to 8. It is 1 for files without it.
    public let orientation: Int
    /// The smallest number of bytes that a file with these pixels can have.
    let leastBytes: Int

    init(
        _ format: ImageFormat, width: Int, height: Int, channels: Int, orientation: Int = 1, leastBytes: Int = 0
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.channels = channels
        self.orientation = orientation
        self.leastBytes = leastBytes
    }

    /// Reads the header of a file.
    ///
    /// Throws `invalidSource` for bytes that are no picture, damaged, or too few for the size in the header; `unsupported` for other
    /// formats, and for pictures of more than 2^28 pixels.
    public init(of bytes: Span<UInt8>) throws(ColonnadeError) {
        switch try ImageFormat(of: bytes) {
        case .jpeg: self = try JPEG.header(bytes)
        case .png: self = try PNG.header(bytes)
        case .webp: self = try WebP.header(bytes)
        case .bmp: self = try BMP(bytes).header
        case .pnm: self = try PNM(bytes).header
        case .gif: self = try GIF(bytes).header
        case .tga: self = try TGA(bytes).header
        }
        try check(byteCount: bytes.count)
    }

    /// Reads the header of a file in an array. Throws as the initializer for spans does.
    public init(of bytes: [UInt8]) throws(ColonnadeError) { try self.init(of: bytes.span) }

    /// Returns the header of the picture with a part of its height and width, rounded up.
    func reduced(by factor: Int) -> ImageHeader {
        ImageHeader(
            format, width: (width + factor - 1) / factor, height: (height + factor - 1) / factor, channels: channels,
            orientation: orientation, leastBytes: leastBytes)
    }

    /// The region of all pixels.
    var whole: PictureRegion { PictureRegion(x: 0, y: 0, width: width, height: height) }

    /// The largest number of pixels of a picture.
    static let mostPixels = 1 << 28

    /// The number of pixels up to which a picture may consist of few bytes, such as one of a single colour.
    static let fewPixels = 1 << 24

    /// The largest number of pixels for each byte of the file in larger pictures.
    static let mostPixelsPerByte = 1 << 14

    private func check(byteCount: Int) throws(ColonnadeError) {
        guard width > 0, height > 0 else {
            throw .damagedImage("its header has a size of \(width) × \(height) pixels")
        }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= ImageHeader.mostPixels else {
            throw ColonnadeError(
                .unsupported,
                "its header has a size of \(width) × \(height) pixels, more than the limit of 2^28: save it smaller")
        }
        guard
            byteCount >= leastBytes,
            pixels <= ImageHeader.fewPixels || byteCount >= pixels / ImageHeader.mostPixelsPerByte
        else {
            throw .damagedImage(
                "its header has a size of \(width) × \(height) pixels, and its \(byteCount) bytes are too few for them")
        }
    }
}
