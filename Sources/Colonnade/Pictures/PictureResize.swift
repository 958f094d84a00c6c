// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A change of the size of a region, of which a window is computed.
struct PictureResize: Equatable, Sendable {
    /// The region that is resized. It is inside the picture and not mirrored.
    var source: PictureRegion
    /// The part of the source that becomes the result, at most a pixel smaller on each side; nil for all of it.
    private(set) var box: PictureBox?
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

    /// The most pixels of the source that make one pixel, in one direction: with more, the rounding of their weights would add up.
    private static let mostWeights = 1 << 20

    /// Throws `invalidArgument` for a source that is too long for the kernel, which counts pixels in 32 bits.
    func check() throws(ColonnadeError) {
        let isWeighing = filter != .nearest && isAntialiased
        let most = isWeighing ? PictureResize.mostWeights / (filter == .bicubic ? 4 : 2) : Int(UInt32.max)
        func isTooLong(_ size: Int, _ result: Int) -> Bool {
            size > Int(UInt32.max) || size > result.saturatingProduct(most)
        }
        guard isTooLong(source.width, width) || isTooLong(source.height, height) else { return }
        throw ColonnadeError(
            .invalidArgument,
            "a picture of \(source.width) × \(source.height) pixels cannot be resized to \(width) × \(height): at most \(most) in a "
                + "line become one: resize it in several steps, or without antialiasing")
    }

    /// The largest of the factors 8, 4 and 2 by which the source can be reduced without getting smaller than the result; 1 if there is
    /// none.
    var reduction: Int {
        guard filter != .nearest else { return 1 }
        let least = min(source.width / width, source.height / height)
        return least >= 8 ? 8 : least >= 4 ? 4 : least >= 2 ? 2 : 1
    }

    /// Returns the change of size of the same part of a reduced picture.
    func reduced(to reduction: PictureReduction) -> PictureResize {
        var copy = self
        (copy.source, copy.box) = reduction.covering(source)
        return copy
    }

    /// The pixels of the picture that the window depends on, and possibly a few around them.
    var sourceOfWindow: PictureRegion {
        let across = range(
            window.x, window.width, of: width, box?.x ?? 0, box?.width ?? Double(source.width), from: source.width)
        let down = range(
            window.y, window.height, of: height, box?.y ?? 0, box?.height ?? Double(source.height), from: source.height)
        return PictureRegion(
            x: source.x + across.lowerBound, y: source.y + down.lowerBound, width: across.count, height: down.count)
    }

    /// Returns the range of pixels of a source with `size` pixels in one direction for `count` pixels of the result from `start` on. The
    /// result is made of `length` pixels of the source from `offset` on.
    private func range(
        _ start: Int, _ count: Int, of result: Int, _ offset: Double, _ length: Double, from size: Int
    ) -> Range<Int> {
        let ratio = length / Double(result)
        let support = (filter == .bicubic ? 2 : 1) * (isAntialiased ? max(ratio, 1) : 1)
        // The centre of a pixel is in its middle. One more pixel on each side allows for all roundings.
        let first = max(Int((Double(start) + 0.5) * ratio + offset - support) - 1, 0)
        let end = min(Int((Double(start + count) - 0.5) * ratio + offset + support) + 2, size)
        return min(first, size - 1)..<max(end, min(first, size - 1) + 1)
    }
}
