// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The pieces of a SentencePiece model, as the contents of a `.model` file have them.
///
///     let model = try SentencePieceModel(bytes)
///     let tokenizer = try model.tokenizer()            // of a unigram model
///     let pairs = try model.bytePairTokenizer()        // of a BPE model
///
/// A model also has rules that normalize a text. They are not read: replace spaces by `▁` before a text is tokenized.
public struct SentencePieceModel: Sendable {
    /// A token of the model. Its id is its index.
    public struct Piece: Sendable, Hashable {
        /// The role of a piece.
        public enum Kind: UInt8, Sendable, Hashable {
            case normal = 1
            /// The piece that stands for unknown text.
            case unknown = 2
            /// A mark such as the end of a text, which occurs in no text.
            case control = 3
            case userDefined = 4
            case unused = 5
            /// A single byte, named `<0x00>` to `<0xFF>`, for characters without a piece.
            case byte = 6
        }

        /// UTF-8. It is never empty.
        public let bytes: [UInt8]
        /// The log probability in a unigram model; higher pieces merge first in a BPE model.
        public let score: Float
        public let kind: Kind
    }

    public let pieces: [Piece]

    /// Reads the contents of a `.model` file. Throws `invalidSource` with the offset for other or damaged contents. O(bytes).
    public init(_ bytes: [UInt8]) throws(ColonnadeError) {
        var pieces: [Piece] = []
        var reader = ProtobufReader(bytes, 0..<bytes.count)
        while let (field, value) = try reader.next() {
            guard field == 1 else { continue }
            guard case .bytes(let range) = value else {
                throw ProtobufReader.invalid("piece \(pieces.count) is a number", at: reader.offset)
            }
            pieces.append(try Piece(bytes, range, index: pieces.count))
        }
        guard !pieces.isEmpty else { throw ProtobufReader.invalid("it has no pieces", at: bytes.count) }
        self.pieces = pieces
    }
}

extension SentencePieceModel.Piece {
    /// Reads the message of a piece.
    fileprivate init(_ file: [UInt8], _ range: Range<Int>, index: Int) throws(ColonnadeError) {
        var (bytes, score, kind) = (0..<0, Float(0), Kind.normal)
        var reader = ProtobufReader(file, range)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let text)): bytes = text
            case (2, .fixed(let bits)): score = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            case (3, .integer(let number)):
                guard let known = UInt8(exactly: number).flatMap(Kind.init(rawValue:)) else {
                    throw ProtobufReader.invalid("piece \(index) has the unknown kind \(number)", at: range.lowerBound)
                }
                kind = known
            case (1...3, _):
                throw ProtobufReader.invalid(
                    "field \(field) of piece \(index) has another form", at: range.lowerBound)
            default: break
            }
        }
        guard !bytes.isEmpty else { throw ProtobufReader.invalid("piece \(index) is empty", at: range.lowerBound) }
        guard score.isFinite else {
            throw ProtobufReader.invalid("the score of piece \(index) is not finite", at: range.lowerBound)
        }
        self.init(bytes: Array(file[bytes]), score: score, kind: kind)
    }
}
