// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A cursor over bytes of a file. Every read is checked against the remaining bytes, and every error has its offset in
/// the file. The cursor reads a copy of the bytes, so that they cannot change between check and use.
struct ByteReader {
    private let bytes: [UInt8]
    /// The offset of the first byte in the file.
    private let base: Int
    private(set) var consumed = 0
    /// The rule that a read past the end breaks.
    var lengthRule = 11

    init(_ bytes: [UInt8], at base: Int) {
        self.bytes = bytes
        self.base = base
    }

    var remaining: Int { bytes.count - consumed }

    /// The offset of the next byte in the file.
    var offset: Int { base + consumed }

    mutating func integer<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type, _ what: StaticString
    ) throws(ColonnadeError) -> Integer {
        let size = Integer.bitWidth / 8
        try need(size, what)
        // A manifest may have millions of numbers: one load takes a tenth of the time of eight checked ones.
        let value = unsafe bytes.withUnsafeBytes { bytes in
            unsafe bytes.loadUnaligned(fromByteOffset: consumed, as: Integer.self)
        }
        consumed += size
        return Integer(littleEndian: value)
    }

    /// Reads six numbers of 64 bits, an entry of a manifest: one check for all of them takes a third of the time of six checks.
    mutating func words(_ what: StaticString) throws(ColonnadeError) -> Words {
        try need(MemoryLayout<Words>.size, what)
        let words = unsafe bytes.withUnsafeBytes { bytes in
            unsafe bytes.loadUnaligned(fromByteOffset: consumed, as: Words.self)
        }
        consumed += MemoryLayout<Words>.size
        return (
            UInt64(littleEndian: words.0), UInt64(littleEndian: words.1), UInt64(littleEndian: words.2),
            UInt64(littleEndian: words.3), UInt64(littleEndian: words.4), UInt64(littleEndian: words.5)
        )
    }

    typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    /// Reads a u64 that is a count or an offset. Throws if an `Int` cannot represent it.
    mutating func count(_ what: StaticString, rule: Int) throws(ColonnadeError) -> Int {
        let start = offset
        return try ByteReader.count(try integer(UInt64.self, what), what, rule: rule, at: start)
    }

    /// Returns a number that is a count or an offset, and lies at `start`. Throws if an `Int` cannot represent it.
    static func count(
        _ value: UInt64, _ what: StaticString, rule: Int, at start: Int
    ) throws(ColonnadeError) -> Int {
        guard let count = Int(exactly: value) else {
            throw .broken(rule, "\(what) is \(value), more than any file has", at: start)
        }
        return count
    }

    /// Throws unless reserved bytes at `start`, which are in `value`, are zero.
    static func checkZeros(_ value: UInt64, rule: Int, at start: Int) throws(ColonnadeError) {
        guard value == 0 else { throw .broken(rule, "reserved bytes are not zero", at: start) }
    }

    mutating func slice(_ count: Int, _ what: StaticString) throws(ColonnadeError) -> ArraySlice<UInt8> {
        try need(count, what)
        defer { consumed += count }
        return bytes[consumed..<consumed + count]
    }

    /// Reads a text of `length` bytes.
    mutating func text(_ length: Int, _ what: StaticString) throws(ColonnadeError) -> String {
        let start = offset
        let bytes = try slice(length, what)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .broken(14, "\(what) is not UTF-8", at: start)
        }
        guard !bytes.contains(0) else { throw .broken(14, "\(what) has a NUL character", at: start) }
        return text
    }

    mutating func zeros(_ count: Int, rule: Int) throws(ColonnadeError) {
        try need(count, "reserved bytes")
        for index in consumed..<consumed + count where bytes[index] != 0 {
            throw .broken(rule, "reserved bytes are not zero", at: offset)
        }
        consumed += count
    }

    /// Throws unless there are enough bytes for `count` entries of `size` bytes, before memory is allocated for them.
    func checkEntries(_ count: Int, of size: Int, _ what: StaticString) throws(ColonnadeError) {
        guard count <= remaining / size else {
            throw .broken(lengthRule, "there are \(remaining) bytes for \(count) \(what)", at: offset)
        }
    }

    private func need(_ count: Int, _ what: StaticString) throws(ColonnadeError) {
        guard count <= remaining else {
            throw .broken(lengthRule, "\(what) needs \(count) bytes and \(remaining) are left", at: offset)
        }
    }
}

extension ColonnadeError {
    /// Makes the error for a broken rule of the format, with the offset in the file.
    package static func broken(_ rule: Int, _ message: String, at offset: Int? = nil) -> ColonnadeError {
        ColonnadeError(.corruptFile, "the file is damaged: \(message)", at: .file("", offset: offset), rule: rule)
    }

    /// Makes the error for a file that uses a feature that this version does not know.
    package static func unknown(_ rule: Int, _ message: String, at offset: Int? = nil) -> ColonnadeError {
        ColonnadeError(
            .unsupported, "\(message): read it with a newer version", at: .file("", offset: offset), rule: rule)
    }
}
