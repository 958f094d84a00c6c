# SPDX-License-Identifier: Apache-2.0
"""Tests of vocabularies, tokenizers, their readers, and the operations that tokenize, against plain references."""

from __future__ import annotations

import io
import itertools
import json
import os
import pickle
import random
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from conftest import values

FIXTURES = Path(__file__).parents[2] / "Tests/Fixtures/sentencepiece"
LETTERS = [b"a", b"b", b"\xc3", b"\xff"]


def trie_of(*tokens: Any) -> dx.core.CharTrie:
    trie = dx.core.CharTrie()
    for token in tokens:
        trie.insert(token)
    return trie


def word(rng: random.Random, length: int) -> bytes:
    return b"".join(rng.choice(LETTERS) for _ in range(length))


# Tries


def test_a_trie_gives_ids_and_tokens_as_in_mlx_data():
    trie = dx.core.CharTrie()
    node = trie.insert("ab")
    assert (node.id, node.uid, node.accepts(), node.children) == (0, 2, True, {})
    assert trie.root().uid == 0 and trie.root().id == -1 and list(trie.root().children) == ["a"]
    assert trie.insert("cd", 0).id == 0 and trie.num_keys() == 1 and trie.key(0) == ["a", "b"]
    assert trie.insert("e").id == 1 and trie.insert("f", 7).id == 7 and trie.num_keys() == 3
    assert trie.insert("g").id == 3 and trie.insert("ab", 5).id == 0
    assert trie.insert(["h", "é"]).id == 4 and trie.insert(b"\xff\xfe").id == 5
    assert trie.search(b"h\xe9").id == 4 and trie.search("h") is None and trie.search("zz") is None
    assert trie.insert("").id == 6 and trie.search("").id == 6 and trie.num_keys() == 7
    assert (trie.key(5), trie.key_bytes(5), trie.key_string(7)) == (["ÿ", "þ"], b"\xff\xfe", "f")
    with pytest.raises(UnicodeDecodeError):
        trie.key_string(5)
    for wrong in (99, -5):
        with pytest.raises(IndexError, match=str(wrong)):
            trie.key(wrong)
    assert repr(trie.search("f")) == "CharTrieNode(b'f', id=7)"


def test_lone_surrogates_are_refused_with_their_place(tmp_path):
    trie, merges = trie_of("a", "b", "ab"), dx.core.BPEMerges()
    tokenizer = dx.core.Tokenizer(trie)
    vocabulary = json.dumps({"model": {"type": "BPE", "vocab": {"a": 0, "\udfff": 1}, "merges": []}})
    (tmp_path / "tokenizer.json").write_text(vocabulary)
    for name, wrong in [
        ("token", lambda: trie.insert("ab\ud800")),
        ("token", lambda: trie.search("ab\udc80")),
        ("input", lambda: tokenizer.tokenize_shortest("ab\ud800")),
        ("input", lambda: tokenizer.tokenize_rand("ab\ud800", seed=1)),
        ("input", lambda: tokenizer.tokenize("ab\ud800")),
        ("right", lambda: merges.add("a", "ab\ud800", 3)),
        ("line 2 of vocab_file", lambda: dx.tokenizer_helpers.read_trie_from_vocab(io.StringIO("x\nab\ud800\n"))),
        ("udfff", lambda: dx.tokenizer_helpers.read_bpe_from_hf(tmp_path / "tokenizer.json")),
    ]:
        with pytest.raises(dx.Error, match=name) as raised:
            wrong()
        assert "lone surrogate" in str(raised.value) and "character" in str(raised.value)
    with pytest.raises(dx.Error, match="at character 2, which UTF-8 cannot have"):
        dx.buffer_from_vector([{"x": "ab\ud800"}])
    for rename in (lambda d: d.rename_key("x", "\ud800"), lambda d: d.replace("x", "\ud800", "")):
        with pytest.raises(dx.Error, match="lone surrogate"):
            rename(dx.buffer_from_vector([{"x": b"a"}]))


def test_nodes_are_numbered_in_the_order_of_their_insertion():
    trie = trie_of("abc", "abd")
    assert [trie.search(token).uid for token in ("abc", "abd")] == [3, 4]
    trie.insert("ab")
    trie.insert("b")
    assert [trie.search(token).uid for token in ("ab", "b")] == [2, 5]
    found = []

    def visit(node: Any, prefix: str) -> None:
        if node.accepts():
            found.append((prefix, node.id))
        for letter, child in node.children.items():
            visit(child, prefix + letter)

    visit(trie.root(), "")
    assert sorted(found) == [("ab", 2), ("abc", 0), ("abd", 1), ("b", 3)]


