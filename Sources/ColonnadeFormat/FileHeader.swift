// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The first 64 bytes of a file, which identify the format and its version.
package enum FileHeader {
    package static func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(ForeverConstants.magic)
        writer.integer(ForeverConstants.majorVersion)
        writer.integer(ForeverConstants.minorVersion)
        writer.zeros(48)
        writer.checksum()
        return writer.bytes
    }

    /// Checks rules R1 to R4 on the first bytes of a file, and returns the minor version.
    package static func validate(_ bytes: [UInt8]) throws(ColonnadeError) -> UInt16 {
        guard bytes.starts(with: ForeverConstants.magic) else {
            throw ColonnadeError(
                .corruptFile,
                bytes.isEmpty
                    ? "the file is empty" : "this is not a Colonnade file: it begins with other bytes",
                at: .file("", offset: 0), rule: 1)
        }
        guard bytes.count >= ForeverConstants.prologueSize else {
            throw .broken(1, "it ends after \(bytes.count) bytes, within its header", at: bytes.count)
        }
        var reader = ByteReader(bytes, at: 0)
        _ = try reader.slice(8, "magic")
        let major = try reader.integer(UInt16.self, "version")
        let minor = try reader.integer(UInt16.self, "version")
        let reserved = try reader.slice(48, "reserved bytes")
        let sum = try reader.integer(UInt32.self, "header checksum")
        guard sum == Checksum.of(bytes[..<60]) else { throw .broken(2, "the header's checksum is wrong", at: 60) }
        guard major == ForeverConstants.majorVersion else {
            throw .unknown(3, "the file has format version \(major), and this reads version 1", at: 8)
        }
        guard reserved.allSatisfy({ $0 == 0 }) else { throw .broken(4, "reserved bytes are not zero", at: 12) }
        return minor
    }
}
