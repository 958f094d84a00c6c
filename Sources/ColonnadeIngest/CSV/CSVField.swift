// SPDX-License-Identifier: Apache-2.0

/// The place of one field of a record among the bytes that were parsed.
package struct CSVField: Sendable, Hashable {
    /// The first byte of the field, after an opening quote.
    package var start: Int
    package var end: Int
    package var isQuoted: Bool
    /// Some quotes in it are doubled, or characters follow a backslash: read it through `CSVParser.unescape`.
    package var isEscaped: Bool
}