def test_wrong_tokens():
    trie = dx.core.CharTrie()
    for wrong in (5, None, [1], {"a"}):
        with pytest.raises(TypeError):
            trie.insert(wrong)
    with pytest.raises(ValueError, match="one byte"):
        trie.insert(["Ā"])
    with pytest.raises(TypeError):
        trie.insert("a", "b")
    assert trie.num_keys() == 0


# The smallest sum


def shortest(text: bytes, tokens: list[bytes], scores: list[float], skipping: bool) -> Any:
    """Returns the number of skipped bytes, the sum, and the ids of the best way, by the table of dynamic programming."""
    best: list[Any] = [None] * len(text) + [(0, 0.0, [])]
    for place in reversed(range(len(text))):
        found = []
        for number in sorted(range(len(tokens)), key=lambda number: -len(tokens[number])):
            token = tokens[number]
            rest = best[place + len(token)] if token and text.startswith(token, place) else None
            if rest is not None:
                found.append((rest[0], rest[1] + scores[number], [number, *rest[2]]))
        if skipping:
            rest = best[place + 1]
            found.append((rest[0] + 1, rest[1], rest[2]))
        # min() takes the first of several, which is the one with the longer token.
        best[place] = min(found, key=lambda way: way[:2], default=None)
    return best[0]


@pytest.mark.parametrize("skipping", [False, True])
def test_the_smallest_sum_equals_that_of_a_plain_table(skipping):
    rng = random.Random(5)
    outcomes = set()
    for round in range(400):
        tokens = list(dict.fromkeys(word(rng, rng.randrange(1, 4)) for _ in range(rng.randrange(1, 12))))
        scores = [float(rng.randrange(-2, 6)) for _ in tokens] if round % 2 else [1.0] * len(tokens)
        tokenizer = dx.core.Tokenizer(trie_of(*tokens), skipping, scores if round % 2 else [])
        text = word(rng, rng.randrange(30))
        expected = shortest(text, tokens, scores, skipping)
        outcomes.add(expected is None)
        buffer = dx.buffer_from_vector([{"x": text}])
        scored = scores if round % 2 else ()
        made = buffer.tokenize("x", trie_of(*tokens), ignore_unk=skipping, trie_key_scores=scored)
        if expected is None:
            for call, argument in (
                (tokenizer.tokenize_shortest, text),
                (tokenizer.tokenize, text),
                (made.__getitem__, 0),
            ):
                with pytest.raises(RuntimeError, match="no token continues the text at byte"):
                    call(argument)
        else:
            assert tokenizer.tokenize_shortest(text) == expected[2]
            assert made[0]["x"].tolist() == expected[2] and made[0]["x"].dtype == np.int64
    assert outcomes == ({False} if skipping else {False, True})


def test_all_ways_and_ways_at_random():
    tokenizer = dx.core.Tokenizer(trie_of("a", "aa", "b"))
    assert list(dx.core.TokenizerIterator(tokenizer.tokenize("aab"))) == [[1, 2], [0, 0, 2]]
    assert list(dx.core.TokenizerIterator(tokenizer.tokenize(""))) == []
    assert tokenizer.tokenize_shortest("") == [] and tokenizer.tokenize_rand("") == []
    all_ways = {tuple(way) for way in dx.core.TokenizerIterator(tokenizer.tokenize("aaaabaa"))}
    assert len(all_ways) == 10
    assert {tuple(tokenizer.tokenize_rand("aaaabaa", seed=seed)) for seed in range(300)} == all_ways
    ignoring = dx.core.Tokenizer(trie_of("a", "bcd", "c"), ignore_unk=True)
    expected = {"abcx": [0, 2], "abc": [0, 2], "abca": [0, 2, 0], "x": []}
    assert {text: ignoring.tokenize_shortest(text) for text in expected} == expected
    with pytest.raises(TypeError, match="GraphInt64|Tokenizer.tokenize"):
        dx.core.TokenizerIterator([[1]])


