// SPDX-License-Identifier: Apache-2.0

/// A header block of a tar archive: of a member, or of records about the next member.
struct TarHeader {
    /// The size of a header, and the unit of everything in an archive.
    static let blockSize = 512

    enum Kind {
        case file
        /// A file with holes, whose contents are not stored as they are.
        case sparse
        /// The rest of a file that begins in another archive.
        case continued
        /// A file with the contents of an earlier member.
        case hardLink
        /// A folder, symbolic link, device or pipe, which has no contents.
        case empty
        /// Contents that are no file, such as the list of names in a folder.
        case other
        case longName
        /// The long name of the target of a link.
        case longLinkName
        case extended
        case global
    }

    /// Why a block is no header.
    enum Fault: Error {
        case checksum
        case size
    }

    let kind: Kind
    let name: [UInt8]
    let isFolder: Bool
    /// The name of the target of a link, as the header says.
    let linkName: [UInt8]
    /// The number of bytes of the contents, as the header says: extended records may have another number.
    let byteCount: Int

    /// Whether a file that begins with these bytes is an archive. The oldest archives cannot be told.
    static func isArchive(_ head: [UInt8]) -> Bool {
        head.count >= 262 && head[257..<262].elementsEqual("ustar".utf8)
    }

    /// Whether a block has only zeros, as the two blocks at the end of an archive.
    static func isEnd(_ block: ArraySlice<UInt8>) -> Bool { block.allSatisfy { $0 == 0 } }

    init(_ block: ArraySlice<UInt8>) throws(Fault) {
        precondition(block.count == TarHeader.blockSize, "a header has \(TarHeader.blockSize) bytes")
        func field(_ range: Range<Int>) -> ArraySlice<UInt8> {
            block[block.startIndex + range.lowerBound..<block.startIndex + range.upperBound]
        }
        guard let checksum = TarHeader.number(field(148..<156)), TarHeader.isChecksum(checksum, of: block) else {
            throw .checksum
        }
        guard let byteCount = TarHeader.number(field(124..<136)) else { throw .size }
        var name = TarHeader.text(field(0..<100))
        // GNU archives have times in place of the prefix.
        if field(257..<263).elementsEqual(Array("ustar\0".utf8)) {
            let prefix = TarHeader.text(field(345..<500))
            if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
        }
        self.name = name
        isFolder = field(156..<157).first == UInt8(ascii: "5")
        self.byteCount = byteCount
        linkName = TarHeader.text(field(157..<257))
        kind =
            switch field(156..<157).first {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
            case UInt8(ascii: "1"): .hardLink
            case UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "5"), UInt8(ascii: "6"): .empty
            case UInt8(ascii: "L"): .longName
            case UInt8(ascii: "K"): .longLinkName
            case UInt8(ascii: "x"), UInt8(ascii: "X"): .extended
            case UInt8(ascii: "g"): .global
            case UInt8(ascii: "S"): .sparse
            case UInt8(ascii: "M"): .continued
            default: .other
            }
    }

    /// Returns the bytes before the first zero.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Returns a number in octal digits, or in binary after a byte of 128, as GNU writes large ones. Nil for anything else,
    /// among it negative numbers. An empty field is 0.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        var number = 0
        if field.first == 0x80 {
            for byte in field.dropFirst() {
                guard number >> 54 == 0 else { return nil }
                number = number << 8 | Int(byte)
            }
            return number
        }
        var rest = field.drop { $0 == UInt8(ascii: " ") }
        while let digit = rest.first, UInt8(ascii: "0")...UInt8(ascii: "7") ~= digit {
            guard number >> 59 == 0 else { return nil }
            number = number << 3 | Int(digit - UInt8(ascii: "0"))
            rest.removeFirst()
        }
        guard let end = rest.first else { return number }
        return end == 0 || end == UInt8(ascii: " ") ? number : nil
    }

    /// Whether a number is the sum of the bytes of a block, in which the checksum counts as spaces. Some programs add signed bytes.
    private static func isChecksum(_ number: Int, of block: ArraySlice<UInt8>) -> Bool {
        var (unsigned, signed) = (8 * 32, 8 * 32)
        for (index, byte) in block.enumerated() where !(148..<156).contains(index) {
            unsigned += Int(byte)
            signed += Int(Int8(bitPattern: byte))
        }
        return number == unsigned || number == signed
    }
}
