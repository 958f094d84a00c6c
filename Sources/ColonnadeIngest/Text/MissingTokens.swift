// SPDX-License-Identifier: Apache-2.0

/// The texts that stand for a value that is not there: `NA`, an empty field.
struct MissingTokens: Sendable {
    private let tokens: [[UInt8]]
    private let includesEmpty: Bool
    /// Bit b of word w is set if some token starts with byte 64w + b: most values are told apart by that alone.
    private var firstBytes = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))

    init(_ texts: [String]) {
        tokens = texts.filter { !$0.isEmpty }.map { Array($0.utf8) }
        includesEmpty = texts.contains("")
        for token in tokens {
            let bit = UInt64(1) << UInt64(token[0] & 63)
            switch token[0] >> 6 {
            case 0: firstBytes.0 |= bit
            case 1: firstBytes.1 |= bit
            case 2: firstBytes.2 |= bit
            default: firstBytes.3 |= bit
            }
        }
    }

    @inline(__always)
    func contains(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0 else { return includesEmpty }
        let word =
            switch text[0] >> 6 {
            case 0: firstBytes.0
            case 1: firstBytes.1
            case 2: firstBytes.2
            default: firstBytes.3
            }
        guard (word >> UInt64(text[0] & 63)) & 1 != 0 else { return false }
        return matches(text)
    }

    private func matches(_ text: Span<UInt8>) -> Bool {
        for token in tokens where text.equals(token.span) { return true }
        return false
    }
}
