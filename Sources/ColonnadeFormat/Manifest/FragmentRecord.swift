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
        number = try reader.integer(UInt64.self, "a fragment")
        rowCount = try reader.count("the rows of a fragment", rule: 109)
        let deleted = try reader.integer(UInt64.self, "deleted rows")
        let firstFile = try reader.integer(UInt32.self, "a first file")
        let fileCount = try reader.integer(UInt16.self, "a number of files")
        try reader.zeros(2, rule: 104)
        let deletions = try reader.integer(UInt32.self, "a deletion file")
        try reader.zeros(12, rule: 104)
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