def test_a_tokenizer_knows_tokens_that_are_added_later():
    trie, merges = trie_of("a", "b"), dx.core.BPEMerges()
    tokenizer, pairs = dx.core.Tokenizer(trie), dx.core.BPETokenizer(trie, merges)
    assert tokenizer.tokenize_shortest("ab") == pairs.tokenize("ab") == [0, 1]
    trie.insert("ab", 9)
    assert tokenizer.tokenize_shortest("ab") == pairs.tokenize("ab") == [9]
    merges.add("ab", "a", 12)
    assert pairs.tokenize("aba") == [12]
    merges.add("ab", "a", 11)
    merges.add("ab", "a", 13)
    assert pairs.tokenize("aba") == [11] and merges.can_merge("ab", "a") == 11
    copies = pickle.loads(pickle.dumps([trie, merges, tokenizer, pairs]))
    assert copies[2].tokenize_shortest("ab") == [9] and copies[3].tokenize("aba") == [11]
    assert copies[0].search("ab").uid == trie.search("ab").uid and copies[1].can_merge("ab", "a") == 11


def test_wrong_scores_and_arguments():
    trie = trie_of("a", "b")
    for scores in ([1.0], [1.0, 2.0, 3.0], [1.0, float("nan")], [1.0, float("inf")]):
        with pytest.raises(RuntimeError, match="score"):
            dx.core.Tokenizer(trie, trie_key_scores=scores)
        with pytest.raises(RuntimeError, match="score"):
            dx.buffer_from_vector([{"x": b"a"}]).tokenize("x", trie, trie_key_scores=scores)
    buffer = dx.buffer_from_vector([{"x": b"a", "n": 1, "f": [1.5]}])
    for call in (
        lambda: buffer.tokenize("x", ["a"]), lambda: buffer.tokenize("x", trie, "Shortest"),
        lambda: buffer.tokenize("x", trie, seed=1), lambda: buffer.tokenize_bpe("x", trie, {}),
        lambda: dx.core.Tokenizer("a"), lambda: dx.core.BPETokenizer(trie, None), lambda: dx.core.Tokenizer(trie, False, 5j),
        lambda: dx.core.Tokenizer(trie).tokenize_shortest(5), lambda: dx.core.BPEMerges().add("a", 5, 1),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            call()
    for key in ("n", "f"):
        with pytest.raises(RuntimeError, match="only a text or bytes"):
            buffer.tokenize(key, trie)
    with pytest.raises(KeyError):
        buffer.tokenize("y", trie)
    with pytest.raises(RuntimeError, match="batched"):
        buffer.batch(1).tokenize("x", trie)
    negative = dx.core.BPEMerges()
    negative.add("a", "b", -1)
    with pytest.raises(RuntimeError, match="-1"):
        dx.core.BPETokenizer(trie, negative)


# Byte pairs


def merged(text: bytes, symbols: list[bytes], merges: dict[tuple[bytes, bytes], int]) -> list[int]:
    """Merges one pair after the other: the lowest id, then the leftmost."""
    parts = []
    while text:
        longest = max((symbol for symbol in symbols if text.startswith(symbol)), key=len)
        parts.append((longest, symbols.index(longest)))
        text = text[len(longest) :]
    while True:
        ids = [merges.get((a[0], b[0]), 1 << 60) for a, b in itertools.pairwise(parts)]
        if min(ids, default=1 << 60) == 1 << 60:
            return [number for _, number in parts]
        place = ids.index(min(ids))
        parts[place : place + 2] = [(parts[place][0] + parts[place + 1][0], ids[place])]


def test_byte_pairs_equal_those_of_the_plain_loop():
    rng = random.Random(6)
    count = 0
    for _ in range(300):
        symbols = list(dict.fromkeys(LETTERS + [word(rng, 2) for _ in range(rng.randrange(3))]))
        pieces, merges, pairs = list(symbols), dx.core.BPEMerges(), {}
        for _ in range(rng.randrange(25)):
            left, right, number = rng.choice(pieces), rng.choice(pieces), 10 + rng.randrange(20)
            merges.add(left, right, number)
            pairs[left, right] = min(number, pairs.get((left, right), number))
            pieces.append(left + right)
        text = word(rng, rng.randrange(40))
        expected = merged(text, symbols, pairs)
        assert dx.core.BPETokenizer(trie_of(*symbols), merges).tokenize(text) == expected
        made = dx.buffer_from_vector([{"x": text}]).to_stream().tokenize_bpe("x", trie_of(*symbols), merges)
        assert next(made)["x"].tolist() == expected
        count += sum(number >= 10 for number in expected)
    assert count > 400


def test_a_token_merged_with_itself_is_taken_from_the_left():
    merges = dx.core.BPEMerges()
    merges.add("a", "a", 5)
    tokenizer = dx.core.BPETokenizer(trie_of("a"), merges)
    assert [tokenizer.tokenize("a" * length) for length in (0, 3, 5)] == [[], [5, 0], [5, 5, 0]]
    with pytest.raises(RuntimeError, match='at byte 1, before "x"'):
        tokenizer.tokenize("ax")


# Pipelines


@pytest.fixture
def texts(tmp_path: Path) -> dx.Buffer:
    rows = [{"t": "ab" * n + "é", "b": b"ab" * n} for n in range(8)]
    return dx.ingest(rows, tmp_path / "texts.colonnade", schema={"b": "bytes"})


def test_text_and_bytes_of_files_in_buffers_and_streams(texts):
    trie = trie_of("a", "b", "ab", "é", "ba")
    for kind in (texts, texts.to_stream(), texts.to_stream().prefetch(3, 2)):
        made = kind.tokenize("t", trie, output_key="ids").tokenize("b", trie)
        assert made.dtypes["ids"] == made.dtypes["b"] == "int64"
        found = [(s["t"], s["ids"].tolist(), s["b"].tolist()) for s in made]
        assert found == [("ab" * n + "é", [2] * n + [3], [2] * n) for n in range(8)]
    batch = next(texts.to_stream().tokenize("t", trie).batch(3, pad={"t": -1}))
    assert batch["t"].tolist() == [[3, -1, -1], [2, 3, -1], [2, 2, 3]]
    assert "tokenize(key='t', trie=" in str(texts.tokenize("t", trie))
    assert len(texts.tokenize_if(False, "t", None).keys()) == 2


def test_an_unknown_text_names_its_row(texts):
    with pytest.raises(RuntimeError, match='row 0, key "t".*no token continues the text at byte 0, before "é"'):
        texts.tokenize("t", trie_of("ab"))[0]
    assert values(texts.tokenize("t", trie_of("ab"), ignore_unk=True), "t") == [[0] * n for n in range(8)]


def test_ways_at_random_follow_seed_epoch_and_row_and_resume(texts):
    trie = trie_of("a", "b", "ab", "é", "ba", "aba")
    stream = texts.to_stream().tokenize("t", trie, dx.Rand, seed=3)
    first = values(stream.epoch(0), "t")
    assert values(stream.epoch(0).prefetch(4, 3), "t") == first != values(stream.epoch(1), "t")
    assert values(texts.tokenize("t", trie, dx.TokenizeMode.Rand, seed=4), "t") != first
    passing = stream.epoch(0)
    for _ in range(5):
        next(passing)
    again = dx.from_plan(stream.plan()).resume(json.loads(json.dumps(passing.state())))
    assert values(again, "t") == first[5:]
    dx.core.set_state(1)
    drawn = values(texts.tokenize("t", trie, dx.Rand), "t")
    dx.core.set_state(1)
    assert values(texts.tokenize("t", trie, dx.Rand), "t") == drawn


def test_plans_and_pickles_hold_the_vocabulary(texts):
    merges = dx.core.BPEMerges()
    merges.add(b"a", b"b", 300)
    merges.add(b"\xc3", b"\xa9", 301)
    every = dx.core.CharTrie()
    for byte in range(256):
        every.insert(bytes([byte]), 255 - byte)
    made = texts.tokenize_bpe("t", every, merges).tokenize("b", every, trie_key_scores=[float(n) for n in range(256)])
    expected = [(sample["t"].tolist(), sample["b"].tolist()) for sample in made]
    assert expected[2] == ([300, 300, 301], [158, 157, 158, 157])
    every.insert(b"ab", 999)
    for again in (dx.from_plan(made.plan()), pickle.loads(pickle.dumps(made))):
        assert [(sample["t"].tolist(), sample["b"].tolist()) for sample in again] == expected


def test_a_large_vocabulary():
    rng = random.Random(7)
    tokens = [chr(97 + n) for n in range(26)]
    tokens += ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randrange(2, 12))) for _ in range(50_000)]
    trie = trie_of(*tokens)
    tokenizer = dx.core.Tokenizer(trie)
    text = "".join(rng.choices(tokens, k=400))
    ids = tokenizer.tokenize_shortest(text)
    assert "".join(trie.key_string(number) for number in ids) == text and len(ids) <= 400


