// SPDX-License-Identifier: Apache-2.0

/// File names as text. The system treats file names as bytes, and a Swift `String` would replace bytes that are not
/// UTF-8. Therefore the text has a private character, U+10FE80 to U+10FEFF, for each such byte, as Python's
/// `surrogateescape` has a surrogate. A path in this form still names the file from which it was read.
extension String {
    /// Makes the text of a file name or path. `fileNameBytes` of the text returns exactly `bytes`.
    package init(fileName bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self), !text.holdsEscapedBytes {
            self = text
            return
        }
        var scalars = String.UnicodeScalarView()
        var at = 0
        while at < bytes.count {
            let end = Swift.min(at + String.scalarLength(bytes[at]), bytes.count)
            let text = String(validating: bytes[at..<end], as: UTF8.self)
            if let scalar = text?.unicodeScalars.first, scalar.escapedByte == nil {
                scalars.append(scalar)
                at = end
            } else {
                scalars.append(Unicode.Scalar(0x10FE00 | UInt32(bytes[at])) ?? "\u{FFFD}")
                at += 1
            }
        }
        self = String(scalars)
    }

    /// The bytes of the file name or path that the text represents.
    package var fileNameBytes: [UInt8] {
        guard holdsEscapedBytes else { return Array(utf8) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if let byte = scalar.escapedByte {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return bytes
    }

    /// The file name for a report: bytes that are not UTF-8 are escaped, as in `caf\xe9`.
    package var readableFileName: String {
        guard holdsEscapedBytes else { return self }
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if let byte = scalar.escapedByte {
                text.append(contentsOf: "\\x\(String(byte, radix: 16))".unicodeScalars)
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }

    /// Whether the text contains characters that represent bytes that are not UTF-8.
    package var holdsEscapedBytes: Bool {
        // 0xF4 is the first UTF-8 byte of all these characters, and the search for it is fast.
        utf8.contains(0xF4) && unicodeScalars.contains { $0.escapedByte != nil }
    }

    /// Returns the number of UTF-8 bytes of a character whose first byte is `byte`.
    private static func scalarLength(_ byte: UInt8) -> Int {
        switch byte {
        case 0xC2..<0xE0: 2
        case 0xE0..<0xF0: 3
        case 0xF0..<0xF5: 4
        default: 1
        }
    }
}

extension Unicode.Scalar {
    /// The byte of a file name that the character represents, or nil if it is an ordinary character.
    fileprivate var escapedByte: UInt8? {
        (0x10FE80...0x10FEFF).contains(value) ? UInt8(value & 0xFF) : nil
    }
}
