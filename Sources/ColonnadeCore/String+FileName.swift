// SPDX-License-Identifier: Apache-2.0

/// File names are bytes to the system, and a Swift text would repair those that are not UTF-8. So a text holds each such
/// byte as a private character, U+10FE80 to U+10FEFF, as Python's `surrogateescape` holds it as a surrogate, and a path
/// names the file that it was read for.
extension String {
    /// The text of a file name or path, from which `fileNameBytes` are the same bytes again.
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

    /// The bytes of the file name or path that the text stands for.
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

    /// The file name for a report: bytes that are not UTF-8 are escapes, as in `caf\xe9`.
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

    /// Whether the text stands for bytes that are not UTF-8.
    package var holdsEscapedBytes: Bool {
        // The first bytes of all these characters.
        utf8.contains(0xF4) && unicodeScalars.contains { $0.escapedByte != nil }
    }

    /// The number of UTF-8 bytes of a character that begins with this byte.
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
    /// The byte of a file name that the character stands for.
    fileprivate var escapedByte: UInt8? {
        (0x10FE80...0x10FEFF).contains(value) ? UInt8(value & 0xFF) : nil
    }
}
