// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A format of picture files. The first bytes of a file determine its format, never its name.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    case jpeg
    case png
    case webp
    case bmp
    /// The formats PBM, PGM and PPM.
    case pnm
    case gif
    case tga

    /// The name of the format for people.
    var title: String {
        switch self {
        case .webp: "WebP"
        default: rawValue.uppercased()
        }
    }

    /// Returns the format of a file. Throws `invalidSource` or `unsupported`, with the name of the format if it is a known one that is
    /// not read here.
    public init(of bytes: Span<UInt8>) throws(ColonnadeError) {
        guard let format = ImageFormat.recognized(bytes) else { throw ImageFormat.refusal(of: bytes) }
        self = format
    }

    private static func recognized(_ bytes: Span<UInt8>) -> ImageFormat? {
        guard bytes.count > 2 else { return nil }
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0xFF, 0xD8, 0xFF): return .jpeg
        case (0x89, 0x50, 0x4E) where bytes.has("PNG\r\n\u{1A}\n", at: 1): return .png
        case (0x52, 0x49, 0x46) where bytes.has("RIFF") && bytes.has("WEBP", at: 8): return .webp
        case (0x47, 0x49, 0x46) where bytes.has("GIF87a") || bytes.has("GIF89a"): return .gif
        case (0x42, 0x4D, _): return .bmp
        case (0x50, 0x31...0x36, 0x09...0x0D), (0x50, 0x31...0x36, 0x20), (0x50, 0x31...0x36, 0x23): return .pnm
        // A TGA file has no signature at its beginning, so it comes last.
        default: return TGA.isPlausible(bytes) ? .tga : nil
        }
    }

    /// The beginnings of files of other formats, with names for error messages.
    private static let otherPictures: [(name: String, offset: Int, text: String)] = [
        ("a TIFF picture", 0, "II*\0"), ("a TIFF picture", 0, "MM\0*"), ("a HEIF or AVIF picture", 4, "ftyp"),
        ("a JPEG XL picture", 4, "JXL "), ("a JPEG 2000 picture", 4, "jP  "), ("a Photoshop picture", 0, "8BPS"),
        ("a Radiance HDR picture", 0, "#?RADIANCE"), ("an SVG drawing", 0, "<svg"),
    ]
    private static let otherFiles: [(name: String, offset: Int, text: String)] = [
        ("an SVG drawing or XML", 0, "<?xml"), ("a PDF document", 0, "%PDF"), ("a WAV sound", 8, "WAVE"),
        ("a FLAC sound", 0, "fLaC"), ("an Ogg sound", 0, "OggS"), ("an MP3 sound", 0, "ID3"),
        ("a zip archive", 0, "PK\u{3}\u{4}"), ("an HTML page", 0, "<!DOCTYPE html"), ("an HTML page", 0, "<html"),
    ]

    /// Returns whether a file is a picture of a format that is not read here.
    static func isOtherPicture(_ bytes: Span<UInt8>) -> Bool {
        recognized(bytes) == nil && otherPictures.contains { bytes.has($0.text, at: $0.offset) }
    }

    private static func refusal(of bytes: Span<UInt8>) -> ColonnadeError {
        if bytes.isEmpty {
            return ColonnadeError(.invalidSource, "it is empty, and no picture: replace it, or leave the sample out")
        }
        if let other = (otherPictures + otherFiles).first(where: { bytes.has($0.text, at: $0.offset) }) {
            return ColonnadeError(
                .unsupported,
                "it is \(other.name); pictures in JPEG, PNG, WebP, BMP, PNM, TGA and GIF are read: convert it to one of them"
            )
        }
        return ColonnadeError(
            .invalidSource,
            "it is no picture in JPEG, PNG, WebP, BMP, PNM, TGA or GIF: convert it to one of them, or leave the sample out"
        )
    }
}
