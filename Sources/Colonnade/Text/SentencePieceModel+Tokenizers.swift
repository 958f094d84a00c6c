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
    /// The symbols are the characters and bytes that have a piece, and the pieces that the user defined. Two neighbours merge if
    /// they are a piece together. The one with the highest score comes first, and of several the leftmost.
    ///
    /// - Throws: `unsupported` for pieces of more than 128 characters; `invalidArgument` for a model of 2³¹ bytes or more.
    public func bytePairTokenizer() throws(ColonnadeError) -> BPETokenizer {
        var (tokens, bytes) = (Symbols(), Symbols())
        // Pieces that the user defined merge with nothing.
        var normal: [[UInt8]: Int] = [:]
        for (id, piece) in pieces.enumerated() {
            switch piece.kind {
            case .byte: if let byte = piece.byte { bytes.append([byte], id) }
            case .userDefined: tokens.append(piece.bytes, id)
            case .normal:
                if normal[piece.bytes] == nil { normal[piece.bytes] = id }
                if piece.characters.count == 1 { tokens.append(piece.bytes, id) }
            case .unknown, .control, .unused: continue
            }
        }
        var merges: [BPETokenizer.Merge] = []
        var (rank, last) = (-1, Float.infinity)
        for id in normal.values.sorted(by: { (pieces[$1].score, $0) < (pieces[$0].score, $1) }) {
            if pieces[id].score != last { (rank, last) = (rank + 1, pieces[id].score) }
            let characters = pieces[id].characters
            guard characters.count <= SentencePieceModel.longestMerged else {
                throw ColonnadeError(
                    .unsupported, "piece \(id) has \(characters.count) characters: at most 128 can come from merges")
            }
            var left: [UInt8] = []
            for character in characters.dropLast() {
                left += character
                // Bytes that are no UTF-8 became a longer character.
                guard left.count < pieces[id].bytes.count else { break }
                let right = Array(pieces[id].bytes[left.count...])
                guard normal[left] != nil, normal[right] != nil else { continue }
                merges.append(BPETokenizer.Merge(left: left, right: right, id: id, rank: rank))
            }
        }
        return try BPETokenizer(symbols: tokens.trie(and: bytes), merges: merges)
    }

    /// The largest number of characters of a piece that merges make. Finding them takes the square of it, and SentencePiece learns
    /// pieces of at most 16 characters unless it is told otherwise.
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
