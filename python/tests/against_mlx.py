# SPDX-License-Identifier: Apache-2.0
"""Runs the same programs with Colonnade and MLX Data, if it is installed, and compares the results.

    python python/tests/against_mlx.py

test_against_mlx.py runs this too. A program that ends in an error must end in one with both libraries.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any

import colonnade
import numpy as np

ROWS = [{"x": np.arange(n, dtype="int64"), "b": b"ab" * n, "s": n} for n in (3, 1, 2, 4, 1, 2)]
GRID = [{"x": np.arange(6, dtype="float32").reshape(2, 3) + n, "n": np.array([3, 2]), "f": n * 0.5} for n in range(4)]
PICTURES = [{"x": np.arange(h * w * 3, dtype="uint8").reshape(h, w, 3) * 7} for h, w in ((4, 5), (6, 4), (5, 5))]
VIDEOS = [{"x": np.arange(120, dtype="uint8").reshape(2, 4, 5, 3) * n} for n in (1, 3)]
ONES = [{"x": np.zeros((1, n, 1), "uint8")} for n in (2, 3)]


def scalars(count: int) -> list[dict[str, Any]]:
    return [{"x": i} for i in range(count)]


def trie(package: Any, *tokens: str) -> Any:
    made = package.core.CharTrie()
    for token in tokens:
        made.insert(token)
    return made


def merges(package: Any, *triples: tuple[str, str, int]) -> Any:
    made = package.core.BPEMerges()
    for triple in triples:
        made.add(*triple)
    return made


def both(name: str) -> list[str]:
    """Returns the program for a buffer and for a stream."""
    return [f"d.buffer_from_vector({name})", f"d.buffer_from_vector({name}).to_stream()"]


#: Operations on ROWS and GRID.
ON_ROWS = [
    "batch(2)",
    "batch(4,pad={'x':-1,'b':1})",
    "batch(2,dim={'x':0})",
    "batch(3,{'x':2},{'b':-1})",
    "batch(0)",
    "batch(2,dim={'s':0})",
    "batch(2,pad={'nothing':1})",
    "filter_key('x')",
    "filter_key('x',remove=True)",
    "rename_key('x','y')",
    "rename_key('x','b')",
    "shape('x','n')",
    "shape('x','n',0)",
    "shape('x','n',1)",
    "slice('x',0,0,2)",
    "slice('x',0,0,9)",
    "slice('x',0,0,[1,2])",
    "pad('x',0,1,2,7)",
    "pad('x',0,-1,2,7)",
    "pad('x',-1,1,0,2)",
    "pad_to_size('x',0,3,9)",
    "pad_to_multiple('x',0,4,9)",
    "replace('b','ab','c')",
    "replace('b','a','bb',1)",
    "replace('b','ab','')",
    "replace('x','a','b')",
    "replace_bytes('b',['.']*98)",
    "replace_bytes('s',[chr(65+i%26)for i in range(128)])",
    "partition(2,1)",
    "partition(2,2)",
    "partition(0,0)",
    "shard('x',1)",
    "shard('x',3)",
    "key_transform('x',lambda x:x*2)",
    "key_transform('x',lambda x:x.sum(),'y')",
    "key_transform('x',5)",
    "key_transform('x',lambda x:None)",
    "sample_transform(lambda s:{'z':s['x']+1})",
    "sample_transform(lambda s:5)",
    "key_transform('missing',lambda x:x)",
    "squeeze('x')",
    "key_transform_if(False,'x',len)",
    "pad_if(True,'x',0,1,1,0)",
    "shuffle_if(False)",
    "tokenize('b',trie(d,'a','b','ab'))",
    "tokenize('b',trie(d,'a','b','ab'),d.Shortest,False,[1,1,5],'ids')",
    "tokenize('b',trie(d,'aba','b','ab','a'),trie_key_scores=[1,2,4,8])",
    "tokenize('b',trie(d,'a'))",
    "tokenize('b',trie(d,'a'),ignore_unk=True)",
    "tokenize('b',trie(d,'a','b'),trie_key_scores=[1])",
    "tokenize_if(False,'b',trie(d,'a'))",
    "tokenize_bpe('b',trie(d,'a','b'),merges(d,('a','b',5)))",
    "tokenize_bpe('b',trie(d,'a','b','aba'),merges(d,('aba','b',7)),'ids')",
    "tokenize_bpe('b',trie(d,'a'),merges(d))",
    "random_slice('x',0,9)",
    "random_slice('x',[0],[1,2])",
]
ON_GRID = [
    "batch(3)",
    "batch(3,dim={'x':0})",
    "batch(3,dim={'x':-1})",
    "batch(2,dim={'x':2})",
    "shape('x','n')",
    "shape('x','n',-1)",
    "slice('x',1,1,3)",
    "slice('x',[0,1],[1,0],[2,2])",
    "slice('x',[1,0],[0,0],[1,1])",
    "slice('x',1,2,1)",
    "pad('x',1,1,1,-1)",
    "pad_to_size('x',1,5,2.5)",
    "pad_to_multiple('x',0,3,0)",
    "remove_value('x','n',1,1.0)",
    "remove_value('x','n',-1,2.0,-1)",
    "shard('x',2)",
    "shard('x',2,'y')",
    "squeeze('x')",
    "squeeze('x',0)",
    "filter_by_shape('x',1,3,3)",
    "filter_by_shape('x',0)",
    "key_transform('f',lambda f:f+1)",
    "batch([1,2])",
    "batch([5])",
]
#: Operations on PICTURES and VIDEOS.
ON_PICTURES = [
    "image_center_crop('x',3,2)",
    "image_center_crop('x',4,4,'y')",
    "image_center_crop('x',5,5)",
    "image_center_crop('x',0,2)",
    "image_random_crop('x',9,2)",
    "image_random_crop('x',1,-1)",
    "image_random_area_crop('x',(0,1),(1,1))",
    "image_random_area_crop('x',(0.5,2),(1,1))",
    "image_random_area_crop('x',(0.5,1),(2,1))",
    "image_random_area_crop('x',(0.9,1),(5,5))",
    "image_random_area_crop('x',(0.5,1),(1,1),0)",
    "image_random_h_flip('x',1.0)",
    "image_random_h_flip('x',0.0,'y')",
    "image_resize('x',0,2)",
    "image_resize_smallest_side('x',0)",
    "image_channel_reduction('x')",
    "image_channel_reduction('x','green','y')",
    "image_channel_reduction('x','rec709').image_channel_reduction('x')",
    "image_channel_reduction('x','unknown')",
    "image_center_crop_if(False,'x',0,0)",
]
#: Complete programs. None uses threads of MLX Data 0.1.0, which may hang when a stream is dropped.
PROGRAMS = [
    "d.buffer_from_vector(scalars(7)).perm([3,3,0])",
    "d.buffer_from_vector(scalars(7)).perm([7])",
    "d.buffer_from_vector(scalars(7)).batch([1,3])",
    "d.buffer_from_vector(ONES).squeeze('x')",
    "d.buffer_from_vector(ONES).squeeze('x',0)",
    "d.buffer_from_vector(ONES).squeeze('x',[0,2])",
    "d.buffer_from_vector(scalars(3)).to_stream().repeat(2)",
    "d.buffer_from_vector(ROWS).to_stream().sliding_window('x',2,1)",
    "d.buffer_from_vector(ROWS).to_stream().sliding_window('x',2,2,-1,'i')",
    "d.buffer_from_vector(ROWS).to_stream().sliding_window('x',0,1)",
    "d.buffer_from_vector(scalars(5)).to_stream().to_buffer()",
    "d.buffer_from_vector(scalars(5)).to_stream().sample_transform(lambda s: s if s['x'] % 2 else {})",
    "d.buffer_from_vector(ROWS).to_stream().filter_by_shape('x',0,2,3)",
    'd.stream_csv_reader_from_string(\'a,b\\r\\n1,"x ""y"""\\n2,"two\\nlines"\\n\')',
    "d.stream_csv_reader_from_string('a;b\\n1;2\\n',';')",
    "d.stream_csv_reader_from_string('a,b\\n1\\n')",
    "d.stream_csv_reader_from_string('a,b\\n1,2,3\\n')",
    "d.stream_python_iterable(lambda: iter(scalars(3)))",
    "d.stream_python_iterable([1])",
]


