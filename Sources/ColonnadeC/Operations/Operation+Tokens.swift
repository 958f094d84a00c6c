// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operation {
    /// The operations that make tokens of text, which apply to buffers and streams.
    static let tokens: [Operation] = [
        onKey(
            TokenizerHandle.byScores, TokenizerHandle.tokens, TokenizerHandle.ids, TokenizerHandle.scores,
            TokenizerHandle.ignoringUnknown, .option("seed", .seed),
            does: "replaces a text by ids of tokens: those with the smallest sum of scores, or with a seed at random"
        ) { on, key, tokens, ids, scores, ignoringUnknown, seed in
            let tokenizer = try TokenizerHandle.tokenizer(tokens, ids, scores, ignoringUnknown)
            return try on.tokenized(key, by: tokenizer, randomlyWithSeed: seed)
        },
        onKey(
            TokenizerHandle.byPairs, TokenizerHandle.tokens, TokenizerHandle.ids, TokenizerHandle.lefts,
            TokenizerHandle.rights, TokenizerHandle.merged, TokenizerHandle.ranks, TokenizerHandle.wholes,
            TokenizerHandle.wholeIDs,
            does:
                "replaces a text by ids of byte pairs: `merged[i]` is made of `lefts[i]` and `rights[i]`, lower ranks first; a text "
                + "in `wholes` becomes its id"
        ) { on, key, tokens, ids, lefts, rights, merged, ranks, wholes, wholeIDs in
            try on.tokenized(
                key,
                by: try TokenizerHandle.pairTokenizer(tokens, ids, lefts, rights, merged, ranks, wholes, wholeIDs))
        },
    ]
}
