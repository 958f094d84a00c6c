// SPDX-License-Identifier: Apache-2.0

/// A change of the size of a region, of which a window is computed.
struct PictureResize: Equatable, Sendable {
    /// The region that is resized. It is inside the picture and not mirrored.
    var source: PictureRegion
    /// The size of the complete result.
    let width: Int
    let height: Int
    /// The region of the result that is computed. It is inside the result.
    var window: PictureRegion
    let filter: ResizeFilter
    let isAntialiased: Bool

    init(_ source: PictureRegion, width: Int, height: Int, filter: ResizeFilter, isAntialiased: Bool) {
        self.source = source
        self.width = width
        self.height = height
        window = PictureRegion(x: 0, y: 0, width: width, height: height)
        self.filter = filter
        self.isAntialiased = isAntialiased
    }
}
