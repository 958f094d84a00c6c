// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Writes JSON (RFC 8259) from front to back; commas come by themselves.
///
///     var json = JSONWriter()
///     json.object { json in
///         json.member("rows", 60_000)
///     }
package struct JSONWriter: Sendable {
    /// The bytes written so far. A caller that takes them may empty the array.
    package var text: [UInt8] = []
    private var needsComma = false
    private let style: ElementText.Style

    /// Starts an empty text. `style` decides how elements of tensors that are no numbers are written.
    package init(style: ElementText.Style = .json) { self.style = style }

    // MARK: Structure

    package mutating func object<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        try nested(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    package mutating func array<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        try nested(UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    private mutating func nested<Failure: Error>(
        _ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        separate()
        text.append(open)
        needsComma = false
        try body(&self)
        text.append(close)
        needsComma = true
    }

    /// Writes the name of the member whose value follows.
    package mutating func key(_ name: String) {
        separate()
        quote(name)
        text.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a line break, after which another text begins.
    package mutating func endLine() {
        text.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    // MARK: Values

    package mutating func value(_ value: String) {
        separate()
        quote(value)
    }

    package mutating func value(_ value: some FixedWidthInteger) {
        separate()
        ElementText.append(integer: value, to: &text)
    }

    /// Writes a number. NaN becomes `null`, whatever the style.
    package mutating func value(_ value: Double) {
        separate()
        ElementText.append(value, .json, to: &text)
    }

    package mutating func value(_ value: Bool) { word(value ? "true" : "false") }

    package mutating func null() { word("null") }

    /// Writes a row of a column: numbers, in nested arrays where it has a shape; strings as strings, bytes as base64. O(bytes).
    ///
    /// Throws `corruptFile` for a string that is not UTF-8; `invalidArgument` for a value without elements that would be more than
    /// 65,536 empty arrays.
    package mutating func value(_ row: Tensor, of field: Field) throws(ColonnadeError) {
        switch field.kind {
        case .string: value(try row.string())
        case .bytes: value(Base64.encode(try row.elements(as: UInt8.self)))
        case .tensor:
            try JSONWriter.checkEmptyArrays(row, of: field)
            separate()
            try nest(row, 0, row.shape[...], field)
        }
    }

    /// Empty arrays that a value without elements may become.
    private static let mostEmptyArrays = 65_536

    /// Throws `invalidArgument` for a value without elements whose dimensions ask for far more arrays than it has bytes.
    private static func checkEmptyArrays(_ row: Tensor, of field: Field) throws(ColonnadeError) {
        guard row.count == 0 else { return }
        var arrays = 1
        for dim in row.shape.prefix(while: { $0 > 0 }) {
            arrays = arrays.saturatingProduct(dim)
            guard arrays <= mostEmptyArrays else {
                throw ColonnadeError(
                    .invalidArgument,
                    "a value of column \"\(field.name)\" has the shape \(row.shape) and no elements, and JSON would have more than "
                        + "\(mostEmptyArrays) empty arrays for it: leave the column out")
            }
        }
    }

    // MARK: Members

    package mutating func member(_ name: String, _ member: String) {
        key(name)
        value(member)
    }

    package mutating func member(_ name: String, _ member: some FixedWidthInteger) {
        key(name)
        value(member)
    }

    package mutating func member(_ name: String, _ member: Double) {
        key(name)
        value(member)
    }

    package mutating func member(_ name: String, _ member: Bool) {
        key(name)
        value(member)
    }

    // MARK: Characters

    private mutating func separate() {
        if needsComma { text.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func word(_ word: String) {
        separate()
        text.append(contentsOf: word.utf8)
    }

    private mutating func nest(
        _ tensor: Tensor, _ first: Int, _ shape: ArraySlice<Int>, _ field: Field
    ) throws(ColonnadeError) {
        guard let count = shape.first else {
            return try ElementText.append(
                tensor, first..<first + 1, of: field, separator: UInt8(ascii: ","), style: style, to: &text)
        }
        text.append(UInt8(ascii: "["))
        let inner = shape.dropFirst()
        if inner.isEmpty {
            try ElementText.append(
                tensor, first..<first + count, of: field, separator: UInt8(ascii: ","), style: style, to: &text)
        } else {
            let step = inner.reduce(1, *)
            for index in 0..<count {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                try nest(tensor, first + index * step, inner, field)
            }
        }
        text.append(UInt8(ascii: "]"))
    }

    /// Writes a string with escapes for characters that a terminal would obey.
    private mutating func quote(_ string: String) {
        text.append(UInt8(ascii: "\""))
        // A character that begins with one of these bytes may be such a character.
        if string.utf8.contains(where: { $0 == 0xC2 || $0 == 0xD8 || $0 == 0xE2 }) {
            for scalar in string.unicodeScalars {
                if scalar.isCommand, scalar.value >= 0x80 {
                    append(escape: scalar.value)
                } else {
                    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(escaping: byte) }
                }
            }
        } else {
            for byte in string.utf8 { append(escaping: byte) }
        }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(contentsOf: [UInt8(ascii: "\\"), byte])
        case UInt8(ascii: "\n"): text.append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\r"): text.append(contentsOf: "\\r".utf8)
        case UInt8(ascii: "\t"): text.append(contentsOf: "\\t".utf8)
        case 0..<32, 127: append(escape: UInt32(byte))
        default: text.append(byte)
        }
    }

    private mutating func append(escape unit: UInt32) {
        let digits = Array("0123456789abcdef".utf8)
        text.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] { text.append(digits[Int(unit >> UInt32(shift)) & 15]) }
    }
}
