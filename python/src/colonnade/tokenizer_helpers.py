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
import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import _arguments as check
from . import _core
from ._errors import Error
from ._tokens import BPEMerges, CharTrie

__all__ = ["gpt2_byte_map", "read_bpe_from_hf", "read_bpe_from_spm", "read_trie_from_spm", "read_trie_from_vocab"]

_BYTE = re.compile(rb"<0x([0-9A-Fa-f]{2})>")

#: The kinds of pieces in a model.
_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED, _UNUSED, _BYTE_PIECE = range(1, 7)

#: The largest number of characters of a piece that merges make, as in Swift: finding them takes the square of it.
_LONGEST_MERGED = 128


def _contents(file: Path) -> bytes:
    """Returns the bytes of a text file without a byte-order mark."""
    if file.exists() and not file.is_file():
        raise Error(f"{file} is no regular file: a folder, a pipe or a device")
    return file.read_bytes().removeprefix(b"\xef\xbb\xbf")


def _pieces(path: Path) -> list[tuple[bytes, float, int]]:
    """Returns the pieces of a model of SentencePiece, or of a vocabulary exported from one, with their scores and kinds."""
    if path.suffix == ".model":
        try:
            return _core.sentencepiece(path.read_bytes())
        except Error as error:
            raise Error(f"{path}: {error}") from None
    if path.suffix != ".vocab":
        raise Error(f"{path} is neither a .model nor a .vocab file of SentencePiece: rename it if it is one")
    pieces = []
    for number, line in enumerate(_contents(path).split(b"\n"), 1):
        if not line.strip():
            continue
        piece, tab, text = line.rstrip().rpartition(b"\t")
        try:
            score = float(text)
        except ValueError:
            tab = b""
        if not tab:
            raise Error(f"{path}, line {number}: expected a piece, a tab and a score")
        # The file has no kinds. SentencePiece writes the score of the first merge of a BPE model as -0, and 0 for marks.
        is_mark = score == 0 and math.copysign(1, score) > 0
        pieces.append((piece, score, _BYTE_PIECE if _BYTE.fullmatch(piece) else _USER_DEFINED if is_mark else _NORMAL))
    if not pieces:
        raise Error(f"{path} has no pieces")
    return pieces


def _tokens(path: Path, pieces: list[tuple[bytes, float, int]], special: bool) -> dict[bytes, tuple[int, float, int]]:
    """Returns the id, the score and the kind of each piece that occurs in a text, or is a mark if `special`, by its bytes."""
    tokens: dict[bytes, tuple[int, float, int]] = {}
    #: The id of each token; a byte and a character are two.
    ids: dict[tuple[bytes, bool], int] = {}
    for number, (piece, score, kind) in enumerate(pieces):
        if kind == _UNUSED or (kind in (_UNKNOWN, _CONTROL) and not special):
            continue
        name = _BYTE.fullmatch(piece) if kind == _BYTE_PIECE else None
        token = bytes.fromhex(name[1].decode()) if name else piece
        earlier = ids.setdefault((token, kind == _BYTE_PIECE), number)
        if earlier != number:
            raise Error(f"{path}: pieces {earlier} and {number} are the same")
        # The piece of a character comes before that of its byte, as in SentencePiece.
        if kind != _BYTE_PIECE or token not in tokens:
            tokens[token] = number, score, kind
    return tokens


