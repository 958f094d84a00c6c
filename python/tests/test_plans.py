# SPDX-License-Identifier: Apache-2.0
"""Tests of plans as text: every operation, exact values, hostile texts, other processes."""

from __future__ import annotations

import io
import json
import math
import os
import pickle
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import wave
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade import _core
from conftest import numbers, values
from test_processes import in_child, needs_fork

ROWS = _core.operations()
#: Pictures are written here.
FOLDER = tempfile.TemporaryDirectory()
KINDS = {"of_buffers": False, "of_streams": True}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    array = io.BytesIO()
    np.save(array, np.arange(3, dtype="int16"))
    (tmp_path / "file").write_bytes(b"contents")
    sound = io.BytesIO()
    with wave.open(sound, "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", ""))
        written.writeframes(bytes(range(20)))
    with tarfile.open(tmp_path / "texts.tar", "w") as archive:
        for i in range(12):
            member = tarfile.TarInfo(f"p/text {i}")
            member.size = 2
            archive.addfile(member, io.BytesIO(b"%02d" % i))
    rows = [
        {
            "x": [i + 0.5, 2.0, 3.0, i],
            "l": i % 3,
            "t": f"text {i}",
            "r": list(range(i % 4 + 1)),
            "n": i % 4 + 1,
            "one": [[i, i]],
            "csv": f"a,b\n{i},2\n".encode(),
            "image": np.full((4, 5, 3), i, "uint8"),
            "pgm": b"P5 2 1 255 a%c" % i,
            "file": str(tmp_path / "file"),
            "wav": sound.getvalue(),
            "sound": np.array([[0.5], [i], [-1]], "float32"),
            "array": array.getvalue(),
            "tar": str(tmp_path / "texts.tar"),
        }
        for i in range(12)
    ]
    dx.ingest(rows, tmp_path / "rows.colonnade", metadata={"licence": "CC0"})
    return tmp_path / "rows.colonnade"


@pytest.fixture
def buffer(path: Path) -> _core.Pipeline:
    return _core.open(os.fspath(path), "auto", False)


