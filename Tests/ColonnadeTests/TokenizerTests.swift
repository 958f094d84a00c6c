// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import Testing

@Suite struct TokenizerTests {
    private static let letters: [UInt8] = [0x61, 0x62, 0xC3, 0xFF]

    /// Returns random bytes of a few letters.
    private func word(_ length: Int, _ random: inout SplitMix64) -> [UInt8] {
        (0..<length).map { _ in TokenizerTests.letters[random.below(TokenizerTests.letters.count)] }
    }

    /// One way to tokenize a text: its ids, the number of skipped bytes, and the sum of scores.
    private struct Way: Equatable {
        var ids: [Int]
        var skipped: Int
        var sum: Double
    }

    /// Returns all ways to tokenize a text from a place on: those with longer tokens before others, and skipped bytes last.
    private func ways(
        _ text: ArraySlice<UInt8>, _ tokens: [[UInt8]], _ scores: [Double], skipping: Bool
    ) -> [Way] {
        guard !text.isEmpty else { return [Way(ids: [], skipped: 0, sum: 0)] }
        var found: [Way] = []
        let fitting = tokens.indices.filter { !tokens[$0].isEmpty && text.starts(with: tokens[$0]) }
            .filter { tokens.firstIndex(of: tokens[$0]) == $0 }
        for index in fitting.sorted(by: { tokens[$0].count > tokens[$1].count }) {
            for way in ways(text.dropFirst(tokens[index].count), tokens, scores, skipping: skipping) {
                found.append(Way(ids: [index] + way.ids, skipped: way.skipped, sum: way.sum + scores[index]))
            }
        }
        guard skipping else { return found }
        for way in ways(text.dropFirst(), tokens, scores, skipping: skipping) {
            found.append(Way(ids: way.ids, skipped: way.skipped + 1, sum: way.sum))
        }
        return found
    }

    @Test func `a trie has the id of each token`() throws {
        let trie = try TokenTrie(["a", "", "ab", "a", "é"])
        #expect(["a", "", "ab", "é", "b", "abc", "é\u{0}"].map { trie.id(of: $0) } == [0, 1, 2, 4, nil, nil, nil])
        #expect(trie.id(of: [0xC3]) == nil && trie.id(of: [0xC3, 0xA9]) == 4)
        let named = try TokenTrie(bytes: [[0], [0, 255], [255]], ids: [7, .max, 7])
        #expect(named.id(of: [0, 255]) == .max && named.id(of: [255]) == 7 && named.id(of: []) == nil)
        #expect(try TokenTrie([]).id(of: "") == nil)
        var random = SplitMix64(state: 1)
        for _ in 0..<60 {
            let tokens = (0..<random.below(60)).map { _ in word(random.below(5), &random) }
            let trie = try TokenTrie(bytes: tokens)
            for _ in 0..<100 {
                let token = word(random.below(5), &random)
                #expect(trie.id(of: token) == tokens.firstIndex(of: token))
            }
        }
    }

