// SPDX-License-Identifier: Apache-2.0

/// A rectangle of a picture, in pixels, that may be mirrored when it is copied. It may reach beyond the picture, where
/// pixels are zeros.
struct PictureRegion: Equatable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
    /// Whether left and right change places.
    var isMirrored = false
    /// Whether top and bottom change places.
    var isUpsideDown = false

    /// Returns whether no pixel is outside a picture of that size.
    func isInside(width: Int, height: Int) -> Bool {
        x >= 0 && y >= 0 && x + self.width <= width && y + self.height <= height
    }

    /// Returns the region of the picture that is a region of the copy of this one; nil if it reaches beyond the copy.
    func region(_ inner: PictureRegion) -> PictureRegion? {
        guard inner.isInside(width: width, height: height) else { return nil }
        return PictureRegion(
            x: x + (isMirrored ? width - inner.x - inner.width : inner.x),
            y: y + (isUpsideDown ? height - inner.y - inner.height : inner.y), width: inner.width,
            height: inner.height, isMirrored: isMirrored != inner.isMirrored,
            isUpsideDown: isUpsideDown != inner.isUpsideDown)
    }
}