ON = {"key": "x", "output": "y"}
IMAGE = {"key": "image", "output": "y"}
BYTES = [bytes([255 - byte]) for byte in range(256)]
BATCH = {"padding": {"r": -1.0}, "joining": {"x": 0}}
SHARD = {"remainder": "mask", "mask_key": "m"}
#: Arguments for each operation that needs no function. `others` are taken from the file.
CASES: dict[str, list[dict[str, Any]]] = {
    "select": [{"keys": ["x", "t"]}],
    "remove": [{"keys": ["x"]}],
    "rename": [{"key": "x", "to": 'é\u0301"\\\n\U0010feff'}],
    "copy": [{"key": "x", "to": "y"}],
    "cast": [{**ON, "dtype": "float32"}],
    "scale": [{**ON, "by": 2, "offset": -0.0}],
    "normalize": [{**ON, "mean": [0.1, 1, 2, 3], "deviation": [5e-9, 1e22, 0.3, 4], "axis": -1}, ON],
    "one_hot": [{"key": "l", "output": "y", "count": 3, "dtype": "int8"}],
    "replace": [{"key": "t", "output": "y", "old": b"text", "new": b"\xc3\xa9", "max_replacements": 1}],
    "replace_bytes": [{"key": "csv", "output": "y", "map": BYTES}],
    "tokenize": [
        {
            "key": "t",
            "output": "y",
            "tokens": [*BYTES, b"text", b"\xff\xfe"],
            "ids": [*range(7, 265)],
            "ignore_unknown": True,
            "seed": 2**63 + 1,
        },
        {"key": "csv", "output": "y", "tokens": [*BYTES, b"a,b"], "scores": [*range(256), 0.1]},
    ],
    "tokenize_bpe": [
        {
            "key": "t",
            "output": "y",
            "tokens": BYTES,
            "ids": [*range(1, 257)],
            "lefts": [b"t", b"\xff"],
            "rights": [b"e", b"x"],
            "merged": [300, 301],
            "ranks": [-1, 2**40],
            "wholes": [b"text 3", b"\xff"],
            "whole_ids": [400, 7],
        }
    ],
    "load_audio": [
        {
            "key": "wav",
            "output": "y",
            "from_memory": True,
            "property": "num_seconds",
            "sample_rate": 3,
            "quality": "sinc-medium",
            "channels": "mono",
            "info_key": "i",
        },
        {"key": "wav", "folder": "", "info": True, "from_memory": True},
        {"key": "wav", "output": "y", "from_memory": True, "segment_seconds": 0.125, "seed": 2**64 - 1},
    ],
    "resample_audio": [
        {"key": "sound", "output": "y", "sample_rate": 3, "input_sample_rate": 2, "quality": "linear"},
        {"key": "sound", "output": "y", "sample_rate": 3, "info_key": "n"},
    ],
    "load_image": [
        {"key": "pgm", "output": "y", "folder": "", "from_memory": True, "alpha": "keep", "orientation": "apply"},
        {"key": "pgm", "from_memory": True, "channels": "rgb", "draft": True},
        {"key": "pgm", "from_memory": True, "info": True},
    ],
    "save_image": [{"key": "image", "name_key": "t", "folder": FOLDER.name, "prefix": "p", "quality": 90}],
    "load_file": [{"key": "file", "output": "y", "folder": ""}],
    "load_numpy": [{"key": "array", "output": "y", "from_memory": True, "folder": "", "dtype": "int16", "rank": 1}],
    "read_from_tar": [
        {"key": "t", "output": "y", "archive": "tar", "from_key": True, "folder": "", "prefix": "p", "nested": True}
    ],
    "remove_value": [{"key": "r", "size_key": "n", "dimension": -1, "value": 0, "padding": 7}],
    "shape": [{"key": "x", "output": "y", "dimension": 0}],
    "reshape": [{**ON, "shape": [2, -1]}],
    "squeeze": [{"key": "one", "output": "y", "dimensions": [0]}],
    "split": [{**ON, "count": 2}],
    "slice": [{**ON, "dimensions": [0], "starts": [1], "ends": [3]}],
    "random_slice": [{**ON, "dimensions": [0], "sizes": [2], "seed": 2**64 - 1}],
    "image_center_crop": [{**IMAGE, "width": 3, "height": 2}],
    "image_random_crop": [{**IMAGE, "width": 3, "height": 2, "padding": 1, "seed": 2**64 - 1}],
    "image_random_area_crop": [{**IMAGE, "area": [0.1, 1], "aspect": [0.3, 3], "trials": 5, "seed": 1}],
    "image_random_resized_crop": [
        {
            **IMAGE,
            "width": 3,
            "height": 2,
            "area": [0.1, 1],
            "aspect": [0.3, 3],
            "filter": "bicubic",
            "antialias": False,
            "seed": 1,
        }
    ],
    "image_random_erasing": [
        {**IMAGE, "probability": 0.1, "area": [0.1, 0.2], "aspect": [0.3, 3.1], "value": 7, "seed": 3}
    ],
    "image_color_jitter": [
        {
            **IMAGE,
            "brightness": [0.1, 2],
            "contrast": [0.5, 0.7],
            "saturation": [0, 2],
            "hue": [-0.1, 0.3],
            "seed": 3,
        }
    ],
    "image_rand_augment": [{**IMAGE, "num_ops": 3, "magnitude": 12, "seed": 3}],
    "image_random_h_flip": [{**IMAGE, "probability": 0.1, "seed": 3}],
    "image_random_v_flip": [{**IMAGE, "probability": 0.1, "seed": 3}],
    "image_resize": [{**IMAGE, "width": 3, "height": 2, "filter": "nearest", "antialias": False}],
    "image_resize_smallest_side": [{**IMAGE, "size": 3, "filter": "bicubic", "antialias": True}],
    "image_rotate": [{**IMAGE, "angle": 0.1, "crop": True}],
    "image_channel_reduction": [{**IMAGE, "preset": "green"}],
    "image_layout": [{**IMAGE, "layout": "chw"}],
    "pad": [{**ON, "dimension": 0, "before": 1, "after": 2, "value": math.inf}],
    "pad_to_size": [{**ON, "dimension": 0, "size": 6, "value": -math.inf}],
    "pad_to_multiple": [{**ON, "dimension": 0, "multiple": 3, "value": math.nan}],
    "shuffle": [{"seed": 2**63}, {"seed": 1, "blocks": 2, "block_rows": 3, "lanes": 1}, {"seed": 1, "blocks": 20}],
    "reorder": [{"indices": [3, 3, 0]}, {"indices": [1], "by_value": True}],
    "sort": [{"key": "l", "descending": True}, {"key": "t"}],
    "stratify": [{"key": "l", "seed": 2**63}],
    "sample": [{"weights": [0.1, *range(11)], "count": 5, "seed": 1}],
    "sample_by": [{"key": "n", "count": 5, "seed": 1}],
    "balance": [{"key": "l", "count": 5, "seed": 1}],
    "partition": [{"index": 1, "count": 2, "follows_epoch": True}],
    "prefix": [{"length": 7}],
    "drop_first": [{"length": 2, "follows_epoch": True}],
    "shard": [{"rank": 1, "of": 5, **SHARD}],
    "shard_automatic": [SHARD],
    "filter_shape": [{"key": "r", "dimension": 0, "low": 2, "high": 3}],
    "shuffle_window": [{"window": 4, "seed": 3}],
    "repeat": [{"times": 2}],
    "stream": [{}],
    "append": [{"others": 2, "labels": "by_name"}],
    "zip": [{"others": 1}],
    "interleave": [{"others": 2, "length": 2, "exhaustion": "stop", "labels": "drop"}],
    "mix": [{"others": 1, "weights": [1, 0.1], "seed": 5, "exhaustion": "leave_out", "labels": "drop"}],
    "batch": [{"size": 5, "drop_last": True, **BATCH}],
    "batch_sizes": [{"sizes": [3, 4], **BATCH}],
    "batch_by_size": [
        {"key": "r", "maximum": 9, "minimum": 3, "drop_outliers": True, **BATCH},
        {"key": "r", "maximum": 9, "sizes": [n % 4 + 1 for n in range(12)], "size_rank": 1},
    ],
    "mixup": [{"key": "x", "label_key": "l", "alpha": 0.4, "seed": 3}],
    "cutmix": [{"key": "image", "label_key": "l", "alpha": 0.4, "seed": 3}],
    "pack": [{"keys": ["r"], "length": 6, "window": 3, "overlong": "truncate", "padding": {"r": -1}}],
    "buffered": [{"size": 4}],
    "sliding_window": [{"key": "x", "size": 3, "stride": 1, "dimension": 0, "index_key": "i"}],
    "csv_rows": [
        {"key": "csv", "from_memory": True, "folder": "", "columns": ["a", "b"], "separator": ",", "quote": ""}
    ],
    "lines_of": [{"key": "csv", "output": "line", "from_memory": True, "folder": ""}],
    "prefetch": [{"depth": 3, "threads": 1}],
}
#: The steps that an operation needs before it.
FLOATS = [
    ("cast", {"key": "x", "dtype": "float32"}),
    ("cast", {"key": "l", "dtype": "float32"}),
    ("batch", {"size": 5}),
]
BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {"mixup": FLOATS, "cutmix": FLOATS}
#: What operations of one name need other arguments for on a stream.
ON_STREAMS = {
    "partition": [{"index": 1, "count": 2}],
    "batch_by_size": [
        {
            "key": "r", "window": 6, "maximum": 9, "minimum": 2, "drop_outliers": True, "shuffle_seed": 9,
            "max_waiting": 50, **BATCH,
        }
    ],
}  # fmt: skip
ON_BUFFERS = {"drop_first": [{"length": 2}]}
#: The results of these hold their samples in memory.
IN_MEMORY = {"materialize": [{}], "pulled": [{"others": 1}]}


