// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension SentencePieceModel {
    /// Returns the tokenizer of a unigram model, which chooses the most probable tokens as SentencePiece does.
    ///
    /// Pieces of the kinds `unknown`, `control` and `unused` occur in no text. A byte piece costs more than any other piece, so it
    /// is used only for characters without a piece.
    ///
    /// - Parameter ignoringUnknown: whether bytes without a piece are skipped; otherwise a text that has them is an error.
    /// - Throws: `invalidArgument` for a model of 2³¹ bytes or more.
    public func tokenizer(ignoringUnknown: Bool = false) throws(ColonnadeError) -> Tokenizer {
        var (tokens, bytes) = (Symbols(), Symbols())
        var scores: [Double] = []
        for (id, piece) in pieces.enumerated() {
            switch piece.kind {
            case .normal, .userDefined:
                tokens.append(piece.bytes, id)
                scores.append(-Double(piece.score))
            case .byte: if let byte = piece.byte { bytes.append([byte], id) }
            case .unknown, .control, .unused: continue
            }
        }
        // SentencePiece gives a character without a piece the lowest score minus 10.
        let highest = pieces.lazy.filter { $0.kind == .normal }.map { -Double($0.score) }.max() ?? 0
        scores += Array(repeating: highest + 10, count: bytes.ids.count)
        return Tokenizer(try tokens.trie(and: bytes), tokenScores: scores, ignoringUnknown: ignoringUnknown)
    }

    /// Returns the tokenizer of a BPE model, which merges as SentencePiece does.
    ///
    /// The symbols are the characters and bytes that have a piece, and the pieces that the user defined. For each longer piece
    /// there is a merge of the two pieces that it consists of after all merges with lower ids.
    ///
    /// - Throws: `unsupported` if the scores of longer pieces do not fall with their ids, since merges are ordered by ids, and for
    ///   pieces of more than 128 characters; `invalidArgument` for a model of 2³¹ bytes or more.
    public func bytePairTokenizer() throws(ColonnadeError) -> BPETokenizer {
        var (tokens, bytes) = (Symbols(), Symbols())
        var longer: [[UInt8]: Int] = [:]
        var last = Float.infinity
        for (id, piece) in pieces.enumerated() {
            switch piece.kind {
            case .byte: if let byte = piece.byte { bytes.append([byte], id) }
            case .userDefined: tokens.append(piece.bytes, id)
            case .normal where piece.characters.count == 1: tokens.append(piece.bytes, id)
            case .normal:
                guard piece.score <= last else {
                    throw ColonnadeError(
                        .unsupported,
                        "the score of piece \(id) is higher than that of a piece before it: only BPE models whose scores fall with "
                            + "the ids can be used")
                }
                last = piece.score
                if longer[piece.bytes] == nil { longer[piece.bytes] = id }
            case .unknown, .control, .unused: continue
            }
        }
        var merges: [BPETokenizer.Merge] = []
        for (id, piece) in pieces.enumerated() where longer[piece.bytes] == id {
            let characters = piece.characters
            guard characters.count <= SentencePieceModel.longestMerged else {
                throw ColonnadeError(
                    .unsupported, "piece \(id) has \(characters.count) characters: at most 128 can come from merges")
            }
            let parts = SentencePieceModel.parts(of: characters, below: id, longer)
            // A piece that does not come from two others is reached by no merge, in SentencePiece too.
            if parts.count == 2 { merges.append(BPETokenizer.Merge(left: parts[0], right: parts[1], id: id)) }
        }
        return try BPETokenizer(symbols: tokens.trie(and: bytes), merges: merges)
    }

    /// The largest number of characters of a piece that merges make. Finding them takes the third power of it, and SentencePiece
    /// learns pieces of at most 16 characters unless it is told otherwise.
    private static let longestMerged = 128

    /// Tokens and their ids.
    private struct Symbols {
        var tokens: [[UInt8]] = []
        var ids: [Int] = []

        mutating func append(_ token: [UInt8], _ id: Int) {
            tokens.append(token)
            ids.append(id)
        }

        /// Returns a trie of these symbols and of others. The piece of an ASCII character comes before that of its byte.
        func trie(and others: Symbols) throws(ColonnadeError) -> TokenTrie {
            try TokenTrie(bytes: tokens + others.tokens, ids: ids + others.ids)
        }
    }

    /// Returns the parts of a piece after all merges of its characters into pieces with lower ids.
    private static func parts(of characters: [[UInt8]], below id: Int, _ ids: [[UInt8]: Int]) -> [[UInt8]] {
        var parts = characters
        while parts.count > 2 {
            var (lowest, best) = (id, -1)
            for index in 0..<parts.count - 1 {
                guard let joined = ids[parts[index] + parts[index + 1]], joined < lowest else { continue }
                (lowest, best) = (joined, index)
            }
            guard best >= 0 else { break }
            let right = parts.remove(at: best + 1)
            parts[best] += right
        }
        return parts
    }
}

extension SentencePieceModel.Piece {
    /// The byte of a piece for a byte, `<0x41>`; nil if its name has another form.
    fileprivate var byte: UInt8? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.count == 6, text.hasPrefix("<0x"), text.hasSuffix(">") else { return nil }
        return UInt8(text.dropFirst(3).dropLast(), radix: 16)
    }

    /// The characters of the piece, each as bytes.
    fileprivate var characters: [[UInt8]] {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.map { Array(String($0).utf8) }
    }
}
