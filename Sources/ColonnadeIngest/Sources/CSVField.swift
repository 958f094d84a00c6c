// SPDX-License-Identifier: Apache-2.0

/// Where one field of a record lies among the bytes that were parsed.
package struct CSVField: Sendable, Hashable {
    /// Without the quotes.
    package var start: Int
    package var end: Int
    package var isQuoted: Bool
    /// Some quotes in it are doubled, or characters follow a backslash: read it through `CSVParser.unescape`.
    package var isEscaped: Bool
}
