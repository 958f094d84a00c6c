# SPDX-License-Identifier: Apache-2.0
"""Vocabularies and tokenizers, under the names of MLX Data."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import Any

from . import _arguments as check
from . import _core
from ._errors import Error, RangeError
from ._random import draw_seed

__all__ = [
    "BPEMerges",
    "BPETokenizer",
    "CharTrie",
    "CharTrieNode",
    "GraphInt64",
    "TokenizeMode",
    "Tokenizer",
    "TokenizerIterator",
]

#: A token as UTF-8, as bytes, or as a list of characters that stand for bytes.
Token = str | bytes | Sequence[str]


class TokenizeMode(enum.Enum):
    """The way that `tokenize` chooses: the one with the smallest sum of scores, or a random one.

    >>> import colonnade as dx
    >>> dx.TokenizeMode.Shortest is dx.Shortest
    True
    """

    Shortest = 0
    Rand = 1


def as_token(token: Token) -> bytes:
    """Returns the bytes of a token.

    >>> as_token("é"), as_token(["a", "\\xff"])
    (b'\\xc3\\xa9', b'a\\xff')
    """
    if isinstance(token, (str, bytes, bytearray)):
        return check.as_bytes(token, "token")
    if not isinstance(token, Sequence) or not all(isinstance(character, str) for character in token):
        raise TypeError(f"token must be str, bytes or a list of characters, not {type(token).__name__}")
    try:
        return "".join(map(str, token)).encode("latin-1")
    except UnicodeEncodeError:
        raise Error("a character of a list stands for one byte: give the characters from 0 to 255, or a str") from None


class CharTrieNode:
    """A node of a `CharTrie`: some first bytes of a token. The methods of the trie return nodes.

    >>> import colonnade as dx
    >>> trie = dx.core.CharTrie()
    >>> trie.insert("ab").id, trie.root().children["a"].id
    (0, -1)
    """

    __slots__ = ("_prefix", "_trie")

    def __init__(self, trie: CharTrie, prefix: bytes) -> None:
        self._trie = trie
        self._prefix = prefix

    @property
    def id(self) -> int:
        """The id of the token that ends here; -1 if none does.

        >>> import colonnade as dx
        >>> dx.core.CharTrie().insert("a", 7).id
        7
        """
        return self._trie._ids.get(self._prefix, -1)

    @property
    def uid(self) -> int:
        """The number of the node, in the order in which nodes were added.

        >>> import colonnade as dx
        >>> dx.core.CharTrie().insert("ab").uid
        2
        """
        return self._trie._grown()[self._prefix][0]

    @property
    def children(self) -> dict[str, CharTrieNode]:
        """The nodes with one more byte, by the character whose number is that byte.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> node = trie.insert("ab")
        >>> list(trie.root().children), list(node.children)
        (['a'], [])
        """
        following = self._trie._grown()[self._prefix][1]
        return {chr(byte): CharTrieNode(self._trie, self._prefix + bytes([byte])) for byte in following}

    def accepts(self) -> bool:
        """Returns whether a token ends here.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> trie.insert("ab").accepts(), trie.root().accepts()
        (True, False)
        """
        return self._prefix in self._trie._ids

    def __repr__(self) -> str:
        return f"CharTrieNode({self._prefix!r}, id={self.id})"


class CharTrie:
    """The tokens of a vocabulary with their ids. A token is bytes; text is UTF-8.

    >>> import colonnade as dx
    >>> trie = dx.core.CharTrie()
    >>> for token in ["a", "ab", "b"]:
    ...     _ = trie.insert(token)
    >>> trie.num_keys(), trie.search("ab").id
    (3, 1)

    An empty token has an id, and occurs in no text.
    """

    __slots__ = ("_ids", "_keys", "_nodes", "_shown")

    def __init__(self) -> None:
        self._ids: dict[bytes, int] = {}
        #: The first token of each id.
        self._keys: dict[int, bytes] = {}
        #: The number and the next bytes of each prefix, for the first tokens. Only nodes need them.
        self._nodes: dict[bytes, tuple[int, list[int]]] = {b"": (0, [])}
        self._shown = 0

    def insert(self, token: Token, id: int = -1) -> CharTrieNode:
        """Adds a token, and returns its node. A negative `id` means the number of ids that there are. A token that is
        there keeps its id.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> trie.insert("a").id, trie.insert(b"\\xff", 7).id, trie.insert("a", 9).id
        (0, 7, 0)
        """
        key, number = as_token(token), check.integer(id, "id")
        if key not in self._ids:
            number = number if number >= 0 else len(self._keys)
            self._ids[key] = number
            self._keys.setdefault(number, key)
        return CharTrieNode(self, key)

    def search(self, token: Token) -> CharTrieNode | None:
        """Returns the node of a token; None for others, also for first bytes of a token.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> node = trie.insert("ab")
        >>> trie.search("ab").id, trie.search("a")
        (0, None)
        """
        key = as_token(token)
        return CharTrieNode(self, key) if key in self._ids else None

    def root(self) -> CharTrieNode:
        """Returns the node from which all tokens begin.

        >>> import colonnade as dx
        >>> dx.core.CharTrie().root().children
        {}
        """
        return CharTrieNode(self, b"")

    def num_keys(self) -> int:
        """Returns the number of ids. Tokens with the same id count once.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> nodes = trie.insert("a", 0), trie.insert("A", 0)
        >>> trie.num_keys()
        1
        """
        return len(self._keys)

    def key_bytes(self, id: int) -> bytes:
        """Returns the token of an id; the first one that was added, if there are several.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> node = trie.insert("é")
        >>> trie.key_bytes(0)
        b'\\xc3\\xa9'
        """
        number = check.integer(id, "id")
        if number not in self._keys:
            raise RangeError(f"there is no token with the id {number}")
        return self._keys[number]

    def key_string(self, id: int) -> str:
        """Returns the token of an id as text. UnicodeDecodeError if it is no UTF-8.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> node = trie.insert("é")
        >>> trie.key_string(0)
        'é'
        """
        return self.key_bytes(id).decode()

    def key(self, id: int) -> list[str]:
        """Returns the token of an id as characters, each with the number of one byte.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> node = trie.insert("é")
        >>> trie.key(0)
        ['Ã', '©']
        """
        return [chr(byte) for byte in self.key_bytes(id)]

    def _grown(self) -> dict[bytes, tuple[int, list[int]]]:
        """Returns the number and the next bytes of each prefix."""
        keys = list(self._ids)
        for key in keys[self._shown :]:
            # The first bytes that are known; the empty prefix always is.
            known = len(key)
            while key[:known] not in self._nodes:
                known -= 1
            for end in range(known + 1, len(key) + 1):
                self._nodes[key[: end - 1]][1].append(key[end - 1])
                self._nodes[key[:end]] = (len(self._nodes), [])
        self._shown = len(keys)
        return self._nodes

    def _arguments(self) -> dict[str, Any]:
        """Returns the tokens, and their ids unless these are their indices, as the core takes them."""
        ids = list(self._ids.values())
        return {"tokens": list(self._ids), "ids": None if ids == list(range(len(ids))) else ids}


class BPEMerges:
    """The merges of a byte-pair encoding: two neighbours, the id of the token that they become, and the rank of the merge.

    >>> import colonnade as dx
    >>> merges = dx.core.BPEMerges()
    >>> merges.add("a", "b", 5)
    >>> merges.can_merge("a", "b"), merges.can_merge("b", "a")
    (5, None)
    """

    __slots__ = ("_changes", "_ids", "_ranks", "_wholes")

    def __init__(self) -> None:
        self._ids: dict[tuple[bytes, bytes], int] = {}
        self._ranks: dict[tuple[bytes, bytes], int] = {}
        self._wholes: dict[bytes, int] = {}
        self._changes = 0

    def add(self, left: str | bytes, right: str | bytes, token: int, *, rank: int | None = None) -> None:
        """Adds a merge. Merges with lower ranks come first; without `rank`, it is the id of the token. Of two merges of the
        same neighbours, the one with the lower rank stays.

        >>> import colonnade as dx
        >>> merges = dx.core.BPEMerges()
        >>> merges.add("a", "b", 5), merges.add("a", "b", 7), merges.add("b", "c", 3, rank=9)
        (None, None, None)
        >>> merges.can_merge("a", "b"), merges.can_merge("b", "c")
        (5, 3)
        """
        pair = check.as_bytes(left, "left"), check.as_bytes(right, "right")
        number = check.integer(token, "token")
        order = number if rank is None else check.integer(rank, "rank")
        if self._ranks.get(pair, order + 1) > order:
            self._ids[pair], self._ranks[pair] = number, order
            self._changes += 1

    def add_whole(self, text: str | bytes, token: int) -> None:
        """Adds a text that becomes one token if it is the complete text, whatever the merges would make of it.

        >>> import colonnade as dx
        >>> symbols, merges = dx.core.CharTrie(), dx.core.BPEMerges()
        >>> node = symbols.insert("a")
        >>> merges.add_whole("aa", 7)
        >>> tokenizer = dx.core.BPETokenizer(symbols, merges)
        >>> tokenizer.tokenize("aa"), tokenizer.tokenize("aaa")
        ([7], [0, 0, 0])

        Hugging Face calls this `ignore_merges`. Split a text into words before it is tokenized.
        """
        self._wholes[check.as_bytes(text, "text")] = check.integer(token, "token")
        self._changes += 1

    def can_merge(self, left: str | bytes, right: str | bytes) -> int | None:
        """Returns the id of the token that two neighbours become; None if they are not merged.

        >>> import colonnade as dx
        >>> dx.core.BPEMerges().can_merge("a", "b") is None
        True
        """
        return self._ids.get((check.as_bytes(left, "left"), check.as_bytes(right, "right")))

    def _arguments(self) -> dict[str, Any]:
        return {
            "lefts": [left for left, _ in self._ids],
            "rights": [right for _, right in self._ids],
            "merged": list(self._ids.values()),
            "ranks": list(self._ranks.values()) if self._ranks != self._ids else None,
            "wholes": list(self._wholes) if self._wholes else None,
            "whole_ids": list(self._wholes.values()) if self._wholes else None,
        }


class _Made:
    """A tokenizer of the core, which is made again after its vocabulary changed."""

    __slots__ = ("_native", "_size")
    _operation: str

    def __init__(self) -> None:
        self._size = -1
        self._made()

    def _arguments(self) -> dict[str, Any]:
        raise NotImplementedError

    def _count(self) -> int:
        """Returns a number that grows with each change of the vocabulary."""
        raise NotImplementedError

    def _made(self) -> Any:
        count = self._count()
        if self._size != count:
            self._native: Any = _core.make_tokenizer(self._operation, **self._arguments())
            self._size = count
        return self._native


class GraphInt64:
    """All ways to tokenize a text, which `Tokenizer.tokenize` returns for `TokenizerIterator`.

    >>> import colonnade as dx
    >>> type(dx.core.Tokenizer(dx.core.CharTrie()).tokenize("")).__name__
    'GraphInt64'
    """

    __slots__ = ("_ways",)

    def __init__(self, ways: list[list[tuple[int, int]]]) -> None:
        #: For each byte, the ends and the ids of the tokens that begin there.
        self._ways = ways


class TokenizerIterator:
    """An iterator over all ways to tokenize a text, each as a list of ids. An empty text has none.

    >>> import colonnade as dx
    >>> trie = dx.core.CharTrie()
    >>> for token in ["a", "aa", "b"]:
    ...     _ = trie.insert(token)
    >>> list(dx.core.TokenizerIterator(dx.core.Tokenizer(trie).tokenize("aab")))
    [[1, 2], [0, 0, 2]]

    Their number can grow exponentially with the length of the text.
    """

    __slots__ = ("_found",)

    def __init__(self, graph: GraphInt64) -> None:
        if not isinstance(graph, GraphInt64):
            raise TypeError(f"graph must be what Tokenizer.tokenize returns, not {type(graph).__name__}")
        self._found = _paths(graph._ways)

    def __iter__(self) -> Iterator[list[int]]:
        return self

    def __next__(self) -> list[int]:
        return next(self._found)


def _paths(ways: list[list[tuple[int, int]]]) -> Iterator[list[int]]:
    """Yields the ids of each path from the first byte to the end, without those of unknown bytes."""
    if not ways:
        return
    path: list[tuple[int, int]] = []
    open_edges = [iter(ways[0])]
    while open_edges:
        edge = next(open_edges[-1], None)
        if edge is None:
            open_edges.pop()
            if path:
                path.pop()
            continue
        path.append(edge)
        if edge[0] == len(ways):
            ids = [token for _, token in path if token >= 0]
            if ids:
                yield ids
            path.pop()
        else:
            open_edges.append(iter(ways[edge[0]]))


class Tokenizer(_Made):
    """A tokenizer that cuts a text into tokens of a trie.

    >>> import colonnade as dx
    >>> trie = dx.core.CharTrie()
    >>> for token in ["a", "aa", "b"]:
    ...     _ = trie.insert(token)
    >>> dx.core.Tokenizer(trie).tokenize_shortest("aab")
    [1, 2]

    `trie_key_scores` has a score for each id from 0 to the largest; without them, each token has the score 1. `ignore_unk` skips
    bytes that are part of no token, as few as possible; otherwise a text that has such bytes raises. In a pipeline, the operation
    `tokenize` does the same. A call after tokens were added makes the tokenizer again, which takes time for each token.
    """

    __slots__ = ("_ignores", "_scores", "_trie")
    _operation = "tokenize"

    def __init__(self, trie: CharTrie, ignore_unk: bool = False, trie_key_scores: Sequence[float] = ()) -> None:
        self._trie = check_trie(trie)
        self._ignores = bool(ignore_unk)
        self._scores = check.reals(trie_key_scores, "trie_key_scores")
        super().__init__()

    def __reduce__(self) -> Any:
        return Tokenizer, (self._trie, self._ignores, self._scores)

    def _count(self) -> int:
        return len(self._trie._ids)

    def _arguments(self) -> dict[str, Any]:
        return {
            **self._trie._arguments(),
            "scores": self._scores or None,
            "ignore_unknown": self._ignores,
        }

    def tokenize_shortest(self, input: str | bytes) -> list[int]:
        """Returns the ids of the tokens with the smallest sum of scores. Of several ways with that sum, it is the one whose first
        token is longer.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> nodes = [trie.insert(token) for token in ["a", "b", "ab"]]
        >>> dx.core.Tokenizer(trie, trie_key_scores=[1, 1, 3]).tokenize_shortest("ab")
        [0, 1]
        """
        return _core.tokenize(self._made(), check.as_bytes(input, "input"), None)

    def tokenize_rand(self, input: str | bytes, *, seed: int | None = None) -> list[int]:
        """Returns the ids of one of all ways to tokenize a text: at each token, all tokens that can continue are equally
        probable. Without `seed`, a seed is drawn as for `shuffle`.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> nodes = [trie.insert(token) for token in ["a", "b", "ab"]]
        >>> dx.core.Tokenizer(trie).tokenize_rand("ab") in ([2], [0, 1])
        True
        """
        return _core.tokenize(self._made(), check.as_bytes(input, "input"), draw_seed(seed))

    def tokenize(self, input: str | bytes) -> GraphInt64:
        """Returns all ways to tokenize a text, for `TokenizerIterator`.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> nodes = [trie.insert(token) for token in ["a", "b", "ab"]]
        >>> list(dx.core.TokenizerIterator(dx.core.Tokenizer(trie).tokenize("ab")))
        [[2], [0, 1]]
        """
        return GraphInt64(_core.tokenize_all_ways(self._made(), check.as_bytes(input, "input")))


class BPETokenizer(_Made):
    """A tokenizer by byte-pair encoding: it cuts a text into the longest symbols of a trie, and then merges neighbours. The merge
    with the lowest rank comes first, and of several the leftmost.

    >>> import colonnade as dx
    >>> symbols, merges = dx.core.CharTrie(), dx.core.BPEMerges()
    >>> nodes = [symbols.insert(letter) for letter in "abc"]
    >>> merges.add("a", "b", 3)
    >>> dx.core.BPETokenizer(symbols, merges).tokenize("abcab")
    [3, 2, 3]
    """

    __slots__ = ("_merges", "_symbols")
    _operation = "tokenize_bpe"

    def __init__(self, symbols: CharTrie, merges: BPEMerges) -> None:
        self._symbols = check_trie(symbols, "symbols")
        self._merges = check_merges(merges)
        super().__init__()

    def __reduce__(self) -> Any:
        return BPETokenizer, (self._symbols, self._merges)

    def _count(self) -> int:
        return len(self._symbols._ids) + self._merges._changes

    def _arguments(self) -> dict[str, Any]:
        return {**self._symbols._arguments(), **self._merges._arguments()}

    def tokenize(self, input: str | bytes) -> list[int]:
        """Returns the ids of the tokens of a text.

        >>> import colonnade as dx
        >>> symbols = dx.core.CharTrie()
        >>> node = symbols.insert("a")
        >>> dx.core.BPETokenizer(symbols, dx.core.BPEMerges()).tokenize("aa")
        [0, 0]
        """
        return _core.tokenize(self._made(), check.as_bytes(input, "input"), None)


def check_trie(trie: CharTrie, name: str = "trie") -> CharTrie:
    if not isinstance(trie, CharTrie):
        raise TypeError(f"{name} must be a core.CharTrie, not {type(trie).__name__}")
    return trie


def check_merges(merges: BPEMerges) -> BPEMerges:
    if not isinstance(merges, BPEMerges):
        raise TypeError(f"merges must be a core.BPEMerges, not {type(merges).__name__}")
    return merges
