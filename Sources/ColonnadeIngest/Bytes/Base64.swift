// SPDX-License-Identifier: Apache-2.0

/// Base64 by RFC 4648, section 4: the standard alphabet, padded, nothing else between.
enum Base64 {
    private static let invalid: UInt8 = 255

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var table = [UInt8](repeating: invalid, count: 256)
        for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
        return table
    }()

    /// Returns the text that stands for `bytes`. O(n).
    static func encode(_ bytes: [UInt8]) -> String {
        let letters = alphabet
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            let triple = (0..<count).reduce(0) { $0 | Int(bytes[start + $1]) << (16 - 8 * $1) }
            for index in 0..<4 {
                text.append(index <= count ? letters[triple >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the bytes that `text` stands for. False, with nothing appended, if it is not base64. O(n).
    static func decode(_ text: Span<UInt8>, into bytes: inout [UInt8]) -> Bool {
        guard text.count % 4 == 0 else { return false }
        let before = bytes.count
        let table = values
        var at = 0
        while at < text.count {
            var quad: UInt32 = 0
            var padding = 0
            for index in at..<at + 4 {
                let byte = text[index]
                let value = table[Int(byte)]
                if value != invalid, padding == 0 {
                    quad = quad << 6 | UInt32(value)
                } else if byte == UInt8(ascii: "="), index >= at + 2, at + 4 == text.count {
                    quad <<= 6
                    padding += 1
                } else {
                    bytes.removeSubrange(before...)
                    return false
                }
            }
            // The bits that padding cuts off are zero, so that each sequence of bytes has one text.
            guard padding == 0 || quad & (padding == 1 ? 0xFF : 0xFFFF) == 0 else {
                bytes.removeSubrange(before...)
                return false
            }
            bytes.append(UInt8(truncatingIfNeeded: quad >> 16))
            if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: quad >> 8)) }
            if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: quad)) }
            at += 4
        }
        return true
    }
}
