// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A file that cannot be ingested, and the reason.
struct BadFile: Sendable, CustomStringConvertible {
    let name: String
    let reason: String

    /// The number of files that messages show.
    static let mostShown = 8

    init(_ name: String, _ error: ColonnadeError) {
        self.name = name
        reason = error.message
    }

    var description: String { "\(name.readableFileName): \(reason)" }

    /// Returns a line for each file, and one that counts the others.
    static func list(_ files: [BadFile], count: Int) -> String {
        var lines = files.prefix(mostShown).map { "  \($0)" }
        if count > lines.count { lines.append("  and \(count - lines.count) more") }
        return lines.joined(separator: "\n")
    }
}
