// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The characters between and around the fields of a CSV file.
package struct CSVDialect: Sendable {
    let separator: UInt8
    /// Nil if quotes are characters like others.
    let quote: UInt8?
    /// Whether `\t`, `\n`, `\r` and `\\` stand for a tab, line ends and a backslash.
    let escapes: Bool

    /// Throws `invalidArgument` for characters that cannot be that, and for escapes beside a quote.
    package init(
        separator: Character = ",", quote: Character? = "\"", escapes: Bool = false
    ) throws(ColonnadeError) {
        self.separator = try CSVDialect.byte(separator, "separate fields")
        self.quote = try quote.map { (quote) throws(ColonnadeError) in try CSVDialect.byte(quote, "be the quote") }
        self.escapes = escapes
        guard !escapes || quote == nil else {
            throw ColonnadeError(
                .invalidArgument, "escapes are for fields without quotes: say that there is no quote (--quote none)")
        }
        guard self.separator != self.quote else {
            throw ColonnadeError(.invalidArgument, "the quote cannot separate fields too; use another character")
        }
    }

    private static func byte(_ character: Character, _ purpose: String) throws(ColonnadeError) -> UInt8 {
        guard let byte = character.asciiValue, byte != 10, byte != 13, byte != 0 else {
            throw ColonnadeError(
                .invalidArgument, "\"\(character)\" cannot \(purpose); use one ASCII character that ends no line")
        }
        return byte
    }
}