# Files


def test_a_vocabulary_with_one_token_a_line(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"the\r\n  cat \n\xff\n\nsat")
    for source in (path, os.fspath(path), io.BytesIO(path.read_bytes())):
        trie = dx.tokenizer_helpers.read_trie_from_vocab(source)
        assert [trie.key_bytes(number) for number in range(5)] == [b"the", b"cat", b"\xff", b"", b"sat"]
    assert dx.tokenizer_helpers.read_trie_from_vocab(io.StringIO("é\n")).key_bytes(0) == "é".encode()
    # Text and bytes are the same tokens: only white space of ASCII is removed.
    for lines in ("\ufeffa\n\u3000b\n", "\ufeffa\n\u3000b\n".encode()):
        source = io.StringIO(lines) if isinstance(lines, str) else io.BytesIO(lines)
        trie = dx.tokenizer_helpers.read_trie_from_vocab(source)
        assert [trie.key_string(number) for number in range(2)] == ["a", "\u3000b"]
    with pytest.raises(ValueError, match="lines 1 and 3 .*same token, b'a'"):
        dx.tokenizer_helpers.read_trie_from_vocab(io.BytesIO(b"a\nb\n a\n"))


def lines(name: str) -> list[tuple[str, list[int]]]:
    """Returns texts and the ids that SentencePiece gives."""
    rows = [line.split("\t") for line in (FIXTURES / f"{name}.txt").read_text(encoding="utf-8").split("\n")[:-1]]
    return [(text, [int(number) for number in ids.split()]) for text, ids in rows]


