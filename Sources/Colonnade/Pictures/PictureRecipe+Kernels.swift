// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStore

extension PictureRecipe {
    /// Computes the picture of a sample in the memory of a tensor for several samples.
    ///
    /// - Parameters:
    ///   - tensor: the sample, of the shape `source`; or stacked samples of that shape.
    ///   - index: the index of the sample in the tensor.
    ///   - target: the memory of results of the shape `result`, one after another.
    ///   - place: the index of the sample's result in the memory.
    ///   - scratch: memory of an earlier call, which this one replaces if it is too small.
    func run(
        _ tensor: Tensor, at index: Int, to target: TensorStorage, at place: Int, scratch: inout TensorStorage?,
        from pool: TensorPool
    ) throws(ColonnadeError) {
        let size = tensor.dtype.size
        let bytes = source.elements * size
        let resultBytes = result.elements * size
        guard resultBytes > 0 else { return }
        // The result of the work before; nil at the first one.
        var made: TensorStorage?
        var shape = source
        for work in earlier {
            let next = work.result(of: shape)
            let storage = try pool.take(byteCount: next.elements * size)
            let memory = unsafe storage.mutableBytes
            try unsafe PictureRecipe.withSource(tensor, index * bytes, made, bytes) { (source) throws(ColonnadeError) in
                try unsafe work.run(source, shape, size, tensor.dtype, to: memory, &scratch, pool)
            }
            made = storage
            shape = next
        }
        let memory = unsafe UnsafeMutableRawBufferPointer(
            rebasing: target.mutableBytes[place * resultBytes..<(place + 1) * resultBytes])
        try unsafe PictureRecipe.withSource(tensor, index * bytes, made, bytes) { (source) throws(ColonnadeError) in
            let work = last ?? .copy(shape.whole)
            try unsafe work.run(source, shape, size, tensor.dtype, to: memory, &scratch, pool)
        }
    }

    /// Lends the memory of an earlier result, or of a sample and of what follows it in its tensor.
    @unsafe private static func withSource(
        _ tensor: Tensor, _ offset: Int, _ made: TensorStorage?, _ bytes: Int,
        _ body: (UnsafeRawBufferPointer) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        if let made { return try unsafe body(made.bytes) }
        var failure: ColonnadeError?
        unsafe tensor.withUnsafeBytes { memory in
            do throws(ColonnadeError) {
                try unsafe body(UnsafeRawBufferPointer(rebasing: memory[offset...]))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension PictureWork {
    /// Computes the result of all frames. `source` has the frames in `shape`, and may be longer.
    fileprivate func run(
        _ source: UnsafeRawBufferPointer, _ shape: PictureShape, _ elementBytes: Int, _ dtype: DType,
        to target: UnsafeMutableRawBufferPointer, _ scratch: inout TensorStorage?, _ pool: TensorPool
    ) throws(ColonnadeError) {
        guard let start = source.baseAddress, let to = target.baseAddress else { return }
        let result = result(of: shape)
        for frame in 0..<(shape.frames ?? 1) {
            let pixels = unsafe start + frame * shape.frameElements * elementBytes
            let output = unsafe to + frame * result.frameElements * elementBytes
            var picture = unsafe shape.picture(pixels, elementBytes)
            switch self {
            case .copy(let region):
                var region = region.forKernel
                unsafe colonnade_copy_region(&picture, &region, output)
            case .resize(let resize):
                var what = unsafe resize.forKernel(picture, end: start + source.count, shape.channels, dtype)
                let bytes = unsafe colonnade_resize_scratch(&what)
                let memory: TensorStorage
                if let scratch, scratch.byteCount >= bytes {
                    memory = scratch
                } else {
                    memory = try pool.take(byteCount: bytes)
                    scratch = memory
                }
                if let base = unsafe memory.mutableBytes.baseAddress {
                    unsafe colonnade_resize(&what, base, output)
                }
            case .rotate(let sine, let cosine, let width, let height):
                unsafe colonnade_rotate(&picture, sine, cosine, width, height, output)
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
                        colonnade_adjustment(change.kind.rawValue), change.factor, dtype == .float32, input,
                        shape.height * shape.width, shape.channels, output)
                    unsafe input = UnsafeRawPointer(output)
                }
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

extension PictureShape {
    fileprivate func picture(_ pixels: UnsafeRawPointer, _ elementBytes: Int) -> colonnade_picture {
        let pixel = channels * elementBytes
        return unsafe colonnade_picture(
            pixels: pixels, stride: width * pixel, width: width, height: height, pixel_bytes: pixel)
    }
}

extension PictureRegion {
    fileprivate var forKernel: colonnade_region {
        colonnade_region(
            x: Int64(x), y: Int64(y), width: width, height: height, is_mirrored: isMirrored,
            is_upside_down: isUpsideDown)
    }
}

extension PictureResize {
    fileprivate func forKernel(
        _ picture: colonnade_picture, end: UnsafeRawPointer, _ channels: Int, _ dtype: DType
    ) -> colonnade_resize {
        var part = unsafe picture
        unsafe part.pixels = picture.pixels + source.y * picture.stride + source.x * picture.pixel_bytes
        unsafe part.width = source.width
        unsafe part.height = source.height
        let number: colonnade_filter =
            switch filter {
            case .triangle: COLONNADE_TRIANGLE
            case .bicubic: COLONNADE_BICUBIC
            case .nearest: COLONNADE_NEAREST
            }
        return unsafe colonnade_resize(
            source: part, end: end, width: width, height: height, window: window.forKernel,
            channels: UInt8(channels), is_float: dtype == .float32, filter: UInt8(number.rawValue),
            is_antialiased: isAntialiased)
    }
}
