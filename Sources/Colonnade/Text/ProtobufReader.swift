// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A reader of one message in the wire format of Protocol Buffers. Each read is checked against the end of the message, and
/// errors have the offset in the file.
struct ProtobufReader {
    enum Value {
        case integer(UInt64)
        /// Four or eight bytes, as a little-endian number.
        case fixed(UInt64)
        /// The offsets of bytes, a text or a message.
        case bytes(Range<Int>)
    }

    private let bytes: [UInt8]
    private let end: Int
    private(set) var offset: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// Reads a field; returns nil at the end. Throws `invalidSource`.
    mutating func next() throws(ColonnadeError) -> (field: UInt64, value: Value)? {
        guard offset < end else { return nil }
        let start = offset
        let key = try integer()
        let field = key >> 3
        guard field > 0 else { throw ProtobufReader.invalid("a field has the number 0", at: start) }
        switch key & 7 {
        case 0: return (field, .integer(try integer()))
        case 1: return (field, .fixed(try fixed(8)))
        case 2:
            let length = try integer()
            guard length <= UInt64(end - offset) else {
                throw ProtobufReader.invalid("a field needs \(length) bytes and \(end - offset) are left", at: start)
            }
            defer { offset += Int(length) }
            return (field, .bytes(offset..<offset + Int(length)))
        case 5: return (field, .fixed(try fixed(4)))
        default: throw ProtobufReader.invalid("a field has the unknown form \(key & 7)", at: start)
        }
    }

    private mutating func integer() throws(ColonnadeError) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard offset < end else { throw ProtobufReader.invalid("the file ends within a number", at: start) }
            let byte = UInt64(bytes[offset])
            offset += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= (byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw ProtobufReader.invalid("a number has more than 64 bits", at: start)
    }

    private mutating func fixed(_ size: Int) throws(ColonnadeError) -> UInt64 {
        guard size <= end - offset else {
            throw ProtobufReader.invalid("a field needs \(size) bytes and \(end - offset) are left", at: offset)
        }
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
        offset += size
        return value
    }

    /// Makes the error for a file that is no model, or is damaged.
    static func invalid(_ message: String, at offset: Int) -> ColonnadeError {
        ColonnadeError(
            .invalidSource, "this is no SentencePiece model, or it is damaged: \(message), at byte \(offset)")
    }
}
