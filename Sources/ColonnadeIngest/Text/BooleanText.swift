// SPDX-License-Identifier: Apache-2.0

/// `true` and `false`, in any case.
enum BooleanText {
    private static let yes = Array("true".utf8)
    private static let no = Array("false".utf8)

    /// Returns the truth value of a text; nil if it is neither.
    static func parse(_ text: Span<UInt8>) -> Bool? {
        switch text.count {
        case 4: matches(text, yes) ? true : nil
        case 5: matches(text, no) ? false : nil
        default: nil
        }
    }

    private static func matches(_ text: Span<UInt8>, _ word: [UInt8]) -> Bool {
        for index in word.indices where text[index] | 0x20 != word[index] { return false }
        return true
    }
}
