// SPDX-License-Identifier: Apache-2.0

import Colonnade
public import ColonnadeCore
public import ColonnadeIngest

/// Pictures and sound for `Ingestor`.
///
///     var options = IngestOptions()
///     options.media = MediaFiles()
///     _ = try Ingestor(paths: ["pictures"], options: options).write(to: "pictures.colonnade")
///
/// Pictures are those that `ImageDecoder` decodes, upright. Sound is WAV, AIFF, FLAC, Ogg and MP3; its headers and ends are checked without
/// libsndfile, so that the result is the same on each machine.
public struct MediaFiles: MediaReader {
    private let decoder = ImageDecoder()

    public init() {}

    public func mediaType(ofFirst bytes: [UInt8]) throws(ColonnadeError) -> String {
        if let format = SoundFormat(of: bytes.span) { return format.mediaType }
        do throws(ColonnadeError) {
            return try ImageFormat(of: bytes.span).mediaType
        } catch {
            guard error.code == .invalidSource, !bytes.isEmpty else { throw error }
            throw ColonnadeError(
                .invalidSource,
                "it is neither a picture (JPEG, PNG, WebP, BMP, PNM, TGA, GIF) nor sound (WAV, AIFF, FLAC, Ogg, MP3)")
        }
    }

    public func check(_ bytes: [UInt8]) throws(ColonnadeError) {
        if let format = SoundFormat(of: bytes.span) {
            try format.check(bytes.span)
        } else {
            try ImageHeader(of: bytes.span).checkEnd(of: bytes.span)
        }
    }

    public func audioInfo(
        of bytes: [UInt8]
    ) throws(ColonnadeError) -> (frames: Int, channels: Int, sampleRate: Int) {
        let info: AudioInfo
        do throws(ColonnadeError) {
            info = try MemoryBudget.pixels.spending(AudioDecoder.bytesOfInfo(bytes.span)) { () throws(ColonnadeError) in
                try AudioDecoder.info(bytes.span)
            }
        } catch {
            guard error.code == .unsupported, !AudioLibrary.isAvailable else { throw error }
            throw ColonnadeError(.invalidArgument, "\(error.message): install it, or leave out --audio-info")
        }
        return (info.frameCount, info.channelCount, info.sampleRate)
    }

    public func pixelShape(of bytes: [UInt8]) throws(ColonnadeError) -> [Int] {
        let header = try ImageHeader(of: bytes.span)
        let isTurned = header.orientation > 4
        // Pixels keep the alpha of gray pictures only.
        let channels = header.channels == 4 ? 3 : header.channels
        return isTurned ? [header.width, header.height, channels] : [header.height, header.width, channels]
    }

    public func storedSize(of bytes: [UInt8]) throws(ColonnadeError) -> (width: Int, height: Int) {
        let header = try ImageHeader(of: bytes.span)
        return (header.width, header.height)
    }

    public func pixels(of bytes: [UInt8]) throws(ColonnadeError) -> Tensor { try decoder.decode(bytes.span) }

    public func appendEntryPoints(of file: Span<UInt8>, to bytes: inout [UInt8]) throws(ColonnadeError) {
        try JPEG.appendEntryPoints(of: file, to: &bytes)
    }

    public func checkedEntryPoints(of bytes: [UInt8]) throws(ColonnadeError) -> [UInt8] {
        var found: [UInt8] = []
        guard try !JPEG.appendEntryPoints(of: bytes.span, to: &found) else { return found }
        let header = try ImageHeader(of: bytes.span)
        let memory = MemoryBudget.decodingBytes(of: [header.height, header.width, header.channels])
        try MemoryBudget.pixels.spending(memory) { () throws(ColonnadeError) in _ = try decoder.decode(bytes.span) }
        return found
    }

    public func baseline(_ bytes: [UInt8]) throws(ColonnadeError) -> [UInt8] { try JPEG.baseline(bytes) ?? bytes }

    public func unpacked(_ bytes: [UInt8], fromShare share: Double) throws(ColonnadeError) -> [UInt8] {
        let header = try ImageHeader(of: bytes.span)
        let pixelBytes = header.width * header.height * header.channels
        guard header.channels == 1 || header.channels == 3, header.orientation == 1, header.format != .pnm,
            Double(bytes.count) >= share * Double(pixelBytes), try !hasMoreFrames(bytes.span, header)
        else { return bytes }
        let start = "P\(header.channels == 1 ? 5 : 6) \(header.width) \(header.height) 255\n"
        return Array(start.utf8) + (try pixels(of: bytes).elements(as: UInt8.self))
    }

    private func hasMoreFrames(_ bytes: Span<UInt8>, _ header: ImageHeader) throws(ColonnadeError) -> Bool {
        switch header.format {
        case .gif: try GIF(bytes).hasMoreFrames(bytes)
        case .png: try PNG.hasMoreFrames(bytes)
        case .jpeg, .webp, .bmp, .pnm, .tga: false
        }
    }

    public func reduced(_ bytes: [UInt8], toSide side: Int, quality: Int) throws(ColonnadeError) -> [UInt8] {
        let header = try ImageHeader(of: bytes.span)
        if header.format == .jpeg, max(header.width, header.height) <= side {
            try header.checkEnd(of: bytes.span)
            return bytes
        }
        guard header.channels == 1 || header.channels == 3 else {
            throw ColonnadeError(
                .unsupported,
                "it has transparency, which JPEG does not have: keep the pictures encoded, without max-side")
        }
        let pixels = try decoder.decode(bytes.span).fittedPicture(side: side, from: TensorPool(keeping: 0))
        return try JPEG.encode(pixels, quality: quality)
    }
}
