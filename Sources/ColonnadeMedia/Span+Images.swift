// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Reads of numbers at an offset, for parsers of untrusted bytes. All throw `invalidSource` if the bytes end before.
extension Span where Element == UInt8 {
    func byte(_ offset: Int) throws(ColonnadeError) -> Int {
        guard indices.contains(offset) else { throw .truncatedImage(count) }
        return Int(self[offset])
    }

    func little16(_ offset: Int) throws(ColonnadeError) -> Int {
        try byte(offset) | byte(offset + 1) << 8
    }

    func little32(_ offset: Int) throws(ColonnadeError) -> Int {
        try little16(offset) | little16(offset + 2) << 16
    }

    func big16(_ offset: Int) throws(ColonnadeError) -> Int {
        try byte(offset) << 8 | byte(offset + 1)
    }

    func big32(_ offset: Int) throws(ColonnadeError) -> Int {
        try big16(offset) << 16 | big16(offset + 2)
    }

    /// Returns whether the bytes at an offset are those of an ASCII text.
    func has(_ text: String, at offset: Int = 0) -> Bool {
        guard offset >= 0, offset <= count - text.utf8.count else { return false }
        var place = offset
        for byte in text.utf8 {
            if self[place] != byte { return false }
            place += 1
        }
        return true
    }
}
