// SPDX-License-Identifier: Apache-2.0

/// A name that is compared by its bytes.
///
/// `String` compares by Unicode equivalence: it treats `"\u{E9}"` and `"e\u{301}"` as equal. Data may have both as
/// different names of columns, classes or metadata. Therefore names from users and files are compared as `ExactName`,
/// and looked up in a `NameMap`.
public struct ExactName: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
    public let text: String

    public init(_ text: String) { self.text = text }

    public init(stringLiteral text: String) { self.text = text }

    public static func == (left: ExactName, right: ExactName) -> Bool { left.text.hasBytes(of: right.text) }

    /// Returns whether the bytes of `left` come first, which is the order of their Unicode scalars.
    public static func < (left: ExactName, right: ExactName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        // Without a terminator, two lists of names with equal joined bytes would have equal hashes.
        hasher.combine(UInt8.max)
    }
}

extension String {
    /// Returns whether both texts have equal bytes.
    package func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Returns whether the text begins with the bytes of `prefix`. `hasPrefix` compares characters, which a combining
    /// mark changes.
    package func startsWithBytes(of prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Returns whether the text ends with the bytes of `suffix`.
    package func endsWithBytes(of suffix: String) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }

    /// Returns the text before and after the first `separator`, an ASCII character, or nil if the text does not contain
    /// it.
    package func cut(at separator: Unicode.Scalar) -> (before: String, after: String)? {
        guard let index = unicodeScalars.firstIndex(of: separator) else { return nil }
        return (String(unicodeScalars[..<index]), String(unicodeScalars[index...].dropFirst()))
    }
}

extension Sequence<String> {
    package var exactNames: [ExactName] { map { ExactName($0) } }
}
