// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A tokenizer by byte-pair encoding: it cuts a text into symbols, and then merges neighbours into longer tokens.
///
/// Each symbol is the longest token of a trie that begins at its first byte. The possible merge with the lowest rank comes first;
/// if several have that rank, the leftmost one does. O(n × log(n)) for n symbols.
public struct BPETokenizer: Sendable {
    /// Two neighbours that become one token.
    public struct Merge: Sendable, Hashable {
        public var left: [UInt8]
        public var right: [UInt8]
        /// The id of the token.
        public var id: Int
        /// The order of the merges: lower ones come first.
        public var rank: Int

        /// Makes a merge. Its rank is the id of the token unless another one is given.
        public init(left: [UInt8], right: [UInt8], id: Int, rank: Int? = nil) {
            (self.left, self.right, self.id, self.rank) = (left, right, id, rank ?? id)
        }

        /// Makes a merge of texts. Its rank is the id of the token unless another one is given.
        public init(_ left: String, _ right: String, id: Int, rank: Int? = nil) {
            self.init(left: Array(left.utf8), right: Array(right.utf8), id: id, rank: rank)
        }
    }

    public let symbols: TokenTrie
    private let merges: MergeTable
    private let wholes: TokenTrie?
    /// The number of each symbol's bytes in the table of merges; -1 if no merge has it.
    private let pieces: [Int32]

    /// Makes a tokenizer. O(bytes).
    ///
    /// - Parameters:
    ///   - symbols: the tokens that a text consists of before the first merge.
    ///   - merges: the merges. Of two with the same neighbours, the one with the lower rank counts.
    ///   - wholes: tokens that a complete text becomes, whatever the merges would make of it. Hugging Face calls this
    ///     `ignore_merges`.
    /// - Throws: `invalidArgument` for a merge with an empty neighbour or a negative id.
    public init(symbols: TokenTrie, merges: [Merge], wholes: TokenTrie? = nil) throws(ColonnadeError) {
        self.symbols = symbols
        self.wholes = wholes
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
        if let wholes {
            var whole: Int?
            wholes.forEachToken(at: 0, of: text) { (length, index) in
                if length == text.count { whole = wholes.ids[index] }
            }
            if let whole { return [whole] }
        }
        return try MergedSymbols(of: text, symbols, pieces).merged(by: merges)
    }
}