def cases_of(name: str, is_stream: bool) -> list[dict[str, Any]]:
    return {**CASES, **(ON_STREAMS if is_stream else ON_BUFFERS), **IN_MEMORY}[name]


def applied(source: _core.Pipeline, name: str, arguments: dict[str, Any], is_stream: bool) -> _core.Pipeline:
    given = dict(arguments)
    if "others" in given:
        others = [source.apply("shuffle", seed=other) for other in range(given["others"])]
        if name == "zip":
            others = [other.apply("rename", key="x", to="other").apply("select", keys=["other"]) for other in others]
        given["others"] = others
    start = source.apply("stream") if is_stream else source
    for step, others in BEFORE.get(name, []):
        start = start.apply(step, **others)
    return start.apply(name, **given)


def contents(pipeline: _core.Pipeline, epoch: int = 0) -> list[str]:
    items = pipeline.begin(epoch)
    return [repr({key: (value.tolist(), value.dtype) if isinstance(value, np.ndarray) else value
                  for key, value in item.items()}) for item in items]  # fmt: skip


NEED_FUNCTION = {
    row["name"]
    for row in ROWS
    if any(parameter["function"] and parameter["fallback"] is None for parameter in row["parameters"])
}
TABLE = [
    (row, kind) for row in ROWS for kind in KINDS if row[kind] and row["name"] not in NEED_FUNCTION
]  # fmt: skip


