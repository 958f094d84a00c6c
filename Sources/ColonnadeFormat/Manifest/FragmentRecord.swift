// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A fragment: rows of a data set of many files that were written at once, in one file, or in several that have different
/// columns of the rows (manifest-1.md, section 2.1).
package struct FragmentRecord: Sendable, Hashable {
    package var number: UInt64
    package var rowCount: Int
    /// The indices of its files in the manifest.
    package var files: Range<Int>

    package init(number: UInt64, rowCount: Int, files: Range<Int>) {
        self.number = number
        self.rowCount = rowCount
        self.files = files
    }

    static let encodedSize = 48
    /// The value that means "no file of deletions".
    private static let noFile = UInt32.max

    func encode(_ writer: inout ByteWriter) {
        let (deleted, reserved): (UInt64, UInt64) = (0, 0)
        let places = UInt64(UInt32(files.lowerBound)) | UInt64(UInt16(files.count)) << 32
        writer.words((number, UInt64(rowCount), deleted), (places, UInt64(FragmentRecord.noFile), reserved))
    }

    /// Reads a fragment, and checks rules M4, M8 and M9 as far as one fragment shows them.
    ///
    /// - Parameters:
    ///   - next: the index of the first file after those of the fragment before it.
    ///   - mostFiles: the largest number of files that it may have.
    init(_ reader: inout ByteReader, next: Int, mostFiles: UInt16) throws(ColonnadeError) {
        let start = reader.offset
        let words = try reader.words("a fragment")
        number = words.0
        rowCount = try ByteReader.count(words.1, "the rows of a fragment", rule: 109, at: start + 8)
        let deleted = words.2
        let firstFile = UInt32(truncatingIfNeeded: words.3)
        let fileCount = UInt16(truncatingIfNeeded: words.3 >> 32)
        try ByteReader.checkZeros(words.3 >> 48, rule: 104, at: start + 30)
        let deletions = UInt32(truncatingIfNeeded: words.4)
        try ByteReader.checkZeros(words.4 >> 32 | words.5, rule: 104, at: start + 36)
        guard deleted == 0, 1...mostFiles ~= fileCount, deletions == FragmentRecord.noFile else {
            throw .broken(104, "fragment \(number) has deleted rows, or \(fileCount) files", at: start)
        }
        guard firstFile == next else {
            throw .broken(108, "fragment \(number) has file \(firstFile), and file \(next) is the next one", at: start)
        }
        files = next..<next + Int(fileCount)
        guard rowCount > 0 else { throw .broken(109, "fragment \(number) has no rows", at: start) }
    }
}
