// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The place of a zip archive's table of contents, which the record at the end of the file gives.
struct ZipDirectory {
    let entryCount: Int
    let range: Range<Int>

    /// Searches the end of the file, which may have a comment of up to 65,535 bytes.
    init(_ file: inout FileReader, fileSize: Int) throws(ColonnadeError) {
        let tailSize = min(fileSize, 22 + 65_535)
        var tail = ZipBytes(path: file.path, base: fileSize - tailSize)
        try file.seek(to: fileSize - tailSize)
        try file.read(upTo: tailSize, appendingTo: &tail.bytes)
        guard let end = Self.endRecord(tail.bytes) else {
            throw ColonnadeError(
                .invalidSource, "it is not a zip archive, or truncated: the record that ends one is missing",
                at: .file(file.path, offset: fileSize))
        }
        tail.index = end + 4
        let parts = try tail.number(4)
        try tail.skip(2)
        var count = try tail.number(2)
        var length = try tail.number(4)
        var start = try tail.number(4)
        guard parts == 0 || parts == 0xFFFF_FFFF else {
            throw ColonnadeError(
                .unsupported, "it is one part of an archive in several: join them first", at: .file(file.path))
        }
        if count == 0xFFFF || length == 0xFFFF_FFFF || start == 0xFFFF_FFFF, end >= 20 {
            tail.index = end - 20
            if try tail.number(4) == 0x0706_4B50 {
                try tail.skip(4)
                let offset = try tail.number(8)
                (count, length, start) = try Self.wideRecord(&file, at: offset, fileSize: fileSize)
            }
        }
        guard start <= fileSize, length <= fileSize - start, count <= length / 46 else {
            throw ColonnadeError(
                .invalidSource, "its table of contents would lie past its end: it is damaged, get it again",
                at: .file(file.path, offset: fileSize - tailSize + end))
        }
        entryCount = count
        range = start..<start + length
    }

    /// Returns the last place of a record whose comment ends the file.
    private static func endRecord(_ tail: [UInt8]) -> Int? {
        guard tail.count >= 22 else { return nil }
        for at in stride(from: tail.count - 22, through: 0, by: -1)
        where tail[at] == 0x50 && tail[at + 1] == 0x4B && tail[at + 2] == 5 && tail[at + 3] == 6 {
            if at + 22 + Int(tail[at + 20]) + Int(tail[at + 21]) << 8 == tail.count { return at }
        }
        return nil
    }

    /// Reads the 64-bit form of the record.
    private static func wideRecord(
        _ file: inout FileReader, at offset: Int, fileSize: Int
    ) throws(ColonnadeError) -> (count: Int, length: Int, start: Int) {
        var record = ZipBytes(path: file.path, base: offset)
        guard offset <= fileSize - 56 else {
            throw record.failure("its 64-bit record lies past its end: it is damaged")
        }
        try file.seek(to: offset)
        try file.read(upTo: 56, appendingTo: &record.bytes)
        guard try record.number(4) == 0x0606_4B50 else {
            throw record.failure("its 64-bit record is not where it should be: it is damaged")
        }
        try record.skip(28)
        return (try record.number(8), try record.number(8), try record.number(8))
    }
}
