# SPDX-License-Identifier: Apache-2.0
"""Readers of vocabularies from files, under the names of MLX Data.

>>> import colonnade as dx
>>> import io
>>> trie = dx.tokenizer_helpers.read_trie_from_vocab(io.StringIO("a\\nab\\n"))
>>> dx.core.Tokenizer(trie).tokenize_shortest("aab")
[0, 1]
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from . import _core
from ._errors import Error
from ._tokens import BPEMerges, CharTrie

__all__ = ["gpt2_byte_map", "read_bpe_from_hf", "read_bpe_from_spm", "read_trie_from_spm", "read_trie_from_vocab"]

_BYTE = re.compile(rb"<0x([0-9A-Fa-f]{2})>")


def _pieces(spm_file: str | os.PathLike[str]) -> list[tuple[bytes, float]]:
    """Returns the pieces of a model of SentencePiece, or of a vocabulary exported from one, with their scores."""
    path = Path(spm_file)
    if path.suffix == ".model":
        try:
            return [(piece, score) for piece, score, _ in _core.sentencepiece(path.read_bytes())]
        except Error as error:
            raise Error(f"{path}: {error}") from None
    if path.suffix != ".vocab":
        raise Error(f"{path} is neither a .model nor a .vocab file of SentencePiece: rename it if it is one")
    pieces = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        piece, tab, score = line.rstrip().rpartition(b"\t")
        try:
            pieces.append((piece, float(score)))
        except ValueError:
            tab = b""
        if not tab:
            raise Error(f"{path}, line {number}: expected a piece, a tab and a score")
    if not pieces:
        raise Error(f"{path} has no pieces")
    return pieces


def _meaning(piece: bytes) -> bytes:
    """Returns the byte that a piece such as `<0x41>` stands for; other pieces unchanged."""
    match = _BYTE.fullmatch(piece)
    return bytes.fromhex(match[1].decode()) if match else piece


def read_trie_from_spm(spm_file: str | os.PathLike[str]) -> tuple[CharTrie, list[float]]:
    """Reads the pieces of a `.model` or `.vocab` file of SentencePiece. Returns a trie, and the scores for `tokenize`.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.vocab"
    >>> _ = path.write_text("a\\t-1\\nab\\t-3\\n")
    >>> trie, scores = dx.tokenizer_helpers.read_trie_from_spm(path)
    >>> trie.search("ab").id, scores
    (1, [4.0, 6.0])

    The ids are those of the model. A score is the negative log probability of a piece, plus that of the least probable piece: few
    tokens count more than probable ones. SentencePiece itself does not add that number, and for BPE models it merges: use
    `read_bpe_from_spm` for those. A model writes spaces as `▁`, so replace them before `tokenize`. If both a byte piece such as
    `<0x41>` and another piece stand for one byte, the one with the lower score does.
    """
    tokens: list[bytes] = []
    scores: list[float] = []
    numbers: dict[bytes, int] = {}
    for piece, score in _pieces(spm_file):
        token = _meaning(piece)
        earlier = numbers.get(token)
        # Of two pieces for the same bytes, the other one gets a name that occurs in no text, and keeps its id.
        if earlier is None or score < scores[earlier]:
            numbers[token] = len(tokens)
            if earlier is not None:
                tokens[earlier] = b"<0x" + token.hex().encode() + b">"
        else:
            token = b"<0x" + token.hex().encode() + b">"
        tokens.append(token)
        scores.append(score)
    lowest = min(scores)
    trie = CharTrie()
    for number, token in enumerate(tokens):
        if trie.search(token):
            raise Error(f"{os.fspath(spm_file)}: piece {number} occurs more than once")
        trie.insert(token)
    return trie, [-lowest - score for score in scores]


def read_bpe_from_spm(spm_file: str | os.PathLike[str]) -> tuple[CharTrie, BPEMerges]:
    """Reads the pieces of a `.model` or `.vocab` file of a BPE model of SentencePiece. Returns the symbols and the merges for
    `tokenize_bpe`.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.vocab"
    >>> _ = path.write_text("ab\\t-0\\nabc\\t-1\\na\\t-2\\nb\\t-3\\nc\\t-4\\n")
    >>> symbols, merges = dx.tokenizer_helpers.read_bpe_from_spm(path)
    >>> symbols.search("a").id, merges.can_merge("ab", "c")
    (2, 1)

    Symbols are pieces of one character or byte, and pieces with the score 0, which are marks such as `<s>`. Each other piece comes
    from the merge of the two pieces that remain after all merges with lower ids; one that does not is left out, since
    SentencePiece does not reach it either. A model writes spaces as `▁`, so replace them before `tokenize_bpe`.
    """
    symbols: list[bytes] = []
    longer: list[tuple[bytes, list[str]]] = []
    ids: dict[bytes, int] = {}
    for number, (piece, score) in enumerate(_pieces(spm_file)):
        token = _meaning(piece)
        characters = list(token.decode(errors="ignore"))
        if len(token) == 1 or len(characters) == 1 or score == 0:
            symbols.append(token)
        else:
            longer.append((token, characters))
        ids[token] = number
    trie = CharTrie()
    for token in symbols:
        trie.insert(token, ids[token])
    merges = BPEMerges()
    texts = {token.decode(errors="surrogateescape"): number for token, number in ids.items()}
    for token, characters in longer:
        parts = _parts(characters, texts, ids[token])
        if len(parts) == 2 and "".join(parts).encode() == token:
            merges.add(parts[0], parts[1], ids[token])
    return trie, merges


def _parts(parts: list[str], ids: dict[str, int], limit: int) -> list[str]:
    """Returns the parts of a piece after all merges into pieces with lower ids than `limit`."""
    while len(parts) > 2:
        joined = [ids.get(left + right, limit) for left, right in zip(parts, parts[1:])]
        lowest = min(joined)
        if lowest >= limit:
            break
        best = joined.index(lowest)
        parts = [*parts[:best], parts[best] + parts[best + 1], *parts[best + 2 :]]
    return parts


def read_trie_from_vocab(vocab_file: str | os.PathLike[str] | Iterable[str] | Iterable[bytes]) -> CharTrie:
    """Reads a file with one token a line: a path, or an open file. White space around a token is removed.

    >>> import colonnade as dx
    >>> import io
    >>> dx.tokenizer_helpers.read_trie_from_vocab(io.BytesIO(b"the\\ncat\\n")).search("cat").id
    1
    """
    lines: Iterable[str] | Iterable[bytes]
    if isinstance(vocab_file, (str, os.PathLike)):
        lines = io.BytesIO(Path(vocab_file).read_bytes())
    else:
        lines = vocab_file
    trie = CharTrie()
    for line in lines:
        trie.insert(line.strip())
    return trie


def read_bpe_from_hf(json_file: str | os.PathLike[str], add_special_tokens: bool = True) -> tuple[CharTrie, BPEMerges]:
    """Reads the `tokenizer.json` of a BPE tokenizer of Hugging Face. Returns the symbols and the merges for `tokenize_bpe`.

    >>> import colonnade as dx
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tokenizer.json"
    >>> model = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}
    >>> _ = path.write_text(json.dumps({"model": model}))
    >>> dx.core.BPETokenizer(*dx.tokenizer_helpers.read_bpe_from_hf(path)).tokenize("aab")
    [0, 2]

    `add_special_tokens` adds marks such as `<s>` as symbols. Rules that split or change a text before it is tokenized are not
    read: for those of GPT-2, see `gpt2_byte_map`.
    """
    path = Path(json_file)
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    model = tokenizer.get("model") if isinstance(tokenizer, dict) else None
    if not isinstance(model, dict) or "type" not in model:
        raise Error(f"{path} is no tokenizer.json of Hugging Face: it has no model with a type")
    if model["type"] != "BPE":
        raise Error(f"{path} has a {model['type']} tokenizer, and only BPE tokenizers have merges")
    vocabulary = model["vocab"]
    symbols, merges, merged = CharTrie(), BPEMerges(), set()
    for merge in model["merges"]:
        left, right = merge.split(" ") if isinstance(merge, str) else merge
        if left + right not in vocabulary:
            raise Error(f"{path}: the merge of {left!r} and {right!r} is not in the vocabulary")
        merged.add(left + right)
        merges.add(left, right, vocabulary[left + right])
    for token, number in vocabulary.items():
        if token not in merged:
            symbols.insert(token, number)
    if add_special_tokens:
        for token in tokenizer.get("added_tokens", []):
            symbols.insert(token["content"], token["id"])
    return symbols, merges


def gpt2_byte_map() -> list[str]:
    """Returns the characters by which GPT-2 writes the 256 bytes, for `replace_bytes` before `tokenize_bpe`.

    >>> import colonnade as dx
    >>> byte_map = dx.tokenizer_helpers.gpt2_byte_map()
    >>> byte_map[ord("A")], byte_map[ord(" ")]
    ('A', 'Ġ')

    Bytes that are visible characters stand for themselves. The others, in their order, become the characters from number 256 on.
    """
    shown = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(256, 512))
    return [chr(byte if byte in shown else next(others)) for byte in range(256)]