@pytest.mark.parametrize(("row", "kind"), TABLE, ids=lambda value: value if isinstance(value, str) else value["name"])
def test_every_operation_without_a_function_round_trips(buffer, row, kind):
    name, is_stream = row["name"], KINDS[kind]
    cases = cases_of(name, is_stream)
    names = {parameter["name"] for parameter in row["parameters"] if not parameter["function"]}
    assert names == set().union(*cases), f"{name}: a case must give each argument"
    for arguments in cases:
        made = applied(buffer, name, arguments, is_stream)
        if name in IN_MEMORY:
            with pytest.raises(ValueError, match='the step "materialized" has samples that exist only in memory'):
                made.plan()
            continue
        text = made.plan()
        again = _core.from_plan(text)
        assert again.plan() == text and again.fields == made.fields and again.metadata == made.metadata
        # Decoded pixels are marked, so that a file says that its last dimension has channels.
        marks = {"y.storage": "raw"} if name == "load_image" and "y.storage" in made.metadata else {}
        assert made.metadata == {"licence": "CC0", **marks}
        assert [again.is_stream, again.is_batched, again.count] == [made.is_stream, made.is_batched, made.count]
        for epoch in (0, 1):
            items = contents(made, epoch)
            assert items and contents(again, epoch) == items


def test_the_form_of_a_plan(path):
    buffer = dx.open(path, "full", copy=True)
    plan = json.loads(buffer.shuffle(seed=2**64 - 1).append(buffer.take(3)).batch(4, drop_last=True).plan())
    opened = plan["steps"][0]["open"]
    assert opened.pop("identity").isalnum() and opened == {"path": str(path), "verify": "full", "copy": True}
    assert plan == {
        "version": 1,
        "steps": [
            {"open": opened},
            {"shuffle": {"seed": 2**64 - 1}},
            {"prefix": {"length": 3}, "on": 0},
            {"append": {"others": [2], "labels": "same"}, "on": 1},
            {"batch": {"size": 4, "drop_last": True, "padding": {}, "joining": {}}},
        ],
    }
    identity = json.loads(buffer.plan())["steps"][0]["open"]["identity"]
    again = dx.from_plan(
        json.dumps({**plan, "steps": [{"open": {**opened, "identity": identity}}, *plan["steps"][1:]]})
    )
    assert isinstance(again, dx.Buffer) and len(again) == 3
    assert str(again) == str(buffer.shuffle(seed=2**64 - 1).append(buffer.take(3)).batch(4, drop_last=True))


def test_numbers_are_exact(buffer):
    payload = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_0123))[0]
    for number in (0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e22, 2.0, 2**53, math.nan, payload, -math.inf):
        made = buffer.apply("pad", key="x", dimension=0, after=1, value=number)
        again = _core.from_plan(made.plan())
        assert again.plan() == made.plan()
        # The sign of a NaN and of a zero counts as well.
        assert again.get(0)["x"].tobytes() == made.get(0)["x"].tobytes()
        assert again.get(0)["x"][-1] == number or number != number
    for number, word in ((-0.0, "-0.0"), (payload, '"NaN(fff8000000000123)"'), (math.nan, '"NaN"'), (0.1, "0.1")):
        assert f'"value":{word}}}' in buffer.apply("pad", key="x", dimension=0, value=number).plan()
    for seed in (0, 1, 2**63 - 1, 2**63, 2**64 - 1):
        made = buffer.apply("shuffle", seed=seed)
        assert f'"seed":{seed}}}' in made.plan() and contents(_core.from_plan(made.plan())) == contents(made)


