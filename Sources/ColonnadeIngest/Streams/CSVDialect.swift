// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// What stands between and around the fields of a CSV file.
package struct CSVDialect: Sendable {
    let separator: UInt8
    let quote: UInt8

    /// Throws `invalidArgument` for characters that cannot be that.
    package init(separator: Character = ",", quote: Character = "\"") throws(ColonnadeError) {
        self.separator = try CSVDialect.byte(separator, "separate fields")
        self.quote = try CSVDialect.byte(quote, "be the quote")
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
