// SPDX-License-Identifier: Apache-2.0

/// A region: a contiguous range of bytes in a segment.
package struct RegionDescriptor: Sendable, Hashable {
    /// The offset from the start of the segment, in bytes.
    package var offset: Int
    /// The number of bytes in the file.
    package var storedLength: Int
    /// The number of bytes after decoding.
    package var length: Int

    package init(offset: Int, storedLength: Int, length: Int) {
        self.offset = offset
        self.storedLength = storedLength
        self.length = length
    }

    static let encodedSize = 24
}