    @Test func `a vocabulary of many pairs of bytes, and a token of many bytes`() throws {
        let pairs = (0..<4096).map { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let long = [UInt8](repeating: 7, count: 1_000)
        let trie = try TokenTrie(bytes: pairs + [long])
        #expect(trie.id(of: long) == 4096 && trie.id(of: [1, 2]) == 258)
        #expect(try Tokenizer(trie).tokenize(bytes: long) == [4096])
        #expect(try Tokenizer(trie).tokenize(bytes: long + [7, 9]) == [4096, 7 << 8 | 9])
    }

    @Test func `impossible vocabularies are refused`() throws {
        expectError(.invalidArgument, "2 tokens", "not 1") { _ = try TokenTrie(bytes: [[1], [2]], ids: [0]) }
        expectError(.invalidArgument, "token 1 is -3") { _ = try TokenTrie(bytes: [[1], [2]], ids: [0, -3]) }
        let trie = try TokenTrie(["a", "b"])
        for scores in [[1.0], [1, 2, 3]] {
            expectError(.invalidArgument, "\(scores.count) scores", "largest id is 1") {
                _ = try Tokenizer(trie, scores: scores)
            }
        }
        for wrong in [Double.nan, .infinity, -1e101] {
            expectError(.invalidArgument, "score 1 is") { _ = try Tokenizer(trie, scores: [1, wrong]) }
        }
        let sparse = try TokenTrie(bytes: [[1], [2], [1, 2]], ids: [0, 3, 2])
        expectError(.invalidArgument, "3 scores", "largest id is 3") { _ = try Tokenizer(sparse, scores: [1, 2, 3]) }
        // An id without a token has a score all the same.
        #expect(try Tokenizer(sparse, scores: [1, 9, 3, 1]).tokenize(bytes: [1, 2]) == [0, 3])
        expectError(.invalidArgument, "empty neighbour") {
            _ = try BPETokenizer(symbols: trie, merges: [.init("a", "", id: 3)])
        }
        expectError(.invalidArgument, "merge 0 is -1") {
            _ = try BPETokenizer(symbols: trie, merges: [.init("a", "b", id: -1)])
        }
    }

    @Test func `the way with the smallest sum of scores is found among all ways`() throws {
        var random = SplitMix64(state: 2)
        var counts = [0, 0, 0]
        for round in 0..<300 {
            let tokens = (0..<1 + random.below(9)).map { _ in word(random.below(4), &random) }
            let scores = tokens.map { _ in round % 3 == 0 ? 1.0 : Double(random.below(7) - (round % 3 == 1 ? 0 : 3)) }
            let text = word(random.below(9), &random)
            let trie = try TokenTrie(bytes: tokens)
            for skipping in [false, true] {
                let tokenizer = try Tokenizer(trie, scores: round % 3 == 0 ? [] : scores, ignoringUnknown: skipping)
                let all = ways(text[...], tokens, scores, skipping: skipping)
                guard let fewest = all.map(\.skipped).min() else {
                    counts[0] += 1
                    expectError(.invalidArgument, "no token continues") { _ = try tokenizer.tokenize(bytes: text) }
                    expectError(.invalidArgument, "no token continues") { _ = try tokenizer.edges(bytes: text) }
                    continue
                }
                let possible = all.filter { $0.skipped == fewest }
                counts[fewest == 0 ? 1 : 2] += 1
                let best = possible.reduce(possible[0]) { $1.sum < $0.sum ? $1 : $0 }
                #expect(try tokenizer.tokenize(bytes: text) == best.ids, "\(text) \(tokens) \(scores)")
                let paths = try paths(tokenizer.edges(bytes: text), to: text.count)
                #expect(sorted(paths) == sorted(possible.map(\.ids)))
                let drawn = try tokenizer.tokenizeRandomly(bytes: text, using: &random)
                #expect(possible.contains { $0.ids == drawn })
            }
        }
        #expect(counts.allSatisfy { $0 > 30 }, "\(counts)")
    }

    private func sorted(_ lists: [[Int]]) -> [[Int]] { lists.sorted { $0.lexicographicallyPrecedes($1) } }

    /// Returns the ids of all paths of a graph.
    private func paths(_ edges: [TokenEdge], from place: Int = 0, to end: Int) -> [[Int]] {
        guard place < end else { return [[]] }
        return edges.filter { $0.start == place }.flatMap { edge in
            paths(edges, from: edge.end, to: end).map { (edge.id.map { [$0] } ?? []) + $0 }
        }
    }

    @Test func `an unknown text is an error with the place where no token continues`() throws {
        let tokenizer = try Tokenizer(TokenTrie(["a", "ab", "bc"]))
        expectError(.invalidArgument, "at byte 2, before \"xyz\"") { _ = try tokenizer.tokenize("abxyz") }
        expectError(.invalidArgument, "at byte 0") { _ = try tokenizer.tokenize("b") }
        // Two ways come to byte 1, and one of them to byte 3.
        expectError(.invalidArgument, "at byte 3") { _ = try tokenizer.tokenize("abcc") }
        let bytes = try BPETokenizer(symbols: TokenTrie(["a"]), merges: [])
        expectError(.invalidArgument, "at byte 1, before \"\u{FFFD}\"") { _ = try bytes.tokenize(bytes: [0x61, 0xFF]) }
        let ignoring = try Tokenizer(TokenTrie(["a", "bcd", "c"]), ignoringUnknown: true)
        let texts = ["abcx", "abc", "x", "", "abcda"]
        #expect(try texts.map { try ignoring.tokenize($0) } == [[0, 2], [0, 2], [], [], [0, 1, 0]])
    }

    @Test func `each way at random, with the probability of its choices`() throws {
        let tokenizer = try Tokenizer(TokenTrie(["a", "aa"]))
        var random = SplitMix64(state: 3)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<4000 {
            let way = try tokenizer.tokenizeRandomly(bytes: Array("aaa".utf8), using: &random)
            counts[way, default: 0] += 1
        }
        // At the first byte one of two tokens; after "a" again one of two.
        for (way, expected) in [[1, 0]: 2000, [0, 1]: 1000, [0, 0, 0]: 1000] as [[Int]: Int] {
            #expect(abs(counts[way, default: 0] - expected) < 200, "\(way): \(counts)")
        }
        #expect(counts.count == 3)
    }

    // MARK: Byte pairs

    /// Merges one pair after the other: the lowest rank, then the leftmost.
    private func merged(_ text: [UInt8], _ symbols: [[UInt8]], _ merges: [BPETokenizer.Merge]) -> [Int]? {
        var parts: [(bytes: [UInt8], id: Int)] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let symbol = symbols.filter({ !$0.isEmpty && rest.starts(with: $0) }).max(by: { $0.count < $1.count })
            else { return nil }
            parts.append((symbol, symbols.firstIndex(of: symbol)!))
            rest = rest.dropFirst(symbol.count)
        }
        while true {
            var (lowest, place, id) = (Int.max, -1, 0)
            for index in parts.indices.dropLast() {
                for merge in merges where merge.left == parts[index].bytes && merge.right == parts[index + 1].bytes {
                    if merge.rank < lowest { (lowest, place, id) = (merge.rank, index, merge.id) }
                }
            }
            guard place >= 0 else { return parts.map(\.id) }
            parts[place] = (parts[place].bytes + parts.remove(at: place + 1).bytes, id)
        }
    }

