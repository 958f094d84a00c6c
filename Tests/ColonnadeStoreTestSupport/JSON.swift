// SPDX-License-Identifier: Apache-2.0

/// A JSON value that keeps the text of its numbers, so that it represents all 64-bit integers and negative zero
/// exactly.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    /// An object. Keys are compared by their bytes, since `String` compares by Unicode equivalence.
    case object([[UInt8]: JSON])

    public struct Malformed: Error {
        public let offset: Int
    }

    public init(parsing bytes: [UInt8]) throws {
        var parser = Parser(bytes: bytes)
        self = try parser.value()
        parser.skipSpace()
        guard parser.at == bytes.count else { throw Malformed(offset: parser.at) }
    }

    public subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[Array(key.utf8)] } else { nil }
    }

    public var array: [JSON] { if case .array(let items) = self { items } else { [] } }

    /// The members of an object, sorted by key.
    public var members: [(key: String, value: JSON)] {
        guard case .object(let members) = self else { return [] }
        return members.map { (String(decoding: $0.key, as: UTF8.self), $0.value) }.sorted { $0.key < $1.key }
    }

    public var string: String? { if case .string(let text) = self { text } else { nil } }

    public var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }

    /// The value as a number. The strings for numbers that are not finite are also accepted.
    public var double: Double? {
        switch self {
        case .number(let text): Double(text)
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        default: nil
        }
    }
}
