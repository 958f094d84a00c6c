// SPDX-License-Identifier: Apache-2.0

extension ImageFormat {
    /// The media type of files of the format.
    public var mediaType: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        case .bmp: "image/bmp"
        case .pnm: "image/x-portable-anymap"
        case .gif: "image/gif"
        case .tga: "image/x-tga"
        }
    }
}
