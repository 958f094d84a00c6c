// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A random number of 128 bits that names a file, a commit, a data set or a job, so that two writers never choose the
/// same name.
public struct RandomNumber: Sendable, Hashable {
    /// The first eight bytes, as a little-endian number.
    package var first: UInt64
    /// The last eight bytes, as a little-endian number.
    package var last: UInt64

    /// The number that stands for none.
    package static let zero = RandomNumber(first: 0, last: 0)

    package init(first: UInt64, last: UInt64) {
        self.first = first
        self.last = last
    }

    /// Makes a number from 32 hexadecimal digits, in lower case; nil for other texts.
    package init?(_ text: String) {
        guard text.utf8.count == 32,
            text.utf8.allSatisfy({
                (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 || (UInt8(ascii: "a")...UInt8(ascii: "f")) ~= $0
            }),
            let first = UInt64(text.prefix(16), radix: 16), let last = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(first: first.byteSwapped, last: last.byteSwapped)
    }

    /// Returns a number that no one else has.
    package static func make() -> RandomNumber {
        var generator = SystemRandomNumberGenerator()
        while true {
            let number = RandomNumber(first: generator.next(), last: generator.next())
            if number != zero { return number }
        }
    }

    func encode(_ writer: inout ByteWriter) {
        writer.integer(first)
        writer.integer(last)
    }

    init(_ reader: inout ByteReader, _ what: StaticString) throws(ColonnadeError) {
        first = try reader.integer(UInt64.self, what)
        last = try reader.integer(UInt64.self, what)
    }
}

extension RandomNumber: CustomStringConvertible {
    /// The number as 32 hexadecimal digits, in the order of its bytes.
    public var description: String { [first, last].map { RandomNumber.digits($0.byteSwapped) }.joined() }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}

extension RandomNumber {
    /// Makes a number of its 16 bytes.
    package init(bytes: [UInt8]) {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(first: word(bytes[..<8]), last: word(bytes[8...]))
    }

    /// The 16 bytes.
    package var bytes: [UInt8] {
        [first, last].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }
}
