// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A file with the rows of a fragment, as a manifest pins it (manifest-1.md, section 2.1).
package struct FragmentFile: Sendable, Hashable {
    package var name: RandomNumber
    /// The end of the commit in force, in bytes.
    package var end: Int
    package var footerLength: Int
    package var footerChecksum: UInt32
    /// The index of its layout in the manifest.
    package var layout: Int

    package init(name: RandomNumber, end: Int, footerLength: Int, footerChecksum: UInt32, layout: Int) {
        self.name = name
        self.end = end
        self.footerLength = footerLength
        self.footerChecksum = footerChecksum
        self.layout = layout
    }

    static let encodedSize = 48

    func encode(_ writer: inout ByteWriter) {
        let (baseAndReserved, checksumAndLayout) = (UInt64(0), UInt64(footerChecksum) | UInt64(UInt32(layout)) << 32)
        writer.words(
            (name.first, name.last, UInt64(end)), (UInt64(footerLength), checksumAndLayout, baseAndReserved))
    }

    /// Reads a file, and checks rules M4 and M10 as far as one file shows them.
    init(_ reader: inout ByteReader, layoutCount: Int) throws(ColonnadeError) {
        let start = reader.offset
        let words = try reader.words("a file")
        name = RandomNumber(first: words.0, last: words.1)
        end = try ByteReader.count(words.2, "the end of a file", rule: 110, at: start + 16)
        footerLength = try ByteReader.count(words.3, "the length of a footer", rule: 110, at: start + 24)
        footerChecksum = UInt32(truncatingIfNeeded: words.4)
        layout = Int(words.4 >> 32)
        try ByteReader.checkZeros(words.5, rule: 104, at: start + 40)
        let footerEnd = end - ForeverConstants.trailerSize
        guard name != .zero, footerLength <= footerEnd - ForeverConstants.prologueSize,
            (footerEnd - footerLength) % ForeverConstants.alignment == 0
        else {
            throw .broken(
                110, "a file of \(end) bytes cannot have a footer of \(footerLength), or has no name", at: start)
        }
        guard layout < layoutCount else {
            throw .broken(110, "a file has layout \(layout) of \(layoutCount)", at: start)
        }
    }

    /// Returns whether this is what a manifest says about the file with the given layout.
    package func pins(_ layout: FileLayout) -> Bool {
        end == layout.commit.end && footerLength == layout.trailer.footerLength
            && footerChecksum == layout.trailer.footerChecksum
    }
}
