// SPDX-License-Identifier: Apache-2.0

/// One value of a parsed JSON text. Nodes stand in a list in which each value comes directly before the values in it.
package struct JSONNode: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        case object, array, string, number, yes, no, null
    }

    package var kind: Kind
    /// Whether some characters of a string are escaped: read it through `JSONParser.unescape`.
    package var isEscaped = false
    /// The bytes of the value in the text: a string without its quotes, an object or array with its brackets.
    package var start: UInt32
    package var end: UInt32 = 0
    /// The index of the first node after this value and its children.
    package var next: UInt32 = 0

    var range: Range<Int> { Int(start)..<Int(end) }
}
