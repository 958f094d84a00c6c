// SPDX-License-Identifier: Apache-2.0

/// Makes the records that end a zip archive.
enum ZipEnd {
    static func records(entryCount: Int, length: Int, start: Int, forcingWide: Bool) -> [UInt8] {
        let isWide = forcingWide || length >= 0xFFFF_FFFF || start >= 0xFFFF_FFFF
        var bytes: [UInt8] = []
        if isWide {
            bytes += [0x50, 0x4B, 6, 6]
            bytes.append(littleEndian: UInt64(44))
            bytes += [45, 3, 45, 0] + [UInt8](repeating: 0, count: 8)
            for value in [entryCount, entryCount, length, start] { bytes.append(littleEndian: UInt64(value)) }
            bytes += [0x50, 0x4B, 6, 7, 0, 0, 0, 0]
            bytes.append(littleEndian: UInt64(start + length))
            bytes += [1, 0, 0, 0]
        }
        bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        for _ in 0..<2 { bytes.append(littleEndian: UInt16(entryCount)) }
        for value in [length, start] { bytes.append(littleEndian: isWide ? UInt32.max : UInt32(value)) }
        return bytes + [0, 0]
    }
}
