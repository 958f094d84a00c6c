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
        /// Where its bytes lie in the file.
        var range: Range<Int>
    }

    let path: String
    private(set) var entries: [Entry] = []

    /// As much of a table of contents as is read at most: about a million entries.
    private static let largestDirectory = 64 << 20

    /// Reads the end of the file and the table. Throws `invalidSource` for what is not a zip archive or is damaged,
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
                throw table.failure("it has two entries called \"\(record.name)\": make it anew")
            }
            if record.name.utf8.last == UInt8(ascii: "/") { continue }
            entries.append(try Self.entry(record, &file, fileSize: fileSize))
        }
    }

    /// The bytes of an entry, checked against its checksum as they pass.
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
                    + "truncated or damaged, get it anew", at: .file(file.path))
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
                    + "\(fileSize): it is truncated, get it anew")
        }
        guard isDeflated || record.storedByteCount == record.byteCount else {
            throw header.failure("the archive's entry \"\(record.name)\" is stored and has two lengths: it is damaged")
        }
        return Entry(
            name: record.name, isDeflated: isDeflated, checksum: record.checksum, byteCount: record.byteCount,
            range: start..<start + record.storedByteCount)
    }
}

/// One record of the table of contents.
private struct ZipRecord {
    let name: String
    let flags: Int
    let method: Int
    let checksum: UInt32
    private(set) var byteCount: Int
    private(set) var storedByteCount: Int
    private(set) var headerOffset: Int

    init(_ table: inout ZipBytes) throws(ColonnadeError) {
        guard try table.number(4) == 0x0201_4B50 else {
            throw table.failure("its table of contents is damaged: get it anew")
        }
        try table.skip(4)
        flags = try table.number(2)
        method = try table.number(2)
        try table.skip(4)
        checksum = UInt32(try table.number(4))
        storedByteCount = try table.number(4)
        byteCount = try table.number(4)
        let nameLength = try table.number(2)
        let extraLength = try table.number(2)
        let commentLength = try table.number(2)
        try table.skip(8)
        headerOffset = try table.number(4)
        name = String(decoding: try table.take(nameLength), as: UTF8.self)
        var extra = ZipBytes(path: table.path, base: table.offset, bytes: Array(try table.take(extraLength)))
        try table.skip(commentLength)
        try readWideFields(&extra)
    }

    /// Numbers that do not fit in 32 bits stand in an extra field, each only if its place holds all ones.
    private mutating func readWideFields(_ extra: inout ZipBytes) throws(ColonnadeError) {
        while extra.left >= 4 {
            let tag = try extra.number(2)
            let length = try extra.number(2)
            guard tag == 1 else {
                // Some archivers leave a last field cut short; only ours must be whole.
                try extra.skip(min(length, extra.left))
                continue
            }
            if byteCount == 0xFFFF_FFFF { byteCount = try extra.number(8) }
            if storedByteCount == 0xFFFF_FFFF { storedByteCount = try extra.number(8) }
            if headerOffset == 0xFFFF_FFFF { headerOffset = try extra.number(8) }
            return
        }
    }

    func isDeflated(in path: String) throws(ColonnadeError) -> Bool {
        func failure(_ what: String) -> ColonnadeError {
            ColonnadeError(
                .unsupported,
                "the archive's entry \"\(name)\" is \(what), which is not supported: save it with numpy.savez or "
                    + "numpy.savez_compressed", at: .file(path, offset: headerOffset))
        }
        guard flags & 0x41 == 0 else { throw failure("encrypted") }
        switch method {
        case 0: return false
        case 8: return true
        case 9: throw failure("compressed with Deflate64")
        case 12: throw failure("compressed with bzip2")
        case 14: throw failure("compressed with LZMA")
        case 93: throw failure("compressed with Zstandard")
        case 95: throw failure("compressed with XZ")
        default: throw failure("compressed by method \(method)")
        }
    }
}
