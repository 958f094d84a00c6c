// SPDX-License-Identifier: Apache-2.0

/// The entry points of the files of some rows, found before the rows are written.
struct FoundEntryPoints: Sendable {
    private var values: [UInt8] = []
    /// The end of each row in `values`, in bytes.
    private var ends: [Int] = []
    /// The number of bytes of all files. Files that were added or changed later make it another one.
    private var fileBytes = 0

    /// Appends the entry points of one file. `fileBytes` is the number of bytes of all files up to it.
    mutating func append(_ bytes: [UInt8], fileBytes: Int) {
        values += bytes
        ends.append(values.count)
        self.fileBytes = fileBytes
    }

    /// Returns the entry points as a column, unless they are not those of a chunk of files.
    func column(of files: ColumnChunk) -> ColumnChunk? {
        ends.count == files.ends.count && fileBytes == files.byteCount ? ColumnChunk(values: values, ends: ends) : nil
    }
}
