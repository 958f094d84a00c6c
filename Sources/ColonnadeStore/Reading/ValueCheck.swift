// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The check of the values of a variable column, piece by piece: strings must be UTF-8, and bools 0 or 1.
struct ValueCheck {
    private let isString: Bool
    private let isBool: Bool
    /// The first bytes of a character whose other bytes come with the next piece.
    private var unfinishedCharacter: [UInt8] = []

    init(_ field: Field) {
        isString = field.kind == .string
        isBool = field.dtype == .bool
    }

    var looksAtValues: Bool { isString || isBool }

    /// Checks more bytes of a row. Returns a description of the error; nil if there is none.
    @unsafe mutating func append(_ bytes: UnsafeRawBufferPointer) -> String? {
        if isBool, unsafe !bytes.allSatisfy({ $0 <= 1 }) { return "an element of a bool column is neither 0 nor 1" }
        guard isString else { return nil }
        var piece = unsafe unfinishedCharacter + Array(bytes)
        let rest = ValueCheck.unfinishedBytes(at: piece)
        unfinishedCharacter = Array(piece.suffix(rest))
        piece.removeLast(rest)
        return String(validating: piece, as: UTF8.self) == nil ? "a string is not UTF-8" : nil
    }

    /// Ends a row. Returns a description of an error at its end; nil if there is none.
    mutating func endRow() -> String? {
        defer { unfinishedCharacter = [] }
        return unfinishedCharacter.isEmpty ? nil : "a string is not UTF-8"
    }

    /// Returns the number of bytes at the end that begin an unfinished character.
    private static func unfinishedBytes(at bytes: [UInt8]) -> Int {
        for count in 1...3 where count <= bytes.count {
            let byte = bytes[bytes.count - count]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > count ? count : 0
        }
        return 0
    }
}
