// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// Parses a JSON text.
    struct Parser {
        let bytes: [UInt8]
        var at = 0

        mutating func skipSpace() {
            while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
        }

        private mutating func take(_ text: String) throws {
            skipSpace()
            guard bytes[at...].starts(with: text.utf8) else { throw JSON.Malformed(offset: at) }
            at += text.utf8.count
        }

        private mutating func next() throws -> UInt8 {
            skipSpace()
            guard at < bytes.count else { throw JSON.Malformed(offset: at) }
            return bytes[at]
        }

        mutating func value() throws -> JSON {
            switch try next() {
            case UInt8(ascii: "{"):
                var members: [[UInt8]: JSON] = [:]
                try list(closing: UInt8(ascii: "}")) { parser in
                    let key = try parser.string()
                    try parser.take(":")
                    members[Array(key.utf8)] = try parser.value()
                }
                return .object(members)
            case UInt8(ascii: "["):
                var items: [JSON] = []
                try list(closing: UInt8(ascii: "]")) { parser in items.append(try parser.value()) }
                return .array(items)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"):
                try take("true")
                return .bool(true)
            case UInt8(ascii: "f"):
                try take("false")
                return .bool(false)
            case UInt8(ascii: "n"):
                try take("null")
                return .null
            default:
                let start = at
                while at < bytes.count, "+-.0123456789eE".utf8.contains(bytes[at]) { at += 1 }
                guard at > start else { throw JSON.Malformed(offset: at) }
                return .number(String(decoding: bytes[start..<at], as: UTF8.self))
            }
        }

        private mutating func list(closing: UInt8, _ item: (inout Parser) throws -> Void) throws {
            at += 1
            if try next() == closing {
                at += 1
                return
            }
            while true {
                try item(&self)
                let byte = try next()
                at += 1
                if byte == closing { return }
                guard byte == UInt8(ascii: ",") else { throw JSON.Malformed(offset: at - 1) }
            }
        }

        private mutating func string() throws -> String {
            try take("\"")
            var units: [UInt16] = []
            var text = ""
            func flushed(_ units: [UInt16]) -> String { String(decoding: units, as: UTF16.self) }
            var start = at
            while true {
                guard at < bytes.count else { throw JSON.Malformed(offset: at) }
                let byte = bytes[at]
                guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                    at += 1
                    continue
                }
                if at > start {
                    text += flushed(units) + String(decoding: bytes[start..<at], as: UTF8.self)
                    units = []
                }
                at += 1
                if byte == UInt8(ascii: "\"") { return text + flushed(units) }
                units.append(try escape())
                start = at
            }
        }

        private mutating func escape() throws -> UInt16 {
            guard at < bytes.count else { throw JSON.Malformed(offset: at) }
            let letter = bytes[at]
            at += 1
            switch letter {
            case UInt8(ascii: "n"): return 0x0A
            case UInt8(ascii: "r"): return 0x0D
            case UInt8(ascii: "t"): return 0x09
            case UInt8(ascii: "b"): return 0x08
            case UInt8(ascii: "f"): return 0x0C
            case UInt8(ascii: "u"):
                guard at + 4 <= bytes.count,
                    let unit = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
                else { throw JSON.Malformed(offset: at) }
                at += 4
                return unit
            default: return UInt16(letter)
            }
        }
    }
}
