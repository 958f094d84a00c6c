// SPDX-License-Identifier: Apache-2.0

import ColonnadeStoreTestSupport
import Testing

/// An entry of `formats/invalid/expected.json`.
struct InvalidFile: CustomTestStringConvertible {
    enum Moment: String, Comparable {
        case open, read, verify

        static func < (left: Moment, right: Moment) -> Bool { left.rawValue < right.rawValue }
    }

    let name: String
    let when: Moment
    /// The rule that the file breaks, and other rules that a reader may report instead.
    let rules: Set<Int>

    var path: String { "\(Repository.invalid)/\(name)" }
    var testDescription: String { name }

    static func all() throws -> [InvalidFile] {
        try Repository.json("\(Repository.invalid)/expected.json").members.map {
            name, entry in
            let also = entry["also"]?.array.compactMap(\.int) ?? []
            return InvalidFile(
                name: name, when: Moment(rawValue: entry["when"]?.string ?? "") ?? .open,
                rules: Set(also + [entry["rule"]?.int ?? 0]))
        }
    }
}
