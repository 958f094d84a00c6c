// SPDX-License-Identifier: Apache-2.0

/// A name that is compared by its bytes.
///
/// `String` takes two ways to write one character for equal (`"\u{E9}"` and `"e\u{301}"`), and data may have both as names of
/// columns, classes and metadata. So names from users and files are compared as `ExactName`, and looked up in a `NameMap`.
public struct ExactName: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
    public let text: String

    public init(_ text: String) { self.text = text }

    public init(stringLiteral text: String) { self.text = text }

    public static func == (left: ExactName, right: ExactName) -> Bool { left.text.hasBytes(of: right.text) }

    /// By the bytes, which is the order of the Unicode scalars.
    public static func < (left: ExactName, right: ExactName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        // A list of names would else hash as another list of the same bytes.
        hasher.combine(UInt8.max)
    }
}

extension String {
    /// Whether both are the same bytes.
    package func hasBytes(of other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Whether the first bytes are those of `prefix`. `hasPrefix` compares characters, which a combining mark changes.
    package func startsWithBytes(of prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Whether the last bytes are those of `suffix`.
    package func endsWithBytes(of suffix: String) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }

    /// The text before and after the first `separator`, an ASCII character; nil if there is none.
    package func cut(at separator: Unicode.Scalar) -> (before: String, after: String)? {
        guard let index = unicodeScalars.firstIndex(of: separator) else { return nil }
        return (String(unicodeScalars[..<index]), String(unicodeScalars[index...].dropFirst()))
    }
}

extension Sequence<String> {
    package var exactNames: [ExactName] { map { ExactName($0) } }
}
