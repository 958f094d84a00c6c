// SPDX-License-Identifier: Apache-2.0

import Colonnade
import FuzzSupport

@main struct FuzzSentencePiece {
    static func main() {
        fuzz { (bytes) throws(ColonnadeError) in
            let model = try SentencePieceModel(bytes)
            precondition(model.pieces.allSatisfy { !$0.bytes.isEmpty && $0.score.isFinite }, "an impossible piece")
            let text = Array(model.pieces.prefix(20).flatMap(\.bytes).prefix(400))
            let ids = try model.tokenizer(ignoringUnknown: true).tokenize(bytes: text)
            precondition(ids.allSatisfy(model.pieces.indices.contains), "an id that no piece has")
            _ = try model.bytePairTokenizer().tokenize(bytes: text)
        }
    }
}
