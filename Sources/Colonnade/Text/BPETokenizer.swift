// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A tokenizer by byte-pair encoding: it cuts a text into symbols, and then merges neighbours into longer tokens.
///
/// Each symbol is the longest token of a trie that begins at its first byte. The possible merge with the lowest id comes first;
/// if several have that id, the leftmost one does. O(n × log(n)) for n symbols.
public struct BPETokenizer: Sendable {
    /// Two neighbours that become one token.
    public struct Merge: Sendable, Hashable {
        public var left: [UInt8]
        public var right: [UInt8]
        /// The id of the token, which is also the rank of the merge: lower ones come first.
        public var id: Int

        public init(left: [UInt8], right: [UInt8], id: Int) {
            (self.left, self.right, self.id) = (left, right, id)
        }

        public init(_ left: String, _ right: String, id: Int) {
            self.init(left: Array(left.utf8), right: Array(right.utf8), id: id)
        }
    }

    public let symbols: TokenTrie
    private let merges: MergeTable
    /// The number of each symbol's bytes in the table of merges; -1 if no merge has it.
    private let pieces: [Int32]

    /// Makes a tokenizer. O(bytes).
    ///
    /// - Parameters:
    ///   - symbols: the tokens that a text consists of before the first merge.
    ///   - merges: the merges. Of two with the same neighbours, the one with the lower id counts.
    /// - Throws: `invalidArgument` for a merge with an empty neighbour or a negative id.
    public init(symbols: TokenTrie, merges: [Merge]) throws(ColonnadeError) {
        self.symbols = symbols
        var numbers: [[UInt8]: Int32] = [:]
        self.merges = try MergeTable(merges, numbering: &numbers)
        pieces = symbols.tokens.map { numbers[$0] ?? -1 }
    }

    /// Returns the ids of the tokens of a text. Throws the errors of `tokenize(bytes:)`.
    public func tokenize(_ text: String) throws(ColonnadeError) -> [Int] {
        try tokenize(bytes: Array(text.utf8))
    }

    /// Returns the ids of the tokens of bytes. Throws `invalidArgument` at a byte where no symbol begins, and for
    /// a text of 2³¹ bytes or more.
    public func tokenize(bytes text: [UInt8]) throws(ColonnadeError) -> [Int] {
        guard text.count < Int32.max else {
            throw ColonnadeError(.invalidArgument, "the text has 2³¹ bytes or more: split it first")
        }
        return try MergedSymbols(of: text, symbols, pieces).merged(by: merges)
    }
}
