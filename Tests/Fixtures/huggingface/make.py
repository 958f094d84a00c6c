# SPDX-License-Identifier: Apache-2.0
"""Makes the tokenizers of Hugging Face, and the ids that the package tokenizers gives for words of a text.

    pip install tokenizers==0.23.3
    python make.py devils-dictionary.txt     # as Debian's package dict-devil has it
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

HERE = Path(__file__).parent
TEXT = Path(sys.argv[1]).read_text(encoding="utf-8")
LINES = [line.strip() for line in TEXT.splitlines() if 20 < len(line.strip()) < 90]
OTHERS = ["naïve café — ½ €", "日本語 text", "🙂🙃 emoji", "aaaaaaaaa", "\x00\x7f", "fi ﬁ", "  two  spaces", "x" * 40, "hello", "a dictionary of the devil"]
#: Entries of the vocabulary that no merge makes.
UNREACHED = ["Ġdictionary", "Ġdevil", "ĠBierce", "Ġlexicographer", "hello", "Ġandthe"]


def byte_level(name, ignore_merges):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<s>"], show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    write(name, tokenizer, ignore_merges=ignore_merges)


def fallback(name):
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokens = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=800, limit_alphabet=60, special_tokens=tokens, show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    write(name, tokenizer)


def write(name, tokenizer, **changes):
    """Writes the tokenizer with other ids, so that they do not tell the order of the merges."""
    contents = json.loads(tokenizer.to_str())
    model = contents["model"]
    if changes.get("ignore_merges"):
        for token in UNREACHED:
            model["vocab"].setdefault(token, len(model["vocab"]))
    ids = list(range(len(model["vocab"])))
    random.Random(7).shuffle(ids)
    model["vocab"] = {token: ids[number] for token, number in model["vocab"].items()}
    model.update(changes)
    for token in contents["added_tokens"]:
        token["id"] = model["vocab"][token["content"]]
    if model["byte_fallback"]:
        # Bytes are entries of the model, and no marks.
        contents["added_tokens"] = contents["added_tokens"][:1]
    text = json.dumps(contents, ensure_ascii=False)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    again = Tokenizer.from_str(text)
    words = {}
    for line in random.Random(3).sample(LINES, 150) + OTHERS:
        line = again.normalizer.normalize_str(line) if again.normalizer else line
        pieces = again.pre_tokenizer.pre_tokenize_str(line) if again.pre_tokenizer else [(line, None)]
        for word, _ in pieces:
            words[word] = [token.id for token in again.model.tokenize(word)]
    with (HERE / f"{name}.txt").open("w", encoding="utf-8") as file:
        for word, found in words.items():
            print(word, " ".join(map(str, found)), sep="\t", file=file)


byte_level("roberta", False)
byte_level("llama3", True)
fallback("llama2")
