// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension ImageHeader {
    /// Checks that a file has its end, by what its format says about lengths. `bytes` are those of the header. Decodes no pixel: damage
    /// within the data is not noticed. O(bytes), and far less for most formats.
    ///
    /// Throws `invalidSource` for a file that ends early. Metadata after the pixels of PNG and WebP must be complete too.
    func checkEnd(of bytes: Span<UInt8>) throws(ColonnadeError) {
        let hasEnd =
            switch format {
            case .jpeg: JPEG.hasEnd(bytes)
            case .png: PNG.hasEnd(bytes)
            case .webp: WebP.hasEnd(bytes)
            case .gif: try GIF(bytes).hasEnd(bytes)
            case .pnm: try PNM(bytes).hasEnd(bytes)
            case .tga: try TGA(bytes).hasEnd(bytes)
            // The header tells the exact size, which is checked with it.
            case .bmp: true
            }
        guard hasEnd else { throw .truncatedImage(bytes.count) }
    }
}
