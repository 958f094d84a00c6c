// SPDX-License-Identifier: Apache-2.0

/// A token between two bytes of a text: an edge of the graph of all ways to tokenize it.
public struct TokenEdge: Sendable, Hashable {
    /// The index of the first byte of the token.
    public let start: Int
    /// The index of the byte after the token.
    public let end: Int
    /// The id of the token; nil for an unknown byte that is skipped.
    public let id: Int?
}