def programs() -> list[str]:
    found = [f"{start}.{call}" for call in ON_ROWS for start in both("ROWS")]
    found += [f"{start}.{call}" for call in ON_GRID for start in both("GRID")]
    found += [f"{start}.{call}" for call in ON_PICTURES for start in [*both("PICTURES"), *both("VIDEOS")]]
    return found + PROGRAMS


def described(value: Any) -> Any:
    return str(value.dtype), value.shape, value.tolist()


def outcome(data: Any, program: str, kept: list[Any] | None = None) -> Any:
    """Returns the result of a program: samples, as dtype, shape and elements by key, or an error."""
    try:
        made = eval(program, {**globals(), "d": data})
        if kept is not None:
            kept.append(made)
        return [{key: described(value) for key, value in sorted(sample.items())} for sample in made]
    except (ValueError, RuntimeError, TypeError, IndexError, KeyError):
        return "refused"


def give_outcomes_of_mlx() -> None:
    import mlx.data

    kept: list[Any] = []
    sys.stdout.buffer.write(pickle.dumps({program: outcome(mlx.data, program, kept) for program in programs()}))
    sys.stdout.flush()
    os._exit(0)


def outcomes_of_mlx(tries: int = 5) -> dict[str, Any]:
    """Returns the outcomes of all programs. A stream of MLX Data with threads may hang when it is dropped. So it runs in a process
    that keeps all streams and exits without dropping them, and runs again if that process hangs."""
    for _ in range(tries):
        try:
            done = subprocess.run(
                [sys.executable, __file__, "--of-mlx"], stdout=subprocess.PIPE, check=True, timeout=30
            )
        except subprocess.TimeoutExpired:
            continue
        return pickle.loads(done.stdout)
    raise TimeoutError(f"MLX Data hung {tries} times")


def main() -> int:
    expected = outcomes_of_mlx()
    different = 0
    for program, theirs in expected.items():
        ours = outcome(colonnade, program)
        if theirs != ours:
            different += 1
            print(f"{program}\n    MLX Data: {theirs}\n    ours:     {ours}")
    print(f"{len(programs())} programs, {different} with another result")
    return different


if __name__ == "__main__":
    if sys.argv[1:] == ["--of-mlx"]:
        give_outcomes_of_mlx()
    main()