needs_fixtures = pytest.mark.skipif(not FIXTURES.exists(), reason="only beside the sources")


@needs_fixtures
def test_byte_pairs_of_a_model_equal_those_of_sentencepiece():
    tokenizers = [
        dx.core.BPETokenizer(*dx.tokenizer_helpers.read_bpe_from_spm(FIXTURES / f"bpe{suffix}"))
        for suffix in (".model", ".vocab")
    ]
    expected = lines("bpe")
    assert len(expected) > 300
    for text, ids in expected:
        assert tokenizers[0].tokenize(text) == ids
        # A .vocab file does not say that `<s>` is a mark.
        assert "<" in text or tokenizers[1].tokenize(text) == ids


@needs_fixtures
def test_pieces_of_a_model_with_the_scores_of_mlx_data():
    trie, scores = dx.tokenizer_helpers.read_trie_from_spm(FIXTURES / "unigram.model")
    exported, same = dx.tokenizer_helpers.read_trie_from_spm(os.fspath(FIXTURES / "unigram.vocab"))
    assert np.allclose(scores, same, atol=1e-4) and min(scores) > 0
    marks = {b"<unk>": 0, b"<s>": 1, b"</s>": 2}
    assert {**trie._ids, **marks} == exported._ids and not marks.keys() & trie._ids.keys()
    special, _ = dx.tokenizer_helpers.read_trie_from_spm(FIXTURES / "unigram.model", add_special_tokens=True)
    assert special._ids == exported._ids
    tokenizer = dx.core.Tokenizer(trie, trie_key_scores=scores)
    by_sentencepiece = 0
    for text, ids in lines("unigram"):
        found = tokenizer.tokenize_shortest(text)
        assert b"".join(trie.key_bytes(number) for number in found).decode() == text and len(found) <= len(ids)
        by_sentencepiece += found == ids
    assert by_sentencepiece > 100


def test_the_piece_of_a_character_comes_before_that_of_its_byte(tmp_path):
    path = tmp_path / "tiny.vocab"
    for data, ids in (
        (b"\xef\xbb\xbf<unk>\t0\n<0x41>\t0\nA\t-5\n<0xFF>\t0\n", {b"<unk>": 0, b"A": 2, b"\xff": 3}),
        (b"<unk>\t0\nA\t-5\n<0x41>\t0\n<0xFF>\t0\n", {b"<unk>": 0, b"A": 1, b"\xff": 3}),
    ):
        path.write_bytes(data)
        trie, scores = dx.tokenizer_helpers.read_trie_from_spm(path)
        assert trie._ids == ids and sorted(scores) == [5.0, 5.0, 5.0, 10.0] and scores[ids[b"A"]] == 10.0
        symbols, _ = dx.tokenizer_helpers.read_bpe_from_spm(path)
        assert symbols._ids == ids


