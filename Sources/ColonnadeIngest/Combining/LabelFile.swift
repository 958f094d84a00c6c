// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Names for integers, from a file of text.
///
/// Each line is a name. Lines end with LF or CRLF; no other character ends one. Spaces and tabs around a name are dropped, as
/// are the byte-order mark of UTF-8 and blank lines at the end.
enum LabelFile {
    private static let largest = 64 << 20

    /// Throws `invalidSource` for a file without names, a blank line between names, a name that occurs twice, a lone CR and
    /// what is not UTF-8; `fileNotFound`, `system`.
    static func read(_ path: String) throws(ColonnadeError) -> [String] {
        func failure(_ message: String) -> ColonnadeError {
            ColonnadeError(.invalidSource, message, at: .file(path))
        }
        var stream = try ByteStream(path: path)
        var bytes: [UInt8] = []
        try stream.read(upTo: largest, appendingTo: &bytes)
        guard bytes.count < largest, String(validating: bytes, as: UTF8.self) != nil else {
            throw failure("labels are UTF-8 text of at most \(largest >> 20) MiB, one name a line")
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        var names: [ArraySlice<UInt8>] = []
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            var name = line
            if name.last == UInt8(ascii: "\r") { name.removeLast() }
            names.append(name.trimmingSpaces)
        }
        while names.last?.isEmpty == true { names.removeLast() }
        guard !names.isEmpty else { throw failure("there are no labels in it: write one name a line") }
        var lines: [ArraySlice<UInt8>: Int] = [:]
        for (index, name) in names.enumerated() {
            if name.isEmpty { throw failure("line \(index + 1) is blank, and each line is a label: give it a name") }
            if name.contains(UInt8(ascii: "\r")) {
                throw failure("line \(index + 1) has a lone carriage return: end lines with LF or CRLF")
            }
            if let first = lines.updateValue(index + 1, forKey: name) {
                throw failure(
                    "lines \(first) and \(index + 1) are both \"\(String(decoding: name, as: UTF8.self))\": give each class a "
                        + "name of its own")
            }
        }
        return names.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension ArraySlice<UInt8> {
    /// The slice without the spaces and tabs around it.
    fileprivate var trimmingSpaces: ArraySlice<UInt8> {
        var rest = self
        while let first = rest.first, first == 32 || first == 9 { rest.removeFirst() }
        while let last = rest.last, last == 32 || last == 9 { rest.removeLast() }
        return rest
    }
}
