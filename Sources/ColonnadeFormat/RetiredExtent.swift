// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The bytes of an old footer and its trailer, which a later commit replaced (section 5.4).
package struct RetiredExtent: Sendable, Hashable {
    package var offset: Int
    package var length: Int
    package var checksum: UInt32

    package init(offset: Int, length: Int, checksum: UInt32) {
        self.offset = offset
        self.length = length
        self.checksum = checksum
    }

    func encode(_ writer: inout ByteWriter) {
        writer.count(offset)
        writer.count(length)
        writer.integer(checksum)
        writer.zeros(4)
    }

    init(_ reader: inout ByteReader) throws(ColonnadeError) {
        offset = try reader.count("a retired extent's offset", rule: 25)
        length = try reader.count("a retired extent's length", rule: 25)
        checksum = try reader.integer(UInt32.self, "a retired extent's checksum")
        try reader.zeros(4, rule: 12)
    }

    static let encodedSize = 24
}
