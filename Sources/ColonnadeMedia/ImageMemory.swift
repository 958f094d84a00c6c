// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import Colonnade
import ColonnadeCore

/// Access to the memory in which pictures are decoded.
enum ImageMemory {
    /// A function in C that decodes a file to pixels. It returns a number of `colonnade_images.h`, and writes a message.
    typealias Decode = (
        _ bytes: UnsafePointer<UInt8>, _ length: Int, _ pixels: UnsafeMutablePointer<UInt8>,
        _ message: UnsafeMutablePointer<CChar>
    ) -> Int32

    /// Decodes a file by a function in C. Returns whether it wrote the pixels; otherwise the file cannot be decoded in parts.
    static func decode(
        _ bytes: Span<UInt8>, _ header: ImageHeader, to storage: TensorStorage, by decode: Decode
    ) throws(ColonnadeError) -> Bool {
        guard let pixels = unsafe storage.mutableBytes.bindMemory(to: UInt8.self).baseAddress else { return false }
        return try unsafe calling(bytes, header) { bytes, length, message in
            unsafe decode(bytes, length, pixels, message)
        }
    }

    /// Calls a function in C that reads a file, returns a number of `colonnade_images.h`, and writes a message. Returns whether it is
    /// done; otherwise the file cannot be decoded in parts.
    static func calling(
        _ bytes: Span<UInt8>, _ header: ImageHeader,
        _ body: (UnsafePointer<UInt8>, Int, UnsafeMutablePointer<CChar>) -> Int32
    ) throws(ColonnadeError) -> Bool {
        let name = header.format.title
        let (result, message) = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe withUnsafeTemporaryAllocation(
                of: CChar.self, capacity: Int(COLONNADE_IMAGE_MESSAGE)
            ) { text -> (Int32, String) in
                guard let start = source.baseAddress, let message = text.baseAddress else {
                    return (Int32(COLONNADE_IMAGE_DAMAGED), "it is empty")
                }
                unsafe message.pointee = 0
                let result = unsafe body(start, source.count, message)
                return (result, result == Int32(COLONNADE_IMAGE_DONE) ? "" : unsafe String(cString: message))
            }
        }
        switch result {
        case Int32(COLONNADE_IMAGE_DONE): return true
        case Int32(COLONNADE_IMAGE_NOT_IN_PARTS): return false
        case Int32(COLONNADE_IMAGE_UNSUPPORTED): throw .unsupportedImage("\(name): \(message)")
        case Int32(COLONNADE_IMAGE_NO_MEMORY):
            throw ColonnadeError(
                .outOfMemory,
                "there is no memory to decode a \(name) picture of \(header.width) × \(header.height) pixels")
        default: throw .damagedImage("\(name): \(message)")
        }
    }

    /// Calls `body` with the first bytes of memory that only the caller uses.
    static func write(
        _ byteCount: Int, to storage: TensorStorage,
        _ body: (inout MutableSpan<UInt8>) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: storage.mutableBytes[..<byteCount])
        let elements = unsafe memory.bindMemory(to: UInt8.self)
        var span = unsafe elements.mutableSpan
        try body(&span)
    }
}

extension PictureRegion {
    /// The region as a rectangle in C.
    var rectangle: colonnade_rectangle {
        colonnade_rectangle(x: UInt32(x), y: UInt32(y), width: UInt32(width), height: UInt32(height))
    }

    init(_ rectangle: colonnade_rectangle) {
        self.init(
            x: Int(rectangle.x), y: Int(rectangle.y), width: Int(rectangle.width), height: Int(rectangle.height))
    }
}