    @Test func `byte pairs are merged by the lowest id, and then from the left`() throws {
        let twice = [6, 5, 7].map { BPETokenizer.Merge("a", "a", id: $0) }
        let tokenizer = try BPETokenizer(symbols: TokenTrie(["a"]), merges: twice)
        #expect(try ["", "a", "aaa", "aaaaa"].map { try tokenizer.tokenize($0) } == [[], [0], [5, 0], [5, 5, 0]])
        var random = SplitMix64(state: 4)
        var mergeCount = 0
        for _ in 0..<400 {
            let symbols = TokenizerTests.letters.map { [$0] } + (0..<random.below(4)).map { _ in word(2, &random) }
            var pieces = symbols
            let merges = (0..<random.below(30)).map { _ in
                let pair = (pieces[random.below(pieces.count)], pieces[random.below(pieces.count)])
                pieces.append(pair.0 + pair.1)
                let rank = random.below(2) == 0 ? nil : random.below(30)
                return BPETokenizer.Merge(left: pair.0, right: pair.1, id: 10 + random.below(20), rank: rank)
            }
            let tokenizer = try BPETokenizer(symbols: TokenTrie(bytes: symbols), merges: merges)
            let text = word(random.below(40), &random)
            let ids = try tokenizer.tokenize(bytes: text)
            #expect(ids == merged(text, symbols, merges), "\(text) \(symbols) \(merges)")
            mergeCount += ids.count { $0 >= 10 }
        }
        #expect(mergeCount > 500)
    }

