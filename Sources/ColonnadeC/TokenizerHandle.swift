// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

/// A tokenizer for C, and the arguments that make one: those of the operations `tokenize` and `tokenize_bpe`.
final class TokenizerHandle: Sendable {
    enum Contents: Sendable {
        case scores(Tokenizer)
        case pairs(BPETokenizer)
    }

    let contents: Contents

    static let byScores = "tokenize"
    static let byPairs = "tokenize_bpe"

    static let tokens = Parameter<[[UInt8]]>.need("tokens", .byteStrings)
    static let ids = Parameter<[Int]?>.option("ids", .integers)
    static let scores = Parameter<[Double]?>.option("scores", .numbers)
    static let ignoringUnknown = Parameter<Bool>.option("ignore_unknown", .flag, or: false)
    static let lefts = Parameter<[[UInt8]]>.need("lefts", .byteStrings)
    static let rights = Parameter<[[UInt8]]>.need("rights", .byteStrings)
    static let merged = Parameter<[Int]>.need("merged", .integers)
    static let ranks = Parameter<[Int]?>.option("ranks", .integers)
    static let wholes = Parameter<[[UInt8]]?>.option("wholes", .byteStrings)
    static let wholeIDs = Parameter<[Int]?>.option("whole_ids", .integers)

    /// Makes the tokenizer of an operation. Throws `invalidArgument` for another operation, and for arguments that do not match it.
    init(_ given: Arguments) throws(ColonnadeError) {
        var arguments = given
        switch given.operation {
        case TokenizerHandle.byScores:
            contents = .scores(
                try TokenizerHandle.tokenizer(
                    try arguments.take(TokenizerHandle.tokens), try arguments.take(TokenizerHandle.ids),
                    try arguments.take(TokenizerHandle.scores), try arguments.take(TokenizerHandle.ignoringUnknown)))
        case TokenizerHandle.byPairs:
            contents = .pairs(
                try TokenizerHandle.pairTokenizer(
                    try arguments.take(TokenizerHandle.tokens), try arguments.take(TokenizerHandle.ids),
                    try arguments.take(TokenizerHandle.lefts), try arguments.take(TokenizerHandle.rights),
                    try arguments.take(TokenizerHandle.merged), try arguments.take(TokenizerHandle.ranks),
                    try arguments.take(TokenizerHandle.wholes), try arguments.take(TokenizerHandle.wholeIDs)))
        default:
            throw ColonnadeError(
                .invalidArgument,
                "\"\(given.operation)\" makes no tokenizer: there are \(TokenizerHandle.byScores) and \(TokenizerHandle.byPairs)"
            )
        }
        try arguments.checkAllTaken()
    }

    static func tokenizer(
        _ tokens: [[UInt8]], _ ids: [Int]?, _ scores: [Double]?, _ ignoringUnknown: Bool
    ) throws(ColonnadeError) -> Tokenizer {
        try Tokenizer(TokenTrie(bytes: tokens, ids: ids), scores: scores ?? [], ignoringUnknown: ignoringUnknown)
    }

    static func pairTokenizer(
        _ tokens: [[UInt8]], _ ids: [Int]?, _ lefts: [[UInt8]], _ rights: [[UInt8]], _ merged: [Int], _ ranks: [Int]?,
        _ wholes: [[UInt8]]?, _ wholeIDs: [Int]?
    ) throws(ColonnadeError) -> BPETokenizer {
        guard lefts.count == rights.count, lefts.count == merged.count, lefts.count == ranks?.count ?? lefts.count
        else {
            throw ColonnadeError(
                .invalidArgument,
                "lefts, rights, merged and ranks must have as many entries as each other, not \(lefts.count), \(rights.count), "
                    + "\(merged.count)\(ranks.map { " and \($0.count)" } ?? "")")
        }
        let merges = lefts.indices.map { index in
            BPETokenizer.Merge(left: lefts[index], right: rights[index], id: merged[index], rank: ranks?[index])
        }
        return try BPETokenizer(
            symbols: TokenTrie(bytes: tokens, ids: ids), merges: merges,
            wholes: wholes.map { (wholes) throws(ColonnadeError) in try TokenTrie(bytes: wholes, ids: wholeIDs) })
    }

    /// Returns the ids of the tokens of a text: with a seed, of one of all ways.
    func ids(_ text: [UInt8], seed: UInt64?) throws(ColonnadeError) -> [Int] {
        switch (contents, seed) {
        case (.pairs(let tokenizer), _): return try tokenizer.tokenize(bytes: text)
        case (.scores(let tokenizer), nil): return try tokenizer.tokenize(bytes: text)
        case (.scores(let tokenizer), .some(let seed)):
            var random = SplitMix64(seed: seed, epoch: 0, row: 0)
            return try tokenizer.tokenizeRandomly(bytes: text, using: &random)
        }
    }

    /// Returns all ways to tokenize a text as rows of start, end and id; the id of an unknown byte is -1.
    func edges(_ text: [UInt8]) throws(ColonnadeError) -> [Int] {
        guard case .scores(let tokenizer) = contents else {
            throw ColonnadeError(.invalidArgument, "byte-pair encoding has one way to tokenize a text")
        }
        return try tokenizer.edges(bytes: text).flatMap { [$0.start, $0.end, $0.id ?? -1] }
    }
}