def test_names_and_paths_may_be_any_bytes(tmp_path):
    folder = os.fsencode(tmp_path) + b'/\xff\xfe \xe2\x98\x83"'
    os.mkdir(folder)
    path = os.fsdecode(folder + b"/caf\xe9")
    keys = ["é", "e\u0301", "\U0010feff", '"\\\n\x7f\u2028', "\U0010fe80x"]
    dx.ingest([{key: index for index, key in enumerate(keys)}] * 3, path)
    made = dx.open(path).batch(2, pad={key: index for index, key in enumerate(keys)}).select(*keys[::-1])
    again = dx.from_plan(made.plan())
    assert again.keys() == keys[::-1] and again.plan() == made.plan()
    again = pickle.loads(pickle.dumps(dx.open(path).key_transform("e\u0301", abs, keys[2])))
    assert again.keys() == keys and f"open({path!r})" in str(again)


def test_sources_of_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a;b\n1;'2'\n")
    for made, count in (
        (dx.stream_csv_reader(path, ";", "'"), 1),
        (dx.stream_csv_reader_from_string(b"a\n\xff\x00\n\xc3\n", quote=""), 2),
        (dx.stream_line_reader(path, "line"), 2),
    ):
        again = dx.from_plan(made.plan())
        assert isinstance(again, dx.Stream) and again.plan() == made.plan()
        found = [{key: value.tobytes() for key, value in sample.items()} for sample in again]
        assert found == [{key: value.tobytes() for key, value in sample.items()} for sample in made]
        assert len(found) == count


def test_another_file_at_the_path_is_refused(path):
    made = dx.open(path).take(3)
    text = made.plan()
    rows = [dict(sample) for sample in dx.open(path)]
    dx.ingest(rows[:5], path, overwrite=True)
    with pytest.raises(ValueError, match="open it again"):
        dx.from_plan(text)
    with pytest.raises(FileNotFoundError):
        dx.from_plan(text.replace(path.name, "there-is-none"))
    assert len(made) == 3


def double(x):
    return x * 2


def test_plans_with_objects_of_python_say_which_step():
    memory = numbers(3)
    for made, word in (
        (memory, "buffer_from_vector"),
        (memory.concretize(), "concretize"),
        (memory.to_stream().to_buffer(), "concretize"),
        (dx.stream_python_iterable(lambda: [{"x": 1}]), "stream_python_iterable"),
        (memory.take(1), "buffer_from_vector"),
        (dx.stream_csv_reader_from_string("x\n1\n").key_transform("x", double), "key_transform"),
        (dx.stream_csv_reader_from_string("x\n1\n").filter(len), "filter"),
    ):
        with pytest.raises(ValueError, match=f"`{word}`.*no text form"):
            made.plan()


