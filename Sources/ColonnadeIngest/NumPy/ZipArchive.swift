// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The table of contents of a zip archive (APPNOTE 6.3, with its 64-bit extensions).
struct ZipArchive {
    struct Entry {
        var name: String
        var isDeflated: Bool
        var checksum: UInt32
        /// Bytes when decoded.
        var byteCount: Int
        /// The bytes of the entry in the file.
        var range: Range<Int>
    }

    let path: String
    private(set) var entries: [Entry] = []

    /// The first bytes of an archive: those of an entry, and of the table of contents if there is no entry.
    static let firstBytes: [[UInt8]] = [[0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6]]

    /// The most bytes of a table of contents that are read: about a million entries.
    private static let largestDirectory = 64 << 20

    /// Reads the end of the file and the table. Throws `invalidSource` for a file that is no zip archive or is damaged,
    /// `unsupported` for one in parts.
    init(path: String) throws(ColonnadeError) {
        self.path = path
        var file = try FileReader(path: path)
        guard let fileSize = file.byteCount else {
            throw ColonnadeError(
                .invalidSource, "a zip archive must be a regular file: save it to one first", at: .file(path))
        }
        let directory = try ZipDirectory(&file, fileSize: fileSize)
        guard directory.range.count <= Self.largestDirectory else {
            throw ColonnadeError(
                .invalidSource,
                "its table of contents has \(directory.range.count) bytes, beyond reason: it is damaged",
                at: .file(path, offset: directory.range.lowerBound))
        }
        var table = ZipBytes(path: path, base: directory.range.lowerBound)
        try file.seek(to: directory.range.lowerBound)
        try file.read(upTo: directory.range.count, appendingTo: &table.bytes)
        var names: Set<ExactName> = []
        for _ in 0..<directory.entryCount {
            // Before anything is kept of it: the count may be a lie.
            let record = try ZipRecord(&table)
            guard names.insert(ExactName(record.name)).inserted else {
                throw table.failure("it has two entries called \"\(record.name)\": make it again")
            }
            if record.name.utf8.last == UInt8(ascii: "/") { continue }
            entries.append(try Self.entry(record, &file, fileSize: fileSize))
        }
    }

    /// Returns the bytes of an entry, checked against its checksum as they pass.
    func stream(_ entry: Entry) throws(ColonnadeError) -> ByteStream {
        try ByteStream(
            path: path, range: entry.range, deflated: entry.isDeflated, byteCount: entry.byteCount,
            checksum: entry.checksum)
    }

    private static func entry(
        _ record: ZipRecord, _ file: inout FileReader, fileSize: Int
    ) throws(ColonnadeError) -> Entry {
        let isDeflated = try record.isDeflated(in: file.path)
        guard record.headerOffset <= fileSize else {
            throw ColonnadeError(
                .invalidSource,
                "the archive's entry \"\(record.name)\" would begin at byte \(record.headerOffset) of \(fileSize): it is "
                    + "truncated or damaged, get it again", at: .file(file.path))
        }
        var header = ZipBytes(path: file.path, base: record.headerOffset)
        try file.seek(to: record.headerOffset)
        try file.read(upTo: 30, appendingTo: &header.bytes)
        guard try header.number(4) == 0x0403_4B50 else {
            throw header.failure("the archive's entry \"\(record.name)\" is not where its table says: it is damaged")
        }
        try header.skip(22)
        // The lengths of name and extra field may differ from those in the table.
        let lead = 30 + (try header.number(2)) + (try header.number(2))
        let start = record.headerOffset + lead
        guard start <= fileSize, record.storedByteCount <= fileSize - start else {
            throw header.failure(
                "the archive's entry \"\(record.name)\" of \(record.storedByteCount) bytes ends past the file's "
                    + "\(fileSize): it is truncated, get it again")
        }
        guard isDeflated || record.storedByteCount == record.byteCount else {
            throw header.failure("the archive's entry \"\(record.name)\" is stored and has two lengths: it is damaged")
        }
        return Entry(
            name: record.name, isDeflated: isDeflated, checksum: record.checksum, byteCount: record.byteCount,
            range: start..<start + record.storedByteCount)
    }
}
