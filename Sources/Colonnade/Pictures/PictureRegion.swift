// SPDX-License-Identifier: Apache-2.0

/// A rectangle of a picture, in pixels, that may be mirrored when it is copied. It may reach beyond the picture, where
/// pixels are zeros.
package struct PictureRegion: Equatable, Sendable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int
    /// Whether left and right change places.
    var isMirrored = false
    /// Whether top and bottom change places.
    var isUpsideDown = false

    package init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Returns whether no pixel is outside a picture of that size.
    func isInside(width: Int, height: Int) -> Bool {
        x >= 0 && y >= 0 && x + self.width <= width && y + self.height <= height
    }

    /// Returns the smallest region that contains this one and another one.
    func union(_ other: PictureRegion) -> PictureRegion {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return PictureRegion(
            x: left, y: top, width: max(x + width, other.x + other.width) - left,
            height: max(y + height, other.y + other.height) - top)
    }

    /// Returns the region of the picture that is a region of the copy of this one; nil if it reaches beyond the copy.
    func region(_ inner: PictureRegion) -> PictureRegion? {
        guard inner.isInside(width: width, height: height) else { return nil }
        var region = PictureRegion(
            x: x + (isMirrored ? width - inner.x - inner.width : inner.x),
            y: y + (isUpsideDown ? height - inner.y - inner.height : inner.y), width: inner.width,
            height: inner.height)
        region.isMirrored = isMirrored != inner.isMirrored
        region.isUpsideDown = isUpsideDown != inner.isUpsideDown
        return region
    }

    /// Returns the pixels of the region that are inside a picture, or one pixel of it if there are none.
    func clamped(to picture: PictureRegion) -> PictureRegion {
        func clamped(_ start: Int, _ count: Int, _ size: Int) -> (start: Int, count: Int) {
            let first = min(max(start, 0), size - 1)
            return (first, min(max(start + count - first, 1), size - first))
        }
        let (across, down) = (clamped(x, width, picture.width), clamped(y, height, picture.height))
        return PictureRegion(x: across.start, y: down.start, width: across.count, height: down.count)
    }
}
