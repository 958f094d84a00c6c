// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// Reads key and value pairs as the C data interface lays them out: counts and lengths of 32 bits before the bytes.
enum ArrowMetadata {
    /// The key of the media type of encoded files, in the metadata of a field that Colonnade has exported.
    static let mediaType = "colonnade:media_type"

    static func entries(_ metadata: UnsafePointer<CChar>?) throws(ColonnadeError) -> [String: [UInt8]] {
        guard let metadata = unsafe metadata else { return [:] }
        var at = unsafe UnsafeRawPointer(metadata)
        func number() throws(ColonnadeError) -> Int {
            let value = unsafe Int(at.loadUnaligned(as: Int32.self))
            unsafe at += 4
            guard value >= 0 else {
                throw ColonnadeError(
                    .invalidSource,
                    "the metadata of the Arrow schema has a length of \(value); this is a defect of what "
                        + "made it")
            }
            return value
        }
        func bytes() throws(ColonnadeError) -> [UInt8] {
            let count = try number()
            defer { unsafe at += count }
            return unsafe Array(UnsafeRawBufferPointer(start: at, count: count))
        }
        var entries: [String: [UInt8]] = [:]
        for _ in 0..<(try number()) {
            let key = String(decoding: try bytes(), as: UTF8.self)
            entries[key] = try bytes()
        }
        return entries
    }
}
