// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A tokenizer that cuts a text into tokens of a trie, so that the sum of their scores is as small as possible.
///
///     let tokenizer = try Tokenizer(TokenTrie(["a", "ab", "b"]))
///     try tokenizer.tokenize("aab")  // [0, 1]: two tokens are fewer than three
///
/// If several ways have the smallest sum, it chooses the one whose first token is longest. The cost is O(n × length of the longest
/// token) for n bytes.
public struct Tokenizer: Sendable {
    public let trie: TokenTrie
    /// Whether bytes that no way includes are skipped, as few as possible. Otherwise they are an error.
    public let ignoresUnknown: Bool
    /// The score of each token.
    private let scores: [Double]

    /// The largest absolute value of a score: sums of scores remain finite.
    private static let largestScore = 1e100

    /// Makes a tokenizer.
    ///
    /// - Parameters:
    ///   - trie: the tokens.
    ///   - scores: the scores by id, one for each id from 0 to the largest one; with none, each token has the score 1, so that
    ///     the smallest number of tokens is chosen. Scores are costs: for log probabilities, give their negations.
    ///   - ignoringUnknown: whether bytes that are part of no token are skipped.
    /// - Throws: `invalidArgument` for another number of scores, and for scores that are not numbers from -1e100 to 1e100.
    public init(
        _ trie: TokenTrie, scores: [Double] = [], ignoringUnknown: Bool = false
    ) throws(ColonnadeError) {
        guard !scores.isEmpty else {
            self.init(trie, tokenScores: trie.tokens.map { _ in 1 }, ignoringUnknown: ignoringUnknown)
            return
        }
        let largest = trie.ids.max() ?? -1
        guard scores.count - 1 == largest else {
            throw ColonnadeError(
                .invalidArgument,
                "there are \(scores.count) scores, and the largest id is \(largest): give a score for each id from 0 to that one"
            )
        }
        if let wrong = scores.firstIndex(where: { !($0.magnitude <= Tokenizer.largestScore) }) {
            throw ColonnadeError(
                .invalidArgument,
                "score \(wrong) is \(DType.text(of: scores[wrong])): scores must be numbers from -1e100 to 1e100")
        }
        self.init(trie, tokenScores: trie.ids.map { scores[$0] }, ignoringUnknown: ignoringUnknown)
    }

    /// Makes a tokenizer with the score of each token.
    init(_ trie: TokenTrie, tokenScores: [Double], ignoringUnknown: Bool) {
        self.trie = trie
        scores = tokenScores
        ignoresUnknown = ignoringUnknown
    }

    /// Returns the ids of the tokens of a text. Throws the errors of `tokenize(bytes:)`.
    public func tokenize(_ text: String) throws(ColonnadeError) -> [Int] {
        try tokenize(bytes: Array(text.utf8))
    }

    /// Returns the ids of the tokens of bytes. Throws `invalidArgument`, with the index of the byte, where no token continues.
    public func tokenize(bytes text: [UInt8]) throws(ColonnadeError) -> [Int] {
        let ways = try Ways(of: text, self)
        var ids: [Int] = []
        var offset = 0
        while offset < text.count {
            let token = ways.token(at: offset)
            if token < 0 {
                offset += 1
            } else {
                ids.append(trie.ids[token])
                offset += trie.tokens[token].count
            }
        }
        return ids
    }

    /// Returns the ids of the tokens of one of all ways to tokenize the bytes: at each token, all tokens that can continue are
    /// equally probable. Throws the errors of `tokenize(bytes:)`.
    public func tokenizeRandomly(
        bytes text: [UInt8], using generator: inout some RandomNumberGenerator
    ) throws(ColonnadeError) -> [Int] {
        try tokenizeRandomly(bytes: text) { Int.random(in: 0..<$0, using: &generator) }
    }

    /// Returns the ids of a way for which `draw` chooses among the tokens that can continue: it receives their number, and returns
    /// the index of one.
    func tokenizeRandomly(bytes text: [UInt8], drawing draw: (Int) -> Int) throws(ColonnadeError) -> [Int] {
        let ways = try Ways(of: text, self)
        var ids: [Int] = []
        var edges: [TokenEdge] = []
        var offset = 0
        while offset < text.count {
            edges.removeAll(keepingCapacity: true)
            ways.forEachEdge(at: offset) { edges.append($0) }
            let edge = edges.count == 1 ? edges[0] : edges[draw(edges.count)]
            if let id = edge.id { ids.append(id) }
            offset = edge.end
        }
        return ids
    }

