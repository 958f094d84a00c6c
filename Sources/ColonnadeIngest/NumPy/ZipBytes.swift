// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Reads little-endian numbers from a part of a zip archive; every read is checked.
struct ZipBytes {
    let path: String
    /// The offset of the first byte in the file.
    let base: Int
    var bytes: [UInt8] = []
    var index = 0

    var offset: Int { base + index }
    var remaining: Int { bytes.count - index }

    mutating func take(_ count: Int) throws(ColonnadeError) -> ArraySlice<UInt8> {
        guard count <= remaining else {
            throw failure("the archive's records end too early: it is truncated or damaged, get it again")
        }
        index += count
        return bytes[index - count..<index]
    }

    mutating func skip(_ count: Int) throws(ColonnadeError) { _ = try take(count) }

    /// Reads a number of 2, 4 or 8 bytes. A number of 8 bytes must fit in 63 bits.
    mutating func number(_ width: Int) throws(ColonnadeError) -> Int {
        let value = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else {
            throw failure("a number in the archive's records is beyond reason: it is damaged, get it again")
        }
        return number
    }

    func failure(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .file(path, offset: offset))
    }
}
