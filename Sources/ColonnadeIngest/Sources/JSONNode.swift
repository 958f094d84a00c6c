// SPDX-License-Identifier: Apache-2.0

/// One value of a parsed JSON text. Nodes stand in a list in which each value comes directly before the values in it.
package struct JSONNode: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        case object, array, string, number, yes, no, null
    }

    package var kind: Kind
    /// Of a string: some characters are escaped; read it through `JSONParser.unescape`.
    package var isEscaped = false
    /// Where the value lies in the text: of a string without its quotes, of an object or array with the brackets.
    package var start: UInt32
    package var end: UInt32 = 0
    /// Index of the first node behind this value and what is in it.
    package var next: UInt32 = 0

    var range: Range<Int> { Int(start)..<Int(end) }
}