STEPS = '{"open":{"path":"PATH"}}'
#: Texts that are no plans: what they are, and words of the error.
HOSTILE = {
    "": "no JSON",
    "{": "no JSON",
    "[]": "no object with a version",
    "7": "no object with a version",
    '{"steps":[OPEN]}': "no object with a version",
    '{"version":2,"steps":[OPEN]}': "version 2, and this release reads version 1",
    '{"version":"1","steps":[OPEN]}': "reads version 1",
    '{"version":1}': '"steps", a list',
    '{"version":1,"steps":[]}': '"steps", a list',
    '{"version":1,"steps":{}}': '"steps", a list',
    '{"version":1,"steps":[OPEN],"more":1}': 'unknown key "more"',
    '{"version":1,"version":1,"steps":[OPEN]}': "occurs twice",
    '{"version":1,"steps":[7]}': "step 0 is no object",
    '{"version":1,"steps":[{}]}': "name of one operation",
    '{"version":1,"steps":[{"open":{"path":"PATH"},"prefix":{}}]}': "name of one operation",
    '{"version":1,"steps":[{"open":7}]}': "name of one operation",
    '{"version":1,"steps":[{"download":{}}]}': "no operation of this name",
    '{"version":1,"steps":[{"prefix":{"length":1}}]}': "begins with a source",
    '{"version":1,"steps":[{"open":{"path":"PATH"},"on":0}]}': "a source is applied to no other step",
    '{"version":1,"steps":[{"open":{}}]}': 'needs the argument "path"',
    '{"version":1,"steps":[{"open":{"path":7}}]}': 'of the kind "path"',
    '{"version":1,"steps":[{"open":{"path":"PATH","verify":"often"}}]}': 'one of "off", "touch", "auto", "full"',
    '{"version":1,"steps":[{"open":{"path":"PATH","copy":2.5}}]}': 'of the kind "integer, 0 or 1"',
    '{"version":1,"steps":[{"open":{"path":"PATH","identity":""}}]}': "open it again",
    '{"version":1,"steps":[{"open":{"path":"PATH","colour":1}}]}': 'no argument "colour"',
    '{"version":1,"steps":[{"csv":{}}]}': 'either a "path" or "bytes"',
    '{"version":1,"steps":[{"csv":{"path":"a","bytes":"b"}}]}': 'either a "path" or "bytes"',
    '{"version":1,"steps":[OPEN,OPEN]}': "no later step uses it",
    '{"version":1,"steps":[OPEN,{"prefix":{"length":1},"on":1}]}': "an earlier step, 0 to 0",
    '{"version":1,"steps":[OPEN,{"prefix":{"length":1},"on":-1}]}': "an earlier step, 0 to 0",
    '{"version":1,"steps":[OPEN,{"append":{"others":[5]}}]}': "an earlier step",
    '{"version":1,"steps":[OPEN,{"append":{"others":0}}]}': "a list of steps",
    '{"version":1,"steps":[OPEN,{"append":{}}]}': 'needs the argument "others"',
    '{"version":1,"steps":[OPEN,{"prefix":{"length":1.5}}]}': 'of the kind "integer"',
    '{"version":1,"steps":[OPEN,{"prefix":{"length":99999999999999999999}}]}': 'of the kind "integer"',
    '{"version":1,"steps":[OPEN,{"prefix":{"length":[1]}}]}': 'of the kind "integer"',
    '{"version":1,"steps":[OPEN,{"prefix":{"length":1,"size":1}}]}': 'no argument "size"',
    '{"version":1,"steps":[OPEN,{"prefix":{"length":1,"length":1}}]}': "occurs twice",
    '{"version":1,"steps":[OPEN,{"prefix":{}}]}': 'needs the argument "length"',
    '{"version":1,"steps":[OPEN,{"mix":{}}]}': 'no operation "mix" on buffers',
    '{"version":1,"steps":[OPEN,{"pad":{"key":"x","dimension":0,"value":1e999}}]}': 'of the kind "number"',
    '{"version":1,"steps":[OPEN,{"pad":{"key":"x","dimension":0,"value":"NaN(7)"}}]}': 'of the kind "number"',
    '{"version":1,"steps":[OPEN,{"batch":{"size":2,"padding":{"x":"a"}}}]}': 'of the kind "keyed numbers"',
    '{"version":1,"steps":[OPEN,{"batch":{"size":2,"padding":{"é":1,"\U0010fec3\U0010fea9":2}}}]}': "occurs twice",
    '{"version":1,"steps":[OPEN,{"filter":{"function":0}}]}': "object 0 of the program",
    '{"version":1,"steps":[OPEN,{"filter":{"function":"f"}}]}': "number of an object",
    '{"version":1,"steps":[{"iterable":{"object":0}}]}': "object 0 of the program",
    '{"version":1,"steps":[{"samples":{"object":0,"fields":[{"name":"x"}]}}]}': 'of the kind "fields"',
    '{"version":1,"steps":' + "[" * 100_000: "no JSON",
    '{"version":1,"steps":[OPEN,{"prefix":{"length":' + "[" * 60 + "]" * 60 + "}}]}": 'of the kind "integer"',
}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_errors(path, text):
    given = text.replace("OPEN", STEPS).replace("PATH", str(path))
    with pytest.raises(ValueError) as caught:
        dx.from_plan(given)
    assert HOSTILE[text] in str(caught.value)


def doubled(times, *steps, between=None):
    """Returns the text of a plan in which each step takes the one before it twice."""
    names = [{"open": {"path": "PATH"}}, *steps]
    for _ in range(times):
        last = len(names) - 1
        names.append({between[0]: {**between[1], "others": [last]}} if between else {"append": {"others": [last]}})
        if between is None:
            names.append({"shuffle": {"seed": 1}})
    return json.dumps({"version": 1, "steps": names})


@pytest.mark.parametrize(
    "text",
    [
        doubled(60),
        doubled(40, between=("append", {})),
        doubled(40, {"stream": {}}, between=("interleave", {})),
    ],
    ids=["append and shuffle", "append", "interleave"],
)
def test_short_plans_of_very_many_parts_are_errors(path, text):
    with pytest.raises(ValueError, match="step [0-9]+ of the plan.* 262144 buffers or streams"):
        dx.from_plan(text.replace("PATH", str(path)))