    /// Returns all ways to tokenize bytes as a graph: the edges in the order of their starts, and of those with one start the
    /// longest first. Each path from 0 to the end is a way. Throws the errors of `tokenize(bytes:)`.
    public func edges(bytes text: [UInt8]) throws(ColonnadeError) -> [TokenEdge] {
        let ways = try Ways(of: text, self)
        var edges: [TokenEdge] = []
        var isReached = [Bool](repeating: false, count: text.count + 1)
        isReached[0] = true
        for offset in text.indices where isReached[offset] {
            let first = edges.count
            ways.forEachEdge(at: offset) { edges.append($0) }
            edges[first...].reverse()
            for edge in edges[first...] { isReached[edge.end] = true }
        }
        return edges
    }
}

extension Tokenizer {
    /// The best way from each byte of a text to its end.
    private struct Ways {
        private let text: [UInt8]
        private let tokenizer: Tokenizer
        /// The best way from each byte, and that from the end.
        private var ways: [Way]

        /// The best way from a byte to the end.
        private struct Way {
            /// The number of bytes that must be skipped; `unreachable` if the end cannot be reached.
            var skipped: Int32
            /// The index of the first token; -1 if the byte is skipped.
            var token: Int32
            var sum: Double
        }

        private static let unreachable = Int32.max

        /// Throws `invalidArgument` if the end of the text cannot be reached from its start, and for 2³¹ bytes or more.
        init(of text: [UInt8], _ tokenizer: Tokenizer) throws(ColonnadeError) {
            guard text.count < Ways.unreachable else {
                throw ColonnadeError(.invalidArgument, "the text has 2³¹ bytes or more: split it first")
            }
            self.text = text
            self.tokenizer = tokenizer
            var ways = [Way](
                repeating: Way(skipped: Ways.unreachable, token: -1, sum: .infinity), count: text.count + 1)
            ways[text.count] = Way(skipped: 0, token: -1, sum: 0)
            let (trie, scores, ignoresUnknown) = (tokenizer.trie, tokenizer.scores, tokenizer.ignoresUnknown)
            for offset in text.indices.reversed() {
                var best = Way(skipped: Ways.unreachable, token: -1, sum: .infinity)
                if ignoresUnknown {
                    best.skipped = ways[offset + 1].skipped + 1
                    best.sum = ways[offset + 1].sum
                }
                trie.forEachToken(at: offset, of: text) { length, index in
                    let rest = ways[offset + length]
                    let sum = rest.sum + scores[index]
                    // The sum of an unreachable end is infinite. A longer token comes later, and is preferred to a shorter one.
                    guard rest.skipped < best.skipped || rest.skipped == best.skipped && sum <= best.sum else { return }
                    best = Way(skipped: rest.skipped, token: Int32(index), sum: sum)
                }
                if best.skipped < Ways.unreachable { ways[offset] = best }
            }
            self.ways = ways
            try check()
        }

        /// Returns the index of the first token of the best way from a byte; -1 if the byte is skipped.
        func token(at offset: Int) -> Int { Int(ways[offset].token) }

        /// Throws `invalidArgument` if the end of the text cannot be reached from its start.
        private func check() throws(ColonnadeError) {
            guard ways[0].skipped == Ways.unreachable else { return }
            var isReached = [Bool](repeating: false, count: text.count + 1)
            isReached[0] = true
            var last = 0
            for offset in text.indices where isReached[offset] {
                last = offset
                tokenizer.trie.forEachToken(at: offset, of: text) { length, _ in isReached[offset + length] = true }
            }
            throw .unknownToken(in: text, at: last, canBeIgnored: true)
        }

        /// Calls `body` with each edge at a byte that is part of a way with the fewest skipped bytes: first the skipped byte,
        /// then tokens, the shortest first.
        func forEachEdge(at offset: Int, _ body: (TokenEdge) -> Void) {
            let fewest = ways[offset].skipped
            let next = ways[offset + 1].skipped
            if tokenizer.ignoresUnknown, next < Ways.unreachable, next + 1 == fewest {
                body(TokenEdge(start: offset, end: offset + 1, id: nil))
            }
            tokenizer.trie.forEachToken(at: offset, of: text) { length, index in
                guard ways[offset + length].skipped == fewest else { return }
                body(TokenEdge(start: offset, end: offset + length, id: tokenizer.trie.ids[index]))
            }
        }
    }
}

extension ColonnadeError {
    /// Makes the error for a text that cannot be tokenized.
    static func unknownToken(in text: [UInt8], at offset: Int, canBeIgnored: Bool) -> ColonnadeError {
        let rest = String(decoding: text[offset...].prefix(16), as: UTF8.self).debugDescription
        return ColonnadeError(.invalidArgument) { names in
            "no token continues the text at byte \(offset), before \(rest): add tokens for all bytes"
                + (canBeIgnored
                    ? ", replace such bytes first, or give \(names.unknownIgnored)" : ", or replace such bytes first")
        }
    }
}
