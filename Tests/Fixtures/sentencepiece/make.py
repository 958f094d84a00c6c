#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the models of this folder, and writes texts with the ids that SentencePiece gives for them.

    pip install sentencepiece==0.2.3
    make.py devils-dictionary.txt
"""

import io
import pathlib
import sys

import sentencepiece

FOLDER = pathlib.Path(__file__).resolve().parent
OTHERS = ["naïve café", "日本語 text", "a\u00a0b", "£5 → €6", "tab\u2003em", "🙂", "ﬀ", "<s>", "</s> <unk>", "<0x41>", "  two  spaces  "]


def main(path):
    text = pathlib.Path(path).read_text(encoding="ascii")
    lines = [line.strip() for line in text.splitlines() if len(line) > 40]
    for kind in ("unigram", "bpe"):
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=model, model_type=kind, vocab_size=700, byte_fallback=True,
            normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False, num_threads=1,
            minloglevel=2,
        )  # fmt: skip
        (FOLDER / f"{kind}.model").write_bytes(model.getvalue())
        processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        pieces = [(processor.id_to_piece(i), processor.get_score(i)) for i in range(processor.vocab_size())]
        vocabulary = "".join(f"{piece}\t{score:g}\n" for piece, score in pieces)
        (FOLDER / f"{kind}.vocab").write_text(vocabulary, encoding="utf-8")
        texts = [*lines[:: len(lines) // 350], *OTHERS]
        rows = [f"{each.replace(' ', '▁')}\t{' '.join(map(str, processor.encode(each)))}\n" for each in texts]
        (FOLDER / f"{kind}.txt").write_text("".join(rows), encoding="utf-8")


main(*sys.argv[1:])
