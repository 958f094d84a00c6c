// SPDX-License-Identifier: Apache-2.0

import CColonnadeImages
import ColonnadeCore

extension JPEG {
    /// Returns a progressive file, or one of several scans, as a baseline file of one scan with equal pixels and metadata; nil for
    /// other files.
    ///
    /// Throws `invalidSource` for a damaged file, `unsupported`, or `outOfMemory`.
    static func baseline(_ bytes: [UInt8]) throws(ColonnadeError) -> [UInt8]? {
        let header = try ImageHeader(of: bytes.span)
        guard header.format == .jpeg else { return nil }
        var (file, length): (UnsafeMutablePointer<UInt8>?, Int) = (nil, 0)
        _ = try unsafe ImageMemory.calling(bytes.span, header) { bytes, count, message in
            unsafe colonnade_jpeg_to_baseline(bytes, count, &file, &length, message)
        }
        guard unsafe file != nil else { return nil }
        defer { unsafe colonnade_image_free(file) }
        return unsafe Array(UnsafeBufferPointer(start: file, count: length))
    }
}
