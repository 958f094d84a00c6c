// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A fragment: rows of a data set of many files that were written at once, in one file (manifest-1.md, section 2.1).
package struct FragmentRecord: Sendable, Hashable {
    package var number: UInt64
    package var rowCount: Int

    package init(number: UInt64, rowCount: Int) {
        self.number = number
        self.rowCount = rowCount
    }

    static let encodedSize = 48
    /// The value that means "no file of deletions".
    private static let noFile = UInt32.max

    /// - Parameter index: the index of the fragment, which is the index of its file.
    func encode(_ writer: inout ByteWriter, index: Int) {
        writer.integer(number)
        writer.count(rowCount)
        writer.integer(0 as UInt64)
        writer.integer(UInt32(index))
        writer.integer(1 as UInt16)
        writer.zeros(2)
        writer.integer(FragmentRecord.noFile)
        writer.zeros(12)
    }

    /// Reads a fragment, and checks rules M4, M8 and M9 as far as one fragment shows them.
    init(_ reader: inout ByteReader, index: Int) throws(ColonnadeError) {
        let start = reader.offset
        number = try reader.integer(UInt64.self, "a fragment")
        rowCount = try reader.count("the rows of a fragment", rule: 109)
        let deleted = try reader.integer(UInt64.self, "deleted rows")
        let firstFile = try reader.integer(UInt32.self, "a first file")
        let fileCount = try reader.integer(UInt16.self, "a number of files")
        try reader.zeros(2, rule: 104)
        let deletions = try reader.integer(UInt32.self, "a deletion file")
        try reader.zeros(12, rule: 104)
        guard deleted == 0, fileCount == 1, deletions == FragmentRecord.noFile else {
            throw .broken(104, "fragment \(number) has deleted rows, or another number of files than 1", at: start)
        }
        guard firstFile == index else {
            throw .broken(108, "fragment \(number) has file \(firstFile), and file \(index) is the next one", at: start)
        }
        guard rowCount > 0 else { throw .broken(109, "fragment \(number) has no rows", at: start) }
    }
}
