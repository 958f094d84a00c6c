// SPDX-License-Identifier: Apache-2.0

/// A little-endian encoder that appends to an array of bytes.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer<Integer: FixedWidthInteger & UnsignedInteger>(_ value: Integer) {
        for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func count(_ value: Int) { integer(UInt64(value)) }

    /// Appends six numbers of 64 bits, which takes a seventh of the time of appending their bytes one by one. They are an entry of a
    /// manifest, which may have hundreds of thousands of them.
    mutating func words(_ first: (UInt64, UInt64, UInt64), _ last: (UInt64, UInt64, UInt64)) {
        let words = (
            first.0.littleEndian, first.1.littleEndian, first.2.littleEndian, last.0.littleEndian,
            last.1.littleEndian, last.2.littleEndian
        )
        unsafe withUnsafeBytes(of: words) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

    /// Overwrites the first bytes.
    mutating func replacePrefix(with new: [UInt8]) { bytes.replaceSubrange(..<new.count, with: new) }

    mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Appends a text after its length. Traps if a u16 cannot represent the length; writers check names before they
    /// begin.
    mutating func text16(_ text: String) {
        integer(UInt16(text.utf8.count))
        append(text.utf8)
    }

    mutating func text32(_ text: String) {
        integer(UInt32(text.utf8.count))
        append(text.utf8)
    }

    /// Appends the checksum of all bytes that are already written.
    mutating func checksum() { integer(Checksum.of(bytes)) }
}