def model(*pieces: tuple[Any, ...]) -> bytes:
    """Returns the contents of a model with pieces of bytes, score and kind."""

    def piece(text: bytes, score: float, kind: int = 1) -> bytes:
        message = b"\x0a" + bytes([len(text)]) + text + b"\x15" + np.float32(score).tobytes() + b"\x18" + bytes([kind])
        return b"\x0a" + bytes([len(message)]) + message

    return b"".join(piece(*each) for each in pieces)


def test_kinds_of_pieces(tmp_path):
    path = tmp_path / "kinds.model"
    letters = (b"a", -3), (b"b", -4), (b"c", -5)

    def trie(*pieces: tuple[Any, ...], **options: bool) -> dict[bytes, int]:
        path.write_bytes(model(*pieces, *letters))
        tokens, scores = dx.tokenizer_helpers.read_trie_from_spm(path, **options)
        dx.core.Tokenizer(tokens, trie_key_scores=scores)
        return tokens._ids

    def pairs(text: str, *pieces: tuple[Any, ...], **options: bool) -> list[int]:
        path.write_bytes(model(*pieces, *letters))
        return dx.core.BPETokenizer(*dx.tokenizer_helpers.read_bpe_from_spm(path, **options)).tokenize(text)

    assert trie((b"ab", -1, 5)) == {b"a": 1, b"b": 2, b"c": 3}
    assert trie((b"</s>", 0, 3), (b"<unk>", 0, 2)) == {b"a": 2, b"b": 3, b"c": 4}
    assert trie((b"</s>", 0, 3), add_special_tokens=True) == {b"</s>": 0, b"a": 1, b"b": 2, b"c": 3}
    # The last piece occurs in no text, and has no score then.
    path.write_bytes(model(*letters, (b"ab", -1, 5)))
    tokens, scores = dx.tokenizer_helpers.read_trie_from_spm(path)
    assert len(scores) == 3 and dx.core.Tokenizer(tokens, trie_key_scores=scores).tokenize_shortest("ab") == [0, 1]

    assert pairs("ab", (b"ab", -1, 5)) == [1, 2]
    # A piece with the score 0 is a merge, unless the user defined it.
    assert pairs("abc", (b"ab", 0), (b"bc", 0, 4)) == [2, 1]
    assert pairs("abc", (b"ab", 0)) == [0, 3]
    assert pairs("abca", (b"ca", 0, 3)) == [1, 2, 3, 1]
    assert pairs("abca", (b"ca", 0, 3), add_special_tokens=True) == [1, 2, 0]
    assert pairs("a", (b"<0x61>", 0, 6)) == [1]
    # The higher score comes first, whatever the ids are, and of equal ones the left.
    assert pairs("abc", (b"bc", -2), (b"ab", -1)) == [1, 4] and pairs("abc", (b"bc", -1), (b"ab", -2)) == [2, 0]
    assert pairs("abc", (b"bc", -1), (b"ab", -1)) == [1, 4]
    with pytest.raises(ValueError, match="129 characters: at most 128"):
        (tmp_path / "long.vocab").write_bytes(b"a" * 129 + b"\t-1\n")
        dx.tokenizer_helpers.read_bpe_from_spm(tmp_path / "long.vocab")


