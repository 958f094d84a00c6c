// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A grey or RGB image that is small enough to be drawn with characters. Each character shows two pixels, one above the
/// other.
struct SmallImage {
    static let sides = 4...64

    let width: Int
    private let height: Int
    /// The red, green and blue values of the pixels, row by row.
    private let pixels: [(UInt8, UInt8, UInt8)]

    /// Makes an image of pixels. Returns nil unless they are uint8 of H×W or H×W×C with small sides and 1 to 4 channels.
    init?(_ tensor: Tensor) {
        guard tensor.dtype == .uint8, (2...3).contains(tensor.rank) else { return nil }
        let channels = tensor.rank == 3 ? tensor.shape[2] : 1
        guard SmallImage.sides.contains(tensor.shape[0]), SmallImage.sides.contains(tensor.shape[1]),
            (1...4).contains(channels), let bytes = try? tensor.elements(as: UInt8.self)
        else { return nil }
        height = tensor.shape[0]
        width = tensor.shape[1]
        var pixels: [(UInt8, UInt8, UInt8)] = []
        for pixel in 0..<width * height {
            let first = pixel * channels
            let step = channels < 3 ? 0 : 1
            pixels.append((bytes[first], bytes[first + step], bytes[first + 2 * step]))
        }
        self.pixels = pixels
    }

    /// Returns lines of `width` characters, with 24-bit colours or, if colours would be noise, with shades.
    func drawing(inColour: Bool) -> [String] {
        stride(from: 0, to: height, by: 2).map { top in
            inColour ? colouredLine(top) : shadedLine(top)
        }
    }

    private func colouredLine(_ top: Int) -> String {
        var line = ""
        for column in 0..<width {
            let upper = pixels[top * width + column]
            line += "\u{1B}[38;2;\(upper.0);\(upper.1);\(upper.2)"
            if top + 1 < height {
                let lower = pixels[(top + 1) * width + column]
                line += ";48;2;\(lower.0);\(lower.1);\(lower.2)"
            }
            line += "m▀"
        }
        return line + "\u{1B}[0m"
    }

    private func shadedLine(_ top: Int) -> String {
        let shades: [Character] = [" ", "░", "▒", "▓", "█"]
        return String(
            (0..<width).map { column -> Character in
                let rows = top..<min(top + 2, height)
                let sum = rows.reduce(0) { $0 + luminance(pixels[$1 * width + column]) }
                return shades[sum / rows.count * shades.count / 256]
            })
    }

    /// Returns the luminance of a pixel after Rec. 601, from 0 to 255.
    private func luminance(_ pixel: (UInt8, UInt8, UInt8)) -> Int {
        (299 * Int(pixel.0) + 587 * Int(pixel.1) + 114 * Int(pixel.2)) / 1000
    }
}
