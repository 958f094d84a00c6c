// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The last 32 bytes of a commit: the length and the checksum of its footer.
package struct FileTrailer: Sendable, Hashable {
    package var sequence: UInt64
    package var footerLength: Int
    package var footerChecksum: UInt32

    package init(sequence: UInt64, footerLength: Int, footerChecksum: UInt32) {
        self.sequence = sequence
        self.footerLength = footerLength
        self.footerChecksum = footerChecksum
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.integer(sequence)
        writer.count(footerLength)
        writer.integer(footerChecksum)
        writer.checksum()
        writer.append(ForeverConstants.trailerMagic)
        return writer.bytes
    }

    /// Reads a trailer, and checks rules R7 and R8.
    package init(_ bytes: [UInt8], commit: CommitSlot) throws(ColonnadeError) {
        let offset = commit.end - ForeverConstants.trailerSize
        guard bytes.suffix(8) == ForeverConstants.trailerMagic[...] else {
            throw .broken(7, "there is no trailer where the footer should end", at: offset)
        }
        var reader = ByteReader(bytes, at: offset)
        sequence = try reader.integer(UInt64.self, "trailer sequence")
        let length = try reader.integer(UInt64.self, "footer length")
        footerChecksum = try reader.integer(UInt32.self, "footer checksum")
        guard try reader.integer(UInt32.self, "trailer checksum") == Checksum.of(bytes[..<20]) else {
            throw .broken(7, "the trailer's checksum is wrong", at: offset)
        }
        guard sequence == commit.sequence else {
            throw .broken(7, "the trailer belongs to commit \(sequence), not \(commit.sequence)", at: offset)
        }
        guard let length = Int(exactly: length), length <= offset - ForeverConstants.prologueSize,
            (offset - length) % ForeverConstants.alignment == 0
        else { throw .broken(8, "a footer of \(length) bytes does not fit before its trailer", at: offset + 8) }
        footerLength = length
    }
}
