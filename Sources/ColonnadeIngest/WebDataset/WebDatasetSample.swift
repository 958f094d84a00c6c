// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Neighbouring members of a tar archive with the same name before the first dot.
struct WebDatasetSample: Sendable {
    struct Member: Sendable {
        /// The name after the first dot, in lower case.
        let column: String
        let range: Range<Int>
    }

    let key: String
    private(set) var members: [Member] = []
    /// Why the sample cannot be taken; nil if it can.
    private(set) var fault: String?

    init(_ key: String, fault: String? = nil) {
        self.key = key
        self.fault = fault
    }

    mutating func append(_ member: Member) {
        if members.contains(where: { $0.column.hasBytes(of: member.column) }) {
            fault = fault ?? "two members have its name and .\(member.column): give each sample a name of its own"
        }
        members.append(member)
    }

    /// The columns of the sample, in one text that equals that of samples with the same ones.
    var columns: String { members.map(\.column).sorted().joined(separator: "/") }

    func range(of column: String) -> Range<Int>? { members.first { $0.column.hasBytes(of: column) }?.range }

    /// The key and column of a member's name, or what is wrong with it; nil for a name that is ignored: one that begins with a dot,
    /// and `__name__`, which WebDataset uses for notes.
    static func parsed(_ name: [UInt8]) -> (key: String, column: String, fault: String?)? {
        let slash = UInt8(ascii: "/")
        let start = name.lastIndex(of: slash).map { $0 + 1 } ?? 0
        let last = name[start...]
        guard let first = last.first, first != UInt8(ascii: ".") else { return nil }
        if last.starts(with: "__".utf8), last.reversed().starts(with: "__".utf8) { return nil }
        let text = String(fileName: name)
        guard let dot = last.firstIndex(of: UInt8(ascii: ".")), dot + 1 < name.count else {
            return (text, "", "its name has no extension, which tells the column: rename it")
        }
        let key = String(fileName: Array(name[..<dot]))
        let column = String(fileName: Array(name[(dot + 1)...])).lowercased()
        if name[0] == slash || name.split(separator: slash).contains(Array("..".utf8)[...]) {
            return (key, column, "its name leads out of the archive: make the archive again with relative names")
        }
        if text.holdsEscapedBytes || !column.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            return (
                key, column, "its name is not UTF-8, or its extension has other characters than a column: rename it"
            )
        }
        return (key, column, nil)
    }
}