def test_damaged_models_and_other_files_are_errors_that_name_them(tmp_path):
    helpers = dx.tokenizer_helpers
    cases = {
        "a.model": (b"\x0a\xff\xff\xff\x7f", r"a.model: this is no SentencePiece model.*at byte 0$"),
        "empty.model": (b"", "empty.model.*no pieces"),
        "b.vocab": (b"a\t-1\nb\n", "line 2: expected a piece, a tab and a score"),
        "c.vocab": (b"\n", "has no pieces"),
        "d.bin": (b"", "neither a .model nor a .vocab"),
        "twice.vocab": (b"<0x61>\t0\na\t-1\n<0x61>\t-2\n<0x61>\t-3\n", "pieces 0 and 2 are the same"),
    }
    for name, (data, message) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=message):
            helpers.read_trie_from_spm(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        helpers.read_bpe_from_spm(tmp_path / "missing.model")


def test_byte_pairs_of_hugging_face(tmp_path):
    path = tmp_path / "tokenizer.json"
    vocabulary = {"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4}
    for merges in (["a b", "Ġ ab"], [["a", "b"], ["Ġ", "ab"]]):
        model = {"type": "BPE", "vocab": vocabulary, "merges": merges}
        path.write_text(json.dumps({"model": model, "added_tokens": [{"content": "<s>", "id": 9}]}), encoding="utf-8")
        symbols, pairs = dx.tokenizer_helpers.read_bpe_from_hf(path)
        buffer = dx.buffer_from_vector([{"t": b"ab ab<s>"}])
        made = buffer.replace_bytes("t", dx.tokenizer_helpers.gpt2_byte_map()).tokenize_bpe("t", symbols, pairs)
        assert made[0]["t"].tolist() == [3, 4, 9]
        symbols, _ = dx.tokenizer_helpers.read_bpe_from_hf(os.fspath(path), add_special_tokens=False)
        assert symbols.search("<s>") is None and symbols.search("ab") is None
    for wrong, message in (
        ([], "no tokenizer.json"), ({"model": {}}, "no model with a type"),
        ({"model": {"type": "Unigram"}}, "Unigram"), ({"model": {**model, "vocab": {}}}, "not in the vocabulary"),
        ({"model": {"type": "BPE", "merges": []}}, "has no vocab"), ({"model": {**model, "merges": None}}, "has no merges"),
        ({"model": {**model, "vocab": ["a"]}}, "has no vocab"), ({"model": {**model, "merges": ["ab"]}}, "two texts, not 'ab'"),
        ({"model": {**model, "merges": ["a b c"]}}, "two texts"), ({"model": {**model, "merges": [["a", 1]]}}, "two texts"),
        ({"model": {**model, "vocab": {"a": -1}}}, "an id must be an integer from 0 on, not -1"),
        ({"model": model, "added_tokens": [{"id": 3}]}, "an added token has a content"),
        ({"model": model, "added_tokens": [{"content": "<s>"}]}, "not None"),
        ("{", "tokenizer.json is no JSON"),
    ):  # fmt: skip
        path.write_text(wrong if isinstance(wrong, str) else json.dumps(wrong))
        with pytest.raises(ValueError, match=message):
            dx.tokenizer_helpers.read_bpe_from_hf(path)


def test_symbols_of_hugging_face(tmp_path):
    path = tmp_path / "tokenizer.json"
    # No merge makes "ab", so no text has it.
    vocabulary = {"a": 0, "b": 1, "ab": 2, "b</w>": 3, "ab</w>": 4, "ba</w>": 5}
    model = {"type": "BPE", "vocab": vocabulary, "merges": ["a b</w>"], "end_of_word_suffix": "</w>"}
    path.write_text(json.dumps({"model": model, "added_tokens": None}))
    symbols, merges = dx.tokenizer_helpers.read_bpe_from_hf(path)
    assert symbols._ids == {b"a": 0, b"b": 1, b"b</w>": 3}
    assert dx.core.BPETokenizer(symbols, merges).tokenize("abab</w>") == [0, 1, 4]


def test_a_prefix_of_the_rest_of_words_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    model = {"type": "BPE", "vocab": {"a": 0, "##b": 1, "ab": 2}, "merges": [], "continuing_subword_prefix": "##"}
    path.write_text(json.dumps({"model": model}))
    with pytest.raises(ValueError, match="continuing_subword_prefix '##'.*key_transform"):
        dx.tokenizer_helpers.read_bpe_from_hf(path)
    path.write_text(json.dumps({"model": model | {"continuing_subword_prefix": ""}}))
    dx.tokenizer_helpers.read_bpe_from_hf(path)


def test_the_byte_map_of_gpt2():
    byte_map = dx.tokenizer_helpers.gpt2_byte_map()
    assert len(set(byte_map)) == 256 and byte_map[0] == "Ā" and byte_map[32] == "Ġ" and byte_map[0xAD] == "Ń"
    assert all(byte_map[byte] == chr(byte) for byte in range(33, 127))
