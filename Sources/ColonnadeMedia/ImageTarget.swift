// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import ColonnadeCore

/// The size of a decoded picture, and the pool that has memory for it.
struct ImageTarget {
    let width: Int
    let height: Int
    let channels: Int
    let pool: TensorPool

    private var shape: [Int] { [height, width, channels] }

    /// A function in C that decodes a file to pixels. It returns a number of `colonnade_images.h`, and writes a message.
    typealias Decode = (
        _ bytes: UnsafePointer<UInt8>, _ length: Int, _ pixels: UnsafeMutablePointer<UInt8>,
        _ message: UnsafeMutablePointer<CChar>
    ) -> Int32

    /// Returns the pixels that a function in C writes. `name` is the name of the format.
    func tensor(
        _ bytes: Span<UInt8>, _ name: String, _ decode: Decode
    ) throws(ColonnadeError) -> Tensor {
        let storage = try pool.take(byteCount: width * height * channels)
        var message = [CChar](repeating: 0, count: Int(COLONNADE_IMAGE_MESSAGE))
        let result: Int32? = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe message.withUnsafeMutableBufferPointer { text in
                guard let start = source.baseAddress, let text = text.baseAddress,
                    let pixels = unsafe storage.mutableBytes.bindMemory(to: UInt8.self).baseAddress
                else { return nil }
                return unsafe decode(start, source.count, pixels, text)
            }
        }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch result {
        case Int32(COLONNADE_IMAGE_DONE): return Tensor(dtype: .uint8, shape: shape, storage: storage)
        case Int32(COLONNADE_IMAGE_UNSUPPORTED): throw .unsupportedImage("\(name): \(text)")
        case Int32(COLONNADE_IMAGE_NO_MEMORY):
            throw ColonnadeError(
                .outOfMemory, "there is no memory to decode a \(name) picture of \(width) × \(height) pixels")
        default: throw .damagedImage("\(name): \(text)")
        }
    }

    /// Returns pixels in memory as a tensor. A last channel that the target lacks is left out.
    func tensor(_ pixels: [UInt8], of given: Int) -> Tensor {
        guard given != channels else { return Tensor(pixels, shape: shape) }
        var kept: [UInt8] = []
        kept.reserveCapacity(width * height * channels)
        for start in stride(from: 0, to: pixels.count, by: given) { kept += pixels[start..<start + channels] }
        return Tensor(kept, shape: shape)
    }
}
