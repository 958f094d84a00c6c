// SPDX-License-Identifier: Apache-2.0

/// The records of an extended header of a tar archive (PAX), as far as they tell names and places.
struct TarRecords {
    var path: [UInt8]?
    /// The name of the target of a link.
    var linkPath: [UInt8]?
    var byteCount: Int?
    /// Whether the member is a file with holes, whose contents are not stored as they are.
    var isSparse = false

    init() {}

    /// Adds the records of a header: lines of a length, a key and a value, such as `18 path=name.txt`. A value of no bytes removes
    /// an earlier one.
    ///
    /// - Returns: the offset of a record that is damaged, or nil if all are valid.
    mutating func read(_ bytes: ArraySlice<UInt8>) -> Int? {
        var rest = bytes
        // Zeros may follow the last record.
        while let first = rest.first, first != 0 {
            let start = rest.startIndex
            guard let space = rest.prefix(20).firstIndex(of: UInt8(ascii: " ")),
                let count = Self.integer(rest[..<space]), count > space - start, count <= rest.count,
                rest[start + count - 1] == UInt8(ascii: "\n")
            else { return start - bytes.startIndex }
            let record = rest[space + 1..<start + count - 1]
            guard let sign = record.firstIndex(of: UInt8(ascii: "=")),
                set(record[..<sign], record[(sign + 1)...])
            else { return start - bytes.startIndex }
            rest = rest[(start + count)...]
        }
        return nil
    }

    /// Returns false for a value that the key cannot have.
    private mutating func set(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Bool {
        switch String(decoding: key, as: UTF8.self) {
        case "path":
            guard !value.contains(0) else { return false }
            path = value.isEmpty ? nil : Array(value)
        case "linkpath":
            guard !value.contains(0) else { return false }
            linkPath = value.isEmpty ? nil : Array(value)
        case "size":
            guard !value.isEmpty else {
                byteCount = nil
                return true
            }
            guard let number = Self.integer(value) else { return false }
            byteCount = number
        case "SCHILY.filetype": isSparse = isSparse || value.elementsEqual(Array("sparse".utf8))
        case let name: isSparse = isSparse || name.hasPrefix("GNU.sparse.")
        }
        return true
    }

    /// Returns a number in decimal digits; nil for other text.
    private static func integer(_ text: ArraySlice<UInt8>) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        return Int(String(decoding: text, as: UTF8.self))
    }
}
