// SPDX-License-Identifier: Apache-2.0

/// The characters of JSON strings that a parser has found to be well-formed.
enum JSONText {
    /// Lends the text of a string, with escapes replaced in `scratch`.
    @inline(__always)
    static func withText<Result>(
        of node: JSONNode, in text: Span<UInt8>, _ scratch: inout [UInt8], _ body: (Span<UInt8>) -> Result
    ) -> Result {
        guard node.isEscaped else { return body(text.extracting(node.range)) }
        scratch.removeAll(keepingCapacity: true)
        unescape(node, in: text, into: &scratch)
        return body(scratch.span)
    }

    static func bytes(of node: JSONNode, in text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        if node.isEscaped {
            unescape(node, in: text, into: &bytes)
        } else {
            bytes.append(contentsOf: text.extracting(node.range))
        }
        return bytes
    }

    static func areEqual(_ left: JSONNode, _ right: JSONNode, _ text: Span<UInt8>) -> Bool {
        guard left.isEscaped || right.isEscaped else {
            return text.extracting(left.range).equals(text.extracting(right.range))
        }
        return bytes(of: left, in: text) == bytes(of: right, in: text)
    }

    /// Returns the four hexadecimal digits of the escape `\uXXXX` at `start`; nil if it is none.
    static func codeUnit(_ text: Span<UInt8>, at start: Int) -> UInt16? {
        guard start + 6 <= text.count, text[start] == UInt8(ascii: "\\"), text[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for index in start + 2..<start + 6 {
            let byte = text[index]
            let letter = (byte | 0x20) &- UInt8(ascii: "a")
            if byte &- 48 <= 9 {
                unit = unit << 4 | UInt16(byte &- 48)
            } else if letter <= 5 {
                unit = unit << 4 | UInt16(letter + 10)
            } else {
                return nil
            }
        }
        return unit
    }

    private static func unescape(_ node: JSONNode, in text: Span<UInt8>, into bytes: inout [UInt8]) {
        var at = Int(node.start)
        while at < Int(node.end) {
            let byte = text[at]
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                at += 1
                continue
            }
            switch text[at + 1] {
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "f"): bytes.append(12)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "u"):
                at += appendCodePoint(text, at, &bytes)
                continue
            case let other: bytes.append(other)
            }
            at += 2
        }
    }

    /// Appends the character of one `\u` escape or of a pair; returns the number of bytes of the text that it took.
    private static func appendCodePoint(_ text: Span<UInt8>, _ at: Int, _ bytes: inout [UInt8]) -> Int {
        let first = codeUnit(text, at: at) ?? 0
        let low = first & 0xFC00 == 0xD800 ? codeUnit(text, at: at + 6) : nil
        let value = low.map { 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32($0 & 0x3FF)) } ?? UInt32(first)
        bytes.append(contentsOf: String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
        return low == nil ? 6 : 12
    }
}
