// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStore

extension PictureRecipe {
    /// Whether pixels of a data type can be converted while the last work computes them.
    func canConvert(_ dtype: DType) -> Bool {
        guard dtype == .uint8, case .resize(let resize) = last else { return false }
        return resize.filter != .nearest
    }

    /// Computes the picture of a sample.
    ///
    /// - Parameters:
    ///   - tensor: the sample, of the shape `source`; or stacked samples of that shape.
    ///   - index: the index of the sample in the tensor.
    ///   - target: memory of exactly the size of the result.
    ///   - conversion: the conversion of the result, only if `canConvert` says so.
    @unsafe func run(
        _ tensor: Tensor, at index: Int, to target: UnsafeMutableRawBufferPointer, _ conversion: PixelConversion?,
        in scratch: inout PictureScratch
    ) throws(ColonnadeError) {
        var failure: ColonnadeError?
        let size = tensor.dtype.size
        let pixel = source.channels * size
        unsafe tensor.withUnsafeBytes { memory in
            guard let base = memory.baseAddress else { return }
            let picture = unsafe PictureMemory(
                origin: base + index * source.elements * size, end: base + memory.count, stride: source.width * pixel,
                pixelBytes: pixel, region: source.whole)
            do throws(ColonnadeError) {
                try unsafe run(picture, tensor.dtype, to: target, conversion, in: &scratch)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Computes the picture of which a part is decoded: at least `sourceRegion`.
    @unsafe func run(
        _ part: PicturePart, to target: UnsafeMutableRawBufferPointer, _ conversion: PixelConversion?,
        in scratch: inout PictureScratch
    ) throws(ColonnadeError) {
        let memory = unsafe part.storage.bytes
        guard let base = memory.baseAddress else { return }
        let stride = part.region.width * part.channels
        let picture = unsafe PictureMemory(
            origin: base - part.region.y * stride - part.region.x * part.channels, end: base + memory.count,
            stride: stride, pixelBytes: part.channels, region: part.region)
        try unsafe run(picture, .uint8, to: target, conversion, in: &scratch)
    }

    private func run(
        _ picture: PictureMemory, _ dtype: DType, to target: UnsafeMutableRawBufferPointer,
        _ conversion: PixelConversion?, in scratch: inout PictureScratch
    ) throws(ColonnadeError) {
        var picture = unsafe picture
        var shape = source
        for work in earlier {
            let next = work.result(of: shape)
            let storage = try scratch.next.memory(of: next.elements * dtype.size, from: scratch.pool)
            try unsafe work.run(picture, shape, dtype, to: storage.mutableBytes, nil, in: &scratch)
            // The result stays in memory while the next one is computed in the memory of the one before.
            swap(&scratch.latest, &scratch.next)
            guard let base = unsafe storage.bytes.baseAddress else { return }
            let pixel = next.channels * dtype.size
            unsafe picture = PictureMemory(
                origin: base, end: base + storage.byteCount, stride: next.width * pixel, pixelBytes: pixel,
                region: next.whole)
            shape = next
        }
        try unsafe (last ?? .copy(shape.whole)).run(picture, shape, dtype, to: target, conversion, in: &scratch)
    }
}

/// A picture of which all pixels or a part of them are in memory.
@unsafe private struct PictureMemory {
    /// The address of the first pixel, also if it is not in memory.
    let origin: UnsafeRawPointer
    /// The end of the memory that may be read.
    let end: UnsafeRawPointer
    /// The number of bytes from one row to the next.
    let stride: Int
    let pixelBytes: Int
    /// The pixels in memory.
    let region: PictureRegion

    /// The first pixel in memory.
    var first: UnsafeRawPointer { unsafe origin + region.y * stride + region.x * pixelBytes }

    /// Returns the frame of a video at an offset.
    func frame(at offset: Int) -> PictureMemory {
        unsafe PictureMemory(origin: origin + offset, end: end, stride: stride, pixelBytes: pixelBytes, region: region)
    }

    /// The pixels in memory as a picture.
    var part: colonnade_picture {
        unsafe colonnade_picture(
            pixels: first, stride: stride, width: region.width, height: region.height, pixel_bytes: pixelBytes)
    }
}

extension PictureWork {
    /// Computes the result of all frames. Those after the first one follow it in memory.
    fileprivate func run(
        _ source: PictureMemory, _ shape: PictureShape, _ dtype: DType, to target: UnsafeMutableRawBufferPointer,
        _ conversion: PixelConversion?, in scratch: inout PictureScratch
    ) throws(ColonnadeError) {
        guard let to = target.baseAddress else { return }
        let elementBytes = dtype.size
        let result = result(of: shape)
        for frame in 0..<(shape.frames ?? 1) {
            let memory = unsafe source.frame(at: frame * shape.frameElements * elementBytes)
            let pixels = unsafe memory.first
            var picture = unsafe memory.part
            let output = unsafe to + frame * result.frameElements * (conversion?.target.size ?? elementBytes)
            switch self {
            case .copy(let region):
                var region = region.forKernel
                unsafe region.x -= Int64(memory.region.x)
                unsafe region.y -= Int64(memory.region.y)
                unsafe colonnade_copy_region(&picture, &region, output)
            case .resize(let resize):
                try resize.check()
                var what = unsafe resize.forKernel(memory, shape.channels, dtype, conversion)
                let storage = try scratch.kernel.memory(
                    of: unsafe colonnade_resize_scratch(&what), from: scratch.pool)
                if let base = unsafe storage.mutableBytes.baseAddress {
                    unsafe colonnade_resize(&what, base, output)
                }
            case .map(let map, let width, let height):
                unsafe colonnade_map_picture(&picture, map.forKernel, width, height, output)
            case .erase(let region, let value):
                let size = shape.channels * elementBytes
                unsafe output.copyMemory(from: pixels, byteCount: shape.frameElements * elementBytes)
                let padding = Padding(value, as: dtype)
                for row in region.y..<region.y + region.height {
                    let first = unsafe output + (row * shape.width + region.x) * size
                    unsafe padding.fill(UnsafeMutableRawBufferPointer(start: first, count: region.width * size))
                }
            case .adjust(let changes):
                // The first change reads the picture, and the later ones change the result.
                var input = unsafe pixels
                for change in changes {
                    unsafe colonnade_adjust(
                        colonnade_adjustment(change.kind.rawValue), change.blend.factor, change.blend.rest,
                        dtype == .float32, input, shape.height * shape.width, shape.channels, output)
                    unsafe input = UnsafeRawPointer(output)
                }
            case .changeTones(let change):
                unsafe colonnade_change_tones(
                    colonnade_tones(change.kind.rawValue), change.argument, pixels.assumingMemoryBound(to: UInt8.self),
                    shape.height * shape.width, shape.channels, output.assumingMemoryBound(to: UInt8.self))
            case .sharpen(let blend):
                unsafe colonnade_sharpen(
                    pixels.assumingMemoryBound(to: UInt8.self), shape.width, shape.height, shape.channels, blend.factor,
                    blend.rest, output.assumingMemoryBound(to: UInt8.self))
            case .weigh(let reduction):
                let weights = reduction.weights
                unsafe weights.withUnsafeBufferPointer { weights in
                    guard let weights = weights.baseAddress else { return }
                    unsafe colonnade_weigh_channels(
                        pixels.assumingMemoryBound(to: UInt8.self), shape.height * shape.width, weights,
                        output.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
    }
}

extension PictureRegion {
    fileprivate var forKernel: colonnade_region {
        colonnade_region(
            x: Int64(x), y: Int64(y), width: width, height: height, is_mirrored: isMirrored,
            is_upside_down: isUpsideDown)
    }
}

extension PictureMap {
    fileprivate var forKernel: colonnade_map {
        colonnade_map(
            x_across: x.across, x_down: x.down, x_shift: x.shift, y_across: y.across, y_down: y.down, y_shift: y.shift)
    }
}

extension PictureResize {
    fileprivate func forKernel(
        _ picture: PictureMemory, _ channels: Int, _ dtype: DType, _ conversion: PixelConversion?
    ) -> colonnade_resize {
        let part = unsafe colonnade_picture(
            pixels: picture.origin + source.y * picture.stride + source.x * picture.pixelBytes, stride: picture.stride,
            width: source.width, height: source.height, pixel_bytes: picture.pixelBytes)
        let number: colonnade_filter =
            switch filter {
            case .triangle: COLONNADE_TRIANGLE
            case .bicubic: COLONNADE_BICUBIC
            case .nearest: COLONNADE_NEAREST
            }
        return unsafe colonnade_resize(
            source: part, end: picture.end, width: width, height: height, window: window.forKernel,
            channels: UInt8(channels), is_float: dtype == .float32, filter: UInt8(number.rawValue),
            is_antialiased: isAntialiased,
            box: box.map { colonnade_box(x: $0.x, y: $0.y, width: $0.width, height: $0.height) } ?? colonnade_box(),
            conversion: conversion?.conversion.pointer,
            result_count: conversion?.resultCount ?? 0)
    }
}
