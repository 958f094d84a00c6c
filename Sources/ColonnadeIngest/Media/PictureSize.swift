// SPDX-License-Identifier: Apache-2.0

/// The size of a picture that annotations tell. A size that they do not tell is nil.
struct PictureSize: Sendable, CustomStringConvertible {
    let width: Int?
    let height: Int?

    func fits(width: Int, height: Int) -> Bool {
        (self.width ?? width) == width && (self.height ?? height) == height
    }

    var description: String {
        switch (width, height) {
        case (let width?, let height?): "\(width) × \(height) pixels"
        case (let width?, nil): "a width of \(width) pixels"
        case (nil, let height?): "a height of \(height) pixels"
        case (nil, nil): "no size"
        }
    }
}
