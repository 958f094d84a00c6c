// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// JSON by RFC 8259, strictly: no comments, no trailing commas, valid UTF-8, no key twice in an object. The one extension
/// is the numbers `NaN`, `Infinity` and `-Infinity`, which Python's `json` writes.
///
/// The result is a flat list of nodes over the text, kept from one text to the next: a record costs no memory. The members of
/// an object are a string, the key, and the value, in turn. Numbers stay text.
package struct JSONParser: Sendable {
    /// Objects and arrays in one another.
    package static let depthLimit = 64

    package private(set) var nodes: [JSONNode] = []
    private var at = 0
    /// Keys of the objects that are not closed yet: indices of nodes.
    var keys: [UInt32] = []

    package init() {}

    /// Parses one value, with nothing but white space around it. Throws `invalidSource` with the byte, counted from 1.
    package mutating func parse(_ text: Span<UInt8>) throws(ColonnadeError) {
        nodes.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        at = 0
        precondition(text.count < UInt32.max, "a JSON text is at most 4 GiB long")
        if let invalid = text.firstInvalidUTF8 {
            at = invalid
            throw fault("this is not UTF-8; convert the file first, as with iconv")
        }
        skipSpace(text)
        try value(text, depth: 0)
        skipSpace(text)
        guard at == text.count else { throw fault("something follows the value; put each record on a line of its own") }
    }

    /// Parses a whole array of bytes, for tests and fuzzing.
    package static func parse(_ bytes: [UInt8]) throws(ColonnadeError) -> [JSONNode] {
        var parser = JSONParser()
        try parser.parse(bytes.span)
        return parser.nodes
    }

    private mutating func value(_ text: Span<UInt8>, depth: Int) throws(ColonnadeError) {
        guard at < text.count else { throw fault("the text ends where a value should be; is the record complete?") }
        switch text[at] {
        case UInt8(ascii: "{"): try object(text, depth: depth)
        case UInt8(ascii: "["): try array(text, depth: depth)
        case UInt8(ascii: "\""): try string(text)
        case UInt8(ascii: "t"): try word("true", .yes, text)
        case UInt8(ascii: "f"): try word("false", .no, text)
        case UInt8(ascii: "n"): try word("null", .null, text)
        case UInt8(ascii: "N"): try word("NaN", .number, text)
        case UInt8(ascii: "I"): try word("Infinity", .number, text)
        default: try number(text)
        }
    }

    private mutating func object(_ text: Span<UInt8>, depth: Int) throws(ColonnadeError) {
        let node = try open(.object, depth)
        let firstKey = keys.count
        skipSpace(text)
        if at < text.count, text[at] == UInt8(ascii: "}") {
            close(node)
            return
        }
        while true {
            skipSpace(text)
            guard at < text.count, text[at] == UInt8(ascii: "\"") else { throw fault("a key in quotes should be here") }
            keys.append(UInt32(nodes.count))
            try string(text)
            skipSpace(text)
            guard at < text.count, text[at] == UInt8(ascii: ":") else { throw fault("a colon should be here") }
            at += 1
            skipSpace(text)
            try value(text, depth: depth + 1)
            if try !hasNext(text, closing: UInt8(ascii: "}")) { break }
        }
        try checkKeys(text, from: firstKey)
        close(node)
    }

    private mutating func array(_ text: Span<UInt8>, depth: Int) throws(ColonnadeError) {
        let node = try open(.array, depth)
        skipSpace(text)
        if at < text.count, text[at] == UInt8(ascii: "]") {
            close(node)
            return
        }
        repeat {
            skipSpace(text)
            try value(text, depth: depth + 1)
        } while try hasNext(text, closing: UInt8(ascii: "]"))
        close(node)
    }

    /// Skips an opening bracket, and returns the node to close.
    private mutating func open(_ kind: JSONNode.Kind, _ depth: Int) throws(ColonnadeError) -> Int {
        guard depth < Self.depthLimit else {
            throw fault("objects and arrays lie in one another more than \(Self.depthLimit) deep; flatten them")
        }
        nodes.append(JSONNode(kind: kind, start: UInt32(at)))
        at += 1
        return nodes.count - 1
    }

    /// Skips the closing bracket.
    private mutating func close(_ node: Int) {
        at += 1
        nodes[node].end = UInt32(at)
        nodes[node].next = UInt32(nodes.count)
    }

    /// Skips a comma; stays at the closing bracket.
    private mutating func hasNext(_ text: Span<UInt8>, closing: UInt8) throws(ColonnadeError) -> Bool {
        skipSpace(text)
        guard at < text.count else { throw fault("the text ends within an object or array; is the record complete?") }
        if text[at] == closing { return false }
        guard text[at] == UInt8(ascii: ",") else { throw fault("a comma or a closing bracket should be here") }
        at += 1
        return true
    }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while at < text.count, text[at] == 32 || text[at] == 9 || text[at] == 10 || text[at] == 13 { at += 1 }
    }

    private mutating func word(_ word: String, _ kind: JSONNode.Kind, _ text: Span<UInt8>) throws(ColonnadeError) {
        let start = at
        for letter in word.utf8 {
            guard at < text.count, text[at] == letter else { throw fault("this is no JSON value; texts need quotes") }
            at += 1
        }
        append(kind, from: start, to: at)
    }

    private mutating func append(_ kind: JSONNode.Kind, from start: Int, to end: Int, isEscaped: Bool = false) {
        nodes.append(
            JSONNode(
                kind: kind, isEscaped: isEscaped, start: UInt32(start), end: UInt32(end), next: UInt32(nodes.count + 1))
        )
    }

    private mutating func number(_ text: Span<UInt8>) throws(ColonnadeError) {
        let start = at
        if text[at] == UInt8(ascii: "-") {
            if at + 1 < text.count, text[at + 1] == UInt8(ascii: "I") { return try word("-Infinity", .number, text) }
            at += 1
        }
        let firstDigit = at
        skipDigits(text)
        guard at > firstDigit else { throw fault("this is no JSON value; texts need quotes") }
        guard at == firstDigit + 1 || text[firstDigit] != UInt8(ascii: "0") else {
            throw fault("a number starts with a zero; write codes such as 007 as texts in quotes")
        }
        if at < text.count, text[at] == UInt8(ascii: ".") {
            at += 1
            try digits(text)
        }
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "+") { at += 1 }
            try digits(text)
        }
        append(.number, from: start, to: at)
    }

    private mutating func skipDigits(_ text: Span<UInt8>) {
        while at < text.count, text[at] &- 48 <= 9 { at += 1 }
    }

    private mutating func digits(_ text: Span<UInt8>) throws(ColonnadeError) {
        let start = at
        skipDigits(text)
        guard at > start else { throw fault("a digit should be here") }
    }

    private mutating func string(_ text: Span<UInt8>) throws(ColonnadeError) {
        at += 1
        let start = at
        var isEscaped = false
        while at < text.count, text[at] != UInt8(ascii: "\"") {
            if text[at] == UInt8(ascii: "\\") {
                isEscaped = true
                try escape(text)
            } else {
                guard text[at] >= 0x20 else {
                    throw fault("a control character in a text; write it as an escape such as \\n")
                }
                at += 1
            }
        }
        guard at < text.count else { throw fault("the text ends within quotes; is the record complete?") }
        append(.string, from: start, to: at, isEscaped: isEscaped)
        at += 1
    }

    /// Checks and steps over one escape.
    private mutating func escape(_ text: Span<UInt8>) throws(ColonnadeError) {
        guard at + 1 < text.count else { throw fault("the text ends within an escape; is the record complete?") }
        switch text[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            guard let unit = JSONText.codeUnit(text, at: at) else { throw fault("\\u needs four hexadecimal digits") }
            let isHigh = unit & 0xFC00 == 0xD800
            guard unit & 0xF800 != 0xD800 || isHigh else {
                throw fault("the second half of a surrogate pair stands alone")
            }
            at += 6
            if isHigh {
                guard let low = JSONText.codeUnit(text, at: at), low & 0xFC00 == 0xDC00 else {
                    throw fault("the first half of a surrogate pair stands alone")
                }
                at += 6
            }
        default: throw fault("there is no escape like this; write a backslash as \\\\")
        }
    }

    private func fault(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, "byte \(at + 1) of the line: \(message)")
    }
}
