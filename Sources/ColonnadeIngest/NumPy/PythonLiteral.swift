// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A value in Python's notation, as far as headers of `.npy` files need it.
enum PythonLiteral: Equatable {
    case string(String)
    case integer(Int)
    case bool(Bool)
    case none
    case tuple([PythonLiteral])
    case list([PythonLiteral])
    case dictionary(NameMap<PythonLiteral>)

    /// Parses a value, after which space may follow. Nil for other bytes.
    init?(parsing bytes: [UInt8]) {
        var parser = Parser(bytes: bytes)
        guard let value = parser.value(depth: 0) else { return nil }
        parser.skipSpace()
        guard parser.at == bytes.count else { return nil }
        self = value
    }

    private struct Parser {
        let bytes: [UInt8]
        var at = 0

        private static let deepest = 32

        mutating func value(depth: Int) -> PythonLiteral? {
            skipSpace()
            guard depth < Self.deepest, at < bytes.count else { return nil }
            switch bytes[at] {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map(PythonLiteral.string)
            case UInt8(ascii: "("): return sequence(closing: ")", depth: depth)
            case UInt8(ascii: "["):
                guard case .tuple(let items)? = sequence(closing: "]", depth: depth) else { return nil }
                return .list(items)
            case UInt8(ascii: "{"): return dictionary(depth: depth)
            default: return word()
            }
        }

        mutating func skipSpace() {
            while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
        }

        /// Skips `character` if it is next, and returns whether it was.
        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
            at += 1
            return true
        }

        private mutating func string() -> String? {
            let quote = bytes[at]
            at += 1
            var text: [UInt8] = []
            while at < bytes.count, bytes[at] != quote {
                // Escapes occur only in names of fields, which end in a refusal anyway; their quotes must be stepped over.
                if bytes[at] == UInt8(ascii: "\\") { at += 1 }
                guard at < bytes.count else { return nil }
                text.append(bytes[at])
                at += 1
            }
            guard at < bytes.count else { return nil }
            at += 1
            return String(decoding: text, as: UTF8.self)
        }

        private mutating func sequence(closing: Unicode.Scalar, depth: Int) -> PythonLiteral? {
            at += 1
            var items: [PythonLiteral] = []
            while !take(closing) {
                guard let item = value(depth: depth + 1) else { return nil }
                items.append(item)
                if !take(",") {
                    guard take(closing) else { return nil }
                    // One value in parentheses is not a tuple.
                    return items.count == 1 && closing == ")" ? items[0] : .tuple(items)
                }
            }
            return .tuple(items)
        }

        private mutating func dictionary(depth: Int) -> PythonLiteral? {
            at += 1
            var entries: NameMap<PythonLiteral> = [:]
            while !take("}") {
                guard case .string(let key)? = value(depth: depth + 1), take(":"),
                    let entry = value(depth: depth + 1), entries.updateValue(entry, forName: key) == nil
                else { return nil }
                if !take(",") {
                    guard take("}") else { return nil }
                    break
                }
            }
            return .dictionary(entries)
        }

        /// Reads a number, `True`, `False` or `None`.
        private mutating func word() -> PythonLiteral? {
            let start = at
            while at < bytes.count, isWord(bytes[at]) { at += 1 }
            let text = String(decoding: bytes[start..<at], as: UTF8.self)
            switch text {
            case "True": return .bool(true)
            case "False": return .bool(false)
            case "None": return PythonLiteral.none
            default:
                // Python 2 wrote long integers as 10L.
                return Int(text.hasSuffix("L") ? String(text.dropLast()) : text).map(PythonLiteral.integer)
            }
        }

        private func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
