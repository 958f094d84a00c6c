// SPDX-License-Identifier: Apache-2.0

/// One contiguous range of bytes of a segment.
package struct RegionDescriptor: Sendable, Hashable {
    /// From the start of the segment.
    package var offset: Int
    /// Bytes in the file.
    package var storedLength: Int
    /// Bytes when decoded.
    package var length: Int

    package init(offset: Int, storedLength: Int, length: Int) {
        self.offset = offset
        self.storedLength = storedLength
        self.length = length
    }

    static let encodedSize = 24
}
