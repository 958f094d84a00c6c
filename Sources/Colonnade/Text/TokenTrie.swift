// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The tokens of a vocabulary with their ids, in a tree that finds all tokens that begin at a byte of a text.
///
///     let trie = try TokenTrie(["a", "ab", "b"])
///     trie.id(of: "ab")  // 1
///
/// Tokens are bytes. A text is tokenized by its UTF-8 bytes, and a token may be a part of a character.
public struct TokenTrie: Sendable {
    /// The tokens, as they were given.
    public let tokens: [[UInt8]]
    /// The id of each token.
    public let ids: [Int]

    // The nodes are numbered level by level. The children of a node are consecutive, in the order of their bytes.
    /// The nodes, and one more after the last.
    private let nodes: [Node]
    /// The last byte of each node's prefix.
    private let bytes: [UInt8]
    /// The node of each byte, and that of each two bytes; -1 if there is none. Most nodes with many children are above these.
    private let singles: [Int32]
    private let pairs: [Int32]

    /// Makes a trie of texts. The id of a token is its index.
    public init(_ tokens: [String]) throws(ColonnadeError) {
        try self.init(bytes: tokens.map { Array($0.utf8) })
    }

    /// Makes a trie of bytes. O(bytes), and O(tokens × log(tokens)).
    ///
    /// - Parameters:
    ///   - tokens: the tokens. An empty token has an id, and occurs in no text. A token that occurs again is ignored.
    ///   - ids: the id of each token; by default its index. Several tokens may have the same id.
    /// - Throws: `invalidArgument` for another number of ids, for negative ids, and for tokens of 2³¹ bytes or more in total.
    public init(bytes tokens: [[UInt8]], ids: [Int]? = nil) throws(ColonnadeError) {
        let ids = ids ?? Array(tokens.indices)
        guard ids.count == tokens.count else {
            throw ColonnadeError(.invalidArgument, "\(tokens.count) tokens need as many ids, not \(ids.count)")
        }
        if let index = ids.firstIndex(where: { $0 < 0 }) {
            throw ColonnadeError(
                .invalidArgument, "the id of token \(index) is \(ids[index]): ids must be at least 0")
        }
        guard tokens.reduce(1, { $0 + $1.count }) < Int32.max, tokens.count < Int32.max
        else {
            throw ColonnadeError(.invalidArgument, "the tokens have 2³¹ bytes or more: leave some out")
        }
        self.tokens = tokens
        self.ids = ids
        var nodes = Nodes()
        nodes.add(tokens, in: TokenTrie.sorted(tokens))
        self.nodes = nodes.nodes
        bytes = nodes.bytes
        var singles = [Int32](repeating: -1, count: 1 << 8)
        var pairs = [Int32](repeating: -1, count: 1 << 16)
        for first in nodes.children(of: 0) {
            singles[Int(nodes.bytes[first])] = Int32(first)
            for second in nodes.children(of: first) {
                pairs[Int(nodes.bytes[first]) << 8 | Int(nodes.bytes[second])] = Int32(second)
            }
        }
        self.singles = singles
        self.pairs = pairs
    }

    /// Returns the indices of tokens in the order of their bytes; equal tokens in the order of their indices.
    private static func sorted(_ tokens: [[UInt8]]) -> [Int] {
        // Most comparisons are decided by the first eight bytes.
        let keys = tokens.map { token in
            (0..<8).reduce(UInt64(0)) { $0 << 8 | ($1 < token.count ? UInt64(token[$1]) : 0) }
        }
        return tokens.indices.sorted { left, right in
            if keys[left] != keys[right] { return keys[left] < keys[right] }
            if tokens[left] == tokens[right] { return left < right }
            return tokens[left].lexicographicallyPrecedes(tokens[right])
        }
    }

    /// Returns the id of a token; nil if the trie does not have it.
    public func id(of token: String) -> Int? { id(of: Array(token.utf8)) }

    /// Returns the id of a token; nil if the trie does not have it. O(bytes).
    public func id(of token: [UInt8]) -> Int? {
        var node = 0
        for byte in token {
            guard let next = child(of: node, byte) else { return nil }
            node = next
        }
        return nodes[node].token < 0 ? nil : ids[Int(nodes[node].token)]
    }

    /// Calls `body` with the length and the index of each token that begins at a byte of a text, the shortest first.
    @inline(__always)
    func forEachToken(at start: Int, of text: [UInt8], _ body: (_ length: Int, _ index: Int) -> Void) {
        guard start < text.count else { return }
        var node = Int(singles[Int(text[start])])
        var end = start + 1
        while node >= 0 {
            let token = nodes[node].token
            if token >= 0 { body(end - start, Int(token)) }
            guard end < text.count else { return }
            if end == start + 1 {
                node = Int(pairs[Int(text[start]) << 8 | Int(text[end])])
            } else {
                node = child(of: node, text[end]) ?? -1
            }
            end += 1
        }
    }

    /// Returns the child of a node for a byte.
    @inline(__always)
    private func child(of node: Int, _ byte: UInt8) -> Int? {
        let children = Int(nodes[node].firstChild)..<Int(nodes[node + 1].firstChild)
        guard !children.isEmpty else { return nil }
        let last = children.lastByBisection { bytes[$0] <= byte }
        return bytes[last] == byte ? last : nil
    }
}

extension TokenTrie {
    private struct Node: Sendable {
        /// The number of the first child; the children end where those of the next node begin.
        var firstChild: Int32
        /// The index of the token that the node's prefix is; -1 if it is no token.
        var token: Int32
    }

    /// The nodes of a trie while it is made.
    private struct Nodes {
        var nodes: [Node] = []
        var bytes: [UInt8] = []

        func children(of node: Int) -> Range<Int> { Int(nodes[node].firstChild)..<Int(nodes[node + 1].firstChild) }

        /// Adds the nodes of all prefixes, level by level. `order` has the indices of the tokens by their bytes, so the
        /// tokens with a prefix are consecutive in it.
        mutating func add(_ tokens: [[UInt8]], in order: [Int]) {
            var ranges = [0..<order.count]
            bytes = [0]
            var (node, depth, levelEnd) = (0, 0, 1)
            while node < ranges.count {
                if node == levelEnd {
                    depth += 1
                    levelEnd = ranges.count
                }
                let firstChild = Int32(ranges.count)
                var range = ranges[node]
                var token = -1
                while let first = range.first, tokens[order[first]].count == depth {
                    if token < 0 { token = order[first] }
                    range.removeFirst()
                }
                nodes.append(Node(firstChild: firstChild, token: Int32(token)))
                while let first = range.first {
                    let byte = tokens[order[first]][depth]
                    var end = first + 1
                    while end < range.upperBound, tokens[order[end]][depth] == byte { end += 1 }
                    ranges.append(first..<end)
                    bytes.append(byte)
                    range = end..<range.upperBound
                }
                node += 1
            }
            nodes.append(Node(firstChild: Int32(ranges.count), token: -1))
        }
    }
}
