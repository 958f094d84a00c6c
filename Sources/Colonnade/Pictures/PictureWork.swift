// SPDX-License-Identifier: Apache-2.0

/// A change of one picture whose random choices are made: how its pixels are computed.
enum PictureWork: Equatable, Sendable {
    case copy(PictureRegion)
    case resize(PictureResize)
    /// Takes the pixels of a result of that size from places of the picture.
    case map(PictureMap, width: Int, height: Int)
    /// Sums three channels with these weights, in 1/65,536.
    case weigh(ChannelReduction)
    /// Replaces the elements of a region, which is inside the picture, by a number.
    case erase(PictureRegion, value: Double)
    /// Changes the colours, one change after another. There is at least one.
    case adjust([ColorChange])
    case changeTones(ToneChange)
    /// Blends the picture with its blur.
    case sharpen(Blend)

    /// Returns the shape of the result.
    func result(of shape: PictureShape) -> PictureShape {
        switch self {
        case .copy(let region): return shape.resized(width: region.width, height: region.height)
        case .resize(let resize): return shape.resized(width: resize.window.width, height: resize.window.height)
        case .map(_, let width, let height): return shape.resized(width: width, height: height)
        case .erase, .adjust, .changeTones, .sharpen: return shape
        case .weigh:
            var copy = shape
            copy.channels = 1
            return copy
        }
    }

    /// Returns the pixels of the source that the result depends on: at least one.
    func source(in shape: PictureShape) -> PictureRegion {
        switch self {
        case .copy(let region): return region.clamped(to: shape.whole)
        case .resize(let resize): return resize.sourceOfWindow
        case .map, .erase, .adjust, .changeTones, .sharpen, .weigh: return shape.whole
        }
    }

    /// Returns one work with the same pixels as this one followed by the next one; nil if there is none. `shape` is the
    /// shape of the source.
    func combined(with next: PictureWork, of shape: PictureShape) -> PictureWork? {
        switch (self, next) {
        case (.copy(let region), .copy(let inner)):
            return region.region(inner).map { .copy($0) }
        case (.copy(let region), .resize(var resize)):
            // The pixels of a mirrored region have their weights in another order, and those outside the picture are
            // not in memory.
            guard !region.isMirrored, !region.isUpsideDown, region.isInside(width: shape.width, height: shape.height),
                let source = region.region(resize.source)
            else { return nil }
            resize.source = source
            return .resize(resize)
        case (.resize(var resize), .copy(let inner)):
            guard let window = resize.window.region(inner) else { return nil }
            resize.window = window
            return .resize(resize)
        default: return nil
        }
    }

    /// Returns two works with the same pixels as this one followed by the next one, of which this one makes only the pixels that
    /// the next one reads; nil if there are none.
    func narrowed(for next: PictureWork) -> (PictureWork, PictureWork)? {
        guard case .copy(let region) = self, case .resize(var resize) = next, let source = region.region(resize.source)
        else { return nil }
        resize.source.x = 0
        resize.source.y = 0
        return (.copy(source), .resize(resize))
    }
}
