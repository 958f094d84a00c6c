# SPDX-License-Identifier: Apache-2.0
"""Tests of tokenizers of Hugging Face against the ids that its package gives."""

from __future__ import annotations

import json
from pathlib import Path

import colonnade as dx
import pytest

FIXTURES = Path(__file__).parents[2] / "Tests/Fixtures/huggingface"
helpers = dx.tokenizer_helpers

pytestmark = pytest.mark.skipif(not FIXTURES.exists(), reason="only beside the sources")


def words(name: str) -> list[tuple[str, list[int]]]:
    lines = (FIXTURES / f"{name}.txt").read_bytes().decode().split("\n")[:-1]
    pairs = [line.rsplit("\t", 1) for line in lines]
    return [(text, [int(number) for number in ids.split()]) for text, ids in pairs]


@pytest.mark.parametrize("name", ["roberta", "llama2", "llama3"])
def test_ids_equal_those_of_the_tokenizers_package(name: str) -> None:
    symbols, merges = helpers.read_bpe_from_hf(FIXTURES / f"{name}.json")
    tokenizer = dx.core.BPETokenizer(symbols, merges)
    expected = words(name)
    assert len(expected) > 150
    for text, ids in expected:
        assert tokenizer.tokenize(text) == ids, text
    # The operation does the same.
    made = dx.buffer_from_vector([{"t": text.encode()} for text, _ in expected]).tokenize_bpe("t", symbols, merges)
    assert [sample["t"].tolist() for sample in made] == [ids for _, ids in expected]


def test_each_rule_of_the_model_matters(tmp_path: Path) -> None:
    """Without a rule, ids differ: so the words of the fixtures show that it is obeyed."""
    for name, rule in (("llama3", "ignore_merges"), ("llama2", "byte_fallback")):
        contents = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
        contents["model"][rule] = False
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(contents), encoding="utf-8")
        tokenizer = dx.core.BPETokenizer(*helpers.read_bpe_from_hf(path))
        different = 0
        for text, ids in words(name):
            try:
                different += tokenizer.tokenize(text) != ids
            except ValueError:
                different += 1
        assert different > 0
    symbols, merges = helpers.read_bpe_from_hf(FIXTURES / "roberta.json")
    by_id = dx.core.BPEMerges()
    for (left, right), token in merges._ids.items():
        by_id.add(left, right, token)
    tokenizer = dx.core.BPETokenizer(symbols, by_id)
    assert any(tokenizer.tokenize(text) != ids for text, ids in words("roberta"))


def test_the_order_of_the_file_decides(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"

    def read(merges: list[str]) -> dx.core.BPETokenizer:
        vocabulary = {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4, "abc": 5, "aa": 6, "aaa": 7}
        path.write_text(json.dumps({"model": {"type": "BPE", "vocab": vocabulary, "merges": merges}}))
        return dx.core.BPETokenizer(*helpers.read_bpe_from_hf(path))

    assert read(["a b", "b c"]).tokenize("abc") == [3, 2]
    assert read(["b c", "a b"]).tokenize("abc") == [0, 4]
    assert read(["a b", "b c", "ab c", "a bc"]).tokenize("abcbc") == [5, 4]
    # Of "aa a aa", the order of the file merges the last two, and that of the ids would merge the first two.
    assert read(["a a", "a aa", "aa a"]).tokenize("aaaaa") == [6, 7]
    # Of equal merges the last one counts.
    assert read(["a b", "b c", "a b"]).tokenize("abc") == [0, 4]


def test_ranks_and_whole_texts() -> None:
    symbols, merges = dx.core.CharTrie(), dx.core.BPEMerges()
    for letter in "abc":
        symbols.insert(letter)
    merges.add("a", "b", 3, rank=7)
    merges.add("b", "c", 9, rank=-2)
    tokenizer = dx.core.BPETokenizer(symbols, merges)
    assert tokenizer.tokenize("abc") == [0, 9]
    merges.add("a", "b", 4, rank=8)
    assert tokenizer.tokenize("ab") == [3]
    merges.add("a", "b", 4, rank=-3)
    assert tokenizer.tokenize("abc") == [4, 2] and merges.can_merge("a", "b") == 4
    merges.add_whole("abc", 20)
    assert [tokenizer.tokenize(text) for text in ("abc", "abca", "")] == [[20], [4, 2, 0], []]
    plan = dx.stream_csv_reader_from_string("t\nabc\nab\n").tokenize_bpe("t", symbols, merges).plan()
    assert [row["t"].tolist() for row in dx.from_plan(plan)] == [[20], [4]]
    with pytest.raises(TypeError, match="rank"):
        merges.add("a", "b", 3, rank="x")  # type: ignore[arg-type]
