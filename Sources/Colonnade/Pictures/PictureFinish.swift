// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStore

/// The conversion and the layout of a picture after all changes of its pixels. They are computed picture by picture as the result is
/// written, while the pixels are in a cache.
struct PictureFinish: Sendable {
    private var convert: Convert?
    private var isChannelsFirst = false
    /// Whether the conversion was written after the move of the channels.
    private var isConvertedLast = false

    var isEmpty: Bool { convert == nil && !isChannelsFirst }

    /// Whether elements are only converted, so that moving pixels before or after gives equal results.
    var isOnlyConversion: Bool { !isChannelsFirst }

    /// The names of the steps, for people.
    var names: [String] {
        let conversion = convert.map { [$0.scales.isEmpty ? "cast" : "scale"] } ?? []
        let layout = isChannelsFirst ? ["channels first"] : []
        return isConvertedLast ? layout + conversion : conversion + layout
    }

    /// Returns the finish followed by a step; nil if they cannot be one.
    func appending(_ next: any Transform) -> PictureFinish? {
        var copy = self
        if let move = next as? MoveChannels {
            guard move.layout == .channelsFirst, !isChannelsFirst else { return nil }
            copy.isChannelsFirst = true
            return copy
        }
        guard let next = next.convert, !next.isPaddedText else { return nil }
        // A scale for each channel must be for the channels where they are now.
        guard next.scales.count < 2 || next.axis == (isChannelsFirst ? -3 : -1) else { return nil }
        if let convert {
            // Between two conversions the channels must stay where they are, as if neither were part of a picture.
            guard isConvertedLast == isChannelsFirst, let both = convert.fused(with: next) else { return nil }
            copy.convert = both.convert
            return copy
        }
        copy.convert = next
        copy.isConvertedLast = isChannelsFirst
        return copy
    }

    // MARK: Results

    /// Returns the conversion of the elements of pictures whose channels stay beside each other; nil if there is none.
    func conversion(from dtype: DType, _ known: inout Conversion?) -> Conversion? {
        convert == nil || isChannelsFirst ? nil : conversion(from: dtype, inner: 1, &known)
    }

    func dtype(of dtype: DType) -> DType { convert?.dtype ?? dtype }

    /// Returns the shape of the result of a picture or video.
    func dimensions(of shape: PictureShape) -> [Int] {
        let sizes =
            isChannelsFirst
            ? [shape.channels, shape.height, shape.width] : [shape.height, shape.width, shape.channels]
        return (shape.frames.map { [$0] } ?? []) + sizes
    }

    /// Writes the result of a picture or video.
    ///
    /// - Parameters:
    ///   - pixels: the elements of a picture of that shape, of a data type.
    ///   - conversions: the conversion of an earlier call, which this one replaces if it is for another number of pixels.
    @unsafe func run(
        _ pixels: UnsafeRawBufferPointer, _ shape: PictureShape, _ dtype: DType,
        to target: UnsafeMutableRawBufferPointer, _ conversion: inout Conversion?, in scratch: inout PictureScratch
    ) throws(ColonnadeError) {
        guard isChannelsFirst else {
            return unsafe self.conversion(from: dtype, inner: 1, &conversion).convert(pixels, to: target)
        }
        guard convert != nil else { return unsafe PictureFinish.split(pixels, shape, dtype, to: target) }
        // Moving elements before or after their conversion gives equal results, and before it they are the smaller ones.
        let storage = try scratch.planes.memory(of: pixels.count, from: scratch.pool)
        let planes = unsafe UnsafeMutableRawBufferPointer(rebasing: storage.mutableBytes[..<pixels.count])
        unsafe PictureFinish.split(pixels, shape, dtype, to: planes)
        let inner = shape.height * shape.width
        unsafe self.conversion(from: dtype, inner: inner, &conversion).convert(
            UnsafeRawBufferPointer(planes), to: target)
    }

    /// Returns the conversion of elements, of which `inner` consecutive ones are of one channel.
    private func conversion(from dtype: DType, inner: Int, _ known: inout Conversion?) -> Conversion {
        let inner = (convert?.scales.count ?? 0) > 1 ? inner : 1
        if let known, known.inner == inner, known.source == dtype { return known }
        let conversion = Conversion(
            from: dtype, to: self.dtype(of: dtype), scales: convert?.scales ?? [], offsets: convert?.offsets ?? [],
            inner: inner)
        known = conversion
        return conversion
    }

    /// Moves the channels of all frames first.
    private static func split(
        _ pixels: UnsafeRawBufferPointer, _ shape: PictureShape, _ dtype: DType,
        to target: UnsafeMutableRawBufferPointer
    ) {
        guard let from = pixels.baseAddress, let to = target.baseAddress else { return }
        let bytes = shape.frameElements * dtype.size
        for frame in 0..<(shape.frames ?? 1) {
            unsafe colonnade_split_channels(
                from + frame * bytes, shape.height * shape.width, shape.channels, dtype.size, to + frame * bytes)
        }
    }
}