    @Test func `a long text takes no more than its length times its logarithm`() throws {
        // With a search for the next merge in the complete text, this would take hours.
        let merges = (0..<16).map { power in
            let half = [UInt8](repeating: 0x61, count: 1 << power)
            return BPETokenizer.Merge(left: half, right: half, id: power + 1)
        }
        let tokenizer = try BPETokenizer(symbols: TokenTrie(["a"]), merges: merges)
        #expect(try tokenizer.tokenize(bytes: Array(repeating: 0x61, count: 1 << 15)) == [15])
        let long = try Tokenizer(TokenTrie(["a", "aa", "aaa"]))
        #expect(try long.tokenize(bytes: Array(repeating: 0x61, count: 30_001)).count == 10_001)
    }

    // MARK: In a pipeline

    private func texts(_ texts: [String]) throws -> Buffer {
        let schema = try Schema([Field("t", kind: .string)])
        return try Buffer(texts.map { Sample(schema: schema, tensors: [Tensor(utf8: $0)]) })
    }

    @Test func `texts and bytes become ids`() async throws {
        let trie = try TokenTrie(["a", "b", "ab", "é"])
        let buffer = try texts(["aab", "", "éb"])
        let ids = try buffer.tokenized("t", by: Tokenizer(trie))
        #expect(ids.schema[0].description == "t int64[?]")
        #expect(try numbers(ids, "t") == [[0, 2], [], [3, 1]])
        try await checkTransform(ids)
        let merges = [BPETokenizer.Merge("a", "ab", id: 9)]
        let pairs = try buffer.tokenized("t", by: BPETokenizer(symbols: trie, merges: merges), as: "i")
        #expect(try numbers(pairs, "i") == [[9], [], [3, 1]])
        #expect(pairs.schema.names == ["t", "i"])
        try await checkTransform(pairs)
        let bytes = try Buffer(columns: ["b": Tensor([Int8(97), 98, 98, 97], shape: [2, 2])])
        #expect(try numbers(bytes.tokenized("b", by: Tokenizer(trie)), "b") == [[2], [1, 0]])
        #expect(ids.explain().contains("tokenize(t)") && pairs.explain().contains("tokenize by byte pairs(t)"))
    }

    @Test func `ways at random depend on seed, epoch and row`() async throws {
        let tokenizer = try Tokenizer(TokenTrie(["a", "aa", "aaa"]))
        let buffer = try texts((0..<12).map { String(repeating: "a", count: 20 + $0) })
        let random = try buffer.tokenized("t", by: tokenizer, randomlyWithSeed: 1)
        try await checkTransform(random)
        try checkResumable(random.shuffled(seed: 2).stream())
        let first = try numbers(random.stream(), "t")
        #expect(try numbers(random.stream().epoch(1), "t") != first)
        #expect(try numbers(buffer.tokenized("t", by: tokenizer, randomlyWithSeed: 2), "t") != first)
        #expect(first.map { $0.reduce(0) { $0 + $1 + 1 } } == (0..<12).map { 20 + $0 })
    }

    @Test func `values that are no text are refused, and unknown texts with key and row`() throws {
        let tokenizer = try Tokenizer(TokenTrie(["a"]))
        for buffer in [try counting(2), try tokens([1, 2]).renaming("tokens", to: "x")] {
            expectError(.invalidArgument, "only a text or bytes") { _ = try buffer.tokenized("x", by: tokenizer) }
        }
        let buffer = try texts(["a", "ax"])
        expectError(.invalidArgument, "before they are batched") {
            _ = try buffer.batched(by: 2).tokenized("t", by: tokenizer)
        }
        expectError(.unknownKey) { _ = try buffer.tokenized("u", by: tokenizer) }
        let error = #expect(throws: ColonnadeError.self) { try buffer.tokenized("t", by: tokenizer)[1] }
        #expect(error?.place == .sample(row: 1, key: "t"))
    }
}