def test_every_truncation_and_random_changes_are_errors_or_pipelines(buffer):
    made = buffer.apply("shuffle", seed=7).apply("append", others=[buffer], labels="by_name")
    made = made.apply("pad", key="x", dimension=0, after=1, value=math.nan).apply("stream").apply("repeat", times=2)
    text = made.apply("batch", size=2, padding={"r": 1.0}).plan()
    assert contents(_core.from_plan(text))
    for end in range(len(text)):
        with pytest.raises(ValueError):
            _core.from_plan(text[:end])
    draw = random.Random(1)
    pieces = ['"', "{", "}", "[", "]", ",", ":", "-", "1e9", "null", "true", "\\u0000", "9223372036854775807", "steps"]
    results = set()
    for _ in range(1500):
        changed = text
        for _ in range(draw.randint(1, 3)):
            start = draw.randrange(len(changed))
            end = start + draw.choice([0, 1, 1, 2, 8])
            changed = changed[:start] + draw.choice([*pieces, "", text[start : start + 20]]) + changed[end:]
        try:
            _core.from_plan(changed)
            results.add("made")
        except (ValueError, LookupError, OSError) as error:
            results.add(type(error).__name__)
    assert "made" in results and len(results) > 1


def test_long_chains_and_shared_pipelines(buffer):
    def work() -> None:
        made = buffer.apply("stream")
        for _ in range(10_000):
            made = made.apply("stream")
        text = made.plan()
        assert text.count("{") == 2 * 10_002 + 1
        again = _core.from_plan(text)
        assert again.plan() == text and contents(again) == contents(made)
        assert made.operations_since(buffer) == 10_001

    before = threading.stack_size(256 * 1024)
    try:
        failures: list[BaseException] = []
        thread = threading.Thread(target=lambda: _caught(work, failures))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert failures == []
    doubled = buffer
    for _ in range(10):
        doubled = doubled.apply("append", others=[doubled])
    text = doubled.plan()
    assert len(text) < 1000 and _core.from_plan(text).count == 12 << 10
    nested = buffer
    for _ in range(200):
        nested = buffer.apply("prefix", length=1).apply("append", others=[nested])
    assert contents(_core.from_plan(nested.plan())) == contents(nested)


def _caught(work: Any, failures: list[BaseException]) -> None:
    try:
        work()
    except BaseException as error:  # noqa: BLE001
        failures.append(error)


def test_another_process_resumes_from_plan_and_state(path):
    stream = dx.open(path).shuffle(seed=3).to_stream().batch(5).prefetch(2, 1)
    next(stream)
    saved = json.dumps({"plan": stream.plan(), "state": stream.state()})
    code = (
        "import colonnade as dx, json, sys\n"
        "saved = json.loads(sys.stdin.read())\n"
        "stream = dx.from_plan(saved['plan']).resume(saved['state'])\n"
        "print(json.dumps([batch['l'].tolist() for batch in stream]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=saved, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == values(stream, "l")


def test_pickled_samples_keep_class_names_metadata_and_keys(tmp_path):
    path = tmp_path / "labels.colonnade"
    buffer = dx.ingest([{"l": i % 2} for i in range(4)], path, labels={"l": ["even", "odd"]}, metadata={"a": "b"})
    for kept in (buffer.concretize(), buffer.to_stream().to_buffer(), buffer.take(0).concretize()):
        again = pickle.loads(pickle.dumps(kept))
        assert again.schema == kept.schema and again.metadata == {"a": "b"} and values(again, "l") == values(kept, "l")
        assert again.schema["l"].meaning == ["even", "odd"]


def test_unpickling_reports_what_fails_with_the_step(path):
    pickled = pickle.dumps(dx.open(path).key_transform("x", double))
    path.unlink()
    with pytest.raises(FileNotFoundError, match='step 0 of the plan, "open"'):
        pickle.loads(pickled)


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_forked_child_refuses_another_file_at_the_path(path):
    buffer = dx.open(path).select("l")
    assert in_child(lambda: len(values(buffer, "l"))) == "12"
    dx.ingest([{"l": 7}], path, overwrite=True)
    assert "open it again" in in_child(lambda: values(buffer, "l"))
    assert len(values(buffer, "l")) == 12