def read_trie_from_spm(
    spm_file: str | os.PathLike[str], *, add_special_tokens: bool = False
) -> tuple[CharTrie, list[float]]:
    """Reads the pieces of a `.model` or `.vocab` file of SentencePiece. Returns a trie, and the scores for `tokenize`.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.vocab"
    >>> _ = path.write_text("a\\t-1\\nab\\t-3\\n")
    >>> trie, scores = dx.tokenizer_helpers.read_trie_from_spm(path)
    >>> trie.search("ab").id, scores
    (1, [4.0, 6.0])

    The ids are those of the model, and the scores are in their order. A score is the negative log probability of a piece, plus that
    of the least probable piece, so that a way with fewer tokens usually has the smaller sum. SentencePiece does not add the second
    number. BPE models need `read_bpe_from_spm` instead, since they merge. A model writes spaces as `▁`, so replace them before
    `tokenize`.

    Marks such as `</s>` (the kinds "control" and "unknown") are no tokens, since a text that happens to have these characters
    does not mean the mark; with `add_special_tokens` they are. A `.vocab` file does not say which pieces are marks: all are tokens.
    """
    path = Path(spm_file)
    pieces = _pieces(path)
    tokens = _tokens(path, pieces, add_special_tokens)
    lowest = min(score for _, score, _ in pieces)
    trie = CharTrie()
    for token, (number, _, _) in tokens.items():
        trie.insert(token, number)
    last = max((number for number, _, _ in tokens.values()), default=-1)
    return trie, [-lowest - score for _, score, _ in pieces[: last + 1]]


def read_bpe_from_spm(
    spm_file: str | os.PathLike[str], *, add_special_tokens: bool = False
) -> tuple[CharTrie, BPEMerges]:
    """Reads the pieces of a `.model` or `.vocab` file of a BPE model of SentencePiece. Returns the symbols and the merges for
    `tokenize_bpe`.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.vocab"
    >>> _ = path.write_text("ab\\t-0\\nabc\\t-1\\na\\t-2\\nb\\t-3\\nc\\t-4\\n")
    >>> symbols, merges = dx.tokenizer_helpers.read_bpe_from_spm(path)
    >>> symbols.search("a").id, merges.can_merge("ab", "c")
    (2, 1)

    Symbols are pieces of one character or byte, and those that the user defined. Two neighbours merge if they are a piece together:
    the one with the highest score first, and of several the leftmost, as in SentencePiece. A model writes spaces as `▁`, so replace
    them before `tokenize_bpe`. Marks such as `</s>` are as for `read_trie_from_spm`.

    Error for a piece of more than 128 characters.
    """
    path = Path(spm_file)
    trie, merges = CharTrie(), BPEMerges()
    #: The id and the score of each piece that merges make or use.
    normal: dict[str, tuple[int, float]] = {}
    for token, (number, score, kind) in _tokens(path, _pieces(path), add_special_tokens).items():
        text = token.decode(errors="surrogateescape")
        if kind != _NORMAL or len(text) == 1:
            trie.insert(token, number)
        if kind == _NORMAL:
            if len(text) > _LONGEST_MERGED:
                raise Error(f"{path}: piece {number} has {len(text)} characters: at most 128 can come from merges")
            normal[text] = number, score
    scores = sorted({score for _, score in normal.values()}, reverse=True)
    ranks = {score: rank for rank, score in enumerate(scores)}
    for text, (number, score) in normal.items():
        for cut in range(1, len(text)):
            left, right = text[:cut], text[cut:]
            if left in normal and right in normal:
                first, second = (part.encode(errors="surrogateescape") for part in (left, right))
                merges.add(first, second, number, rank=ranks[score])
    return trie, merges


