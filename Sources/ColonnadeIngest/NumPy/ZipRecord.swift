// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// One record of the table of contents of a zip archive.
struct ZipRecord {
    let name: String
    let flags: Int
    let method: Int
    let checksum: UInt32
    private(set) var byteCount: Int
    private(set) var storedByteCount: Int
    private(set) var headerOffset: Int

    init(_ table: inout ZipBytes) throws(ColonnadeError) {
        guard try table.number(4) == 0x0201_4B50 else {
            throw table.failure("its table of contents is damaged: get it again")
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

    /// Reads the numbers that do not fit in 32 bits from an extra field, which has a number only if its place holds all ones.
    private mutating func readWideFields(_ extra: inout ZipBytes) throws(ColonnadeError) {
        while extra.remaining >= 4 {
            let tag = try extra.number(2)
            let length = try extra.number(2)
            guard tag == 1 else {
                // Some archivers leave a last field cut short; only ours must be whole.
                try extra.skip(min(length, extra.remaining))
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