def read_trie_from_vocab(vocab_file: str | os.PathLike[str] | Iterable[str] | Iterable[bytes]) -> CharTrie:
    """Reads a file with one token a line: a path, or an open file. White space of ASCII around a token is removed, and a byte
    order mark at the beginning.

    >>> import colonnade as dx
    >>> import io
    >>> dx.tokenizer_helpers.read_trie_from_vocab(io.BytesIO(b"the\\ncat\\n")).search("cat").id
    1

    The id of a token is the number of its line, from 0. Raises ValueError for a token that an earlier line has, since the ids of
    all later ones would be others.
    """
    lines: Iterable[str] | Iterable[bytes]
    if isinstance(vocab_file, (str, os.PathLike)):
        lines = io.BytesIO(_contents(Path(vocab_file)))
    else:
        lines = vocab_file
    trie = CharTrie()
    for number, line in enumerate(lines):
        if not isinstance(line, (str, bytes)):
            raise TypeError(f"a line of vocab_file must be str or bytes, not {type(line).__name__}")
        text = check.as_bytes(line, f"line {number + 1} of vocab_file")
        token = (text.removeprefix("\ufeff".encode()) if number == 0 else text).strip()
        if (known := trie.search(token)) is not None:
            raise Error(
                f"lines {known.id + 1} and {number + 1} of the vocabulary have the same token, {token!r:.60}: correct the "
                "file, since the number of a line is the id of its token"
            )
        trie.insert(token)
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
    read: for those of GPT-2, see `gpt2_byte_map`. Symbols are the entries of the vocabulary with one character, also with the
    suffix of a word's end if the model has one (`end_of_word_suffix`). A model with a prefix of the rest of words
    (`continuing_subword_prefix`) is an error: its merges drop the prefix, which is no part of a text.

    Merges have the order of the file, whatever the ids are. With `byte_fallback`, the bytes of a character that is no symbol are
    symbols. With `ignore_merges`, a text that is an entry of the vocabulary becomes that entry: give `tokenize_bpe` single words,
    as the tokenizer splits a text. A character that is no symbol is an error, and not the unknown token.
    """
    path = Path(json_file)
    try:
        tokenizer = json.loads(_contents(path))
    except ValueError as error:
        raise Error(f"{path} is no JSON: {error}") from None
    model = tokenizer.get("model") if isinstance(tokenizer, dict) else None
    if not isinstance(model, dict) or "type" not in model:
        raise Error(f"{path} is no tokenizer.json of Hugging Face: it has no model with a type")
    if model["type"] != "BPE":
        raise Error(f"{path} has a {model['type']} tokenizer, and only BPE tokenizers have merges")
    if model.get("continuing_subword_prefix"):
        raise Error(
            f"{path} has the continuing_subword_prefix {model['continuing_subword_prefix']!r}, so the "
            "parts of its merges are not parts of a text: tokenize with the library tokenizers in key_transform"
        )
    vocabulary = {token: _id(number, path) for token, number in _entries(model, "vocab", dict, path).items()}
    symbols, merges = CharTrie(), BPEMerges()
    #: The rank of each merge. Of equal ones, the last one counts, as in Hugging Face.
    pairs: dict[tuple[str, str], int] = {}
    for rank, merge in enumerate(_entries(model, "merges", list, path)):
        pair = tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) if isinstance(merge, list) else ()
        if len(pair) != 2 or not all(isinstance(text, str) and text for text in pair):
            raise Error(f"{path}: a merge is two texts, not {merge!r}")
        left, right = pair
        if left + right not in vocabulary:
            raise Error(f"{path}: the merge of {left!r} and {right!r} is not in the vocabulary")
        pairs[left, right] = rank
    for (left, right), rank in pairs.items():
        merges.add(left, right, vocabulary[left + right], rank=rank)
    suffix = str(model.get("end_of_word_suffix") or "")
    for token, number in vocabulary.items():
        if 1 in (len(token), len(token.removesuffix(suffix))):
            symbols.insert(token, number)
    if model.get("byte_fallback"):
        # After the characters, which come before their bytes.
        for token, number in vocabulary.items():
            if name := _BYTE.fullmatch(token.encode(errors="surrogatepass")):
                symbols.insert(bytes.fromhex(name[1].decode()), number)
    if model.get("ignore_merges"):
        for token, number in vocabulary.items():
            merges.add_whole(token, number)
    for token in (tokenizer.get("added_tokens") or []) if add_special_tokens else []:
        if not isinstance(token, dict) or not isinstance(token.get("content"), str):
            raise Error(f"{path}: an added token has a content and an id, unlike {token!r}")
        symbols.insert(token["content"], _id(token.get("id"), path))
    return symbols, merges


def _entries(model: dict[str, Any], name: str, kind: type, path: Path) -> Any:
    """Returns an entry of a model of Hugging Face. Error unless it is of that type."""
    if not isinstance(model.get(name), kind):
        raise Error(f"{path} is no tokenizer.json of Hugging Face, or it is damaged: its model has no {name}")
    return model[name]


def _id(number: object, path: Path) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise Error(f"{path}: an id must be an integer from 0 on, not {number!r}")
    return number


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
