# SPDX-License-Identifier: Apache-2.0
"""Python's methods and their twins against the table of operations that the core has."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade import _core, _overview
from colonnade._node import Node

ROWS = _core.operations()
KINDS = {"of_buffers": dx.Buffer, "of_streams": dx.Stream}

#: Tokens whose ids are their indices, and tokens with other ids.
TRIE, NUMBERED = dx.core.CharTrie(), dx.core.CharTrie()
TRIE.insert("a")
NUMBERED.insert("a", 5)
MERGES = dx.core.BPEMerges()
MERGES.add("a", "a", 1)
RANKED = dx.core.BPEMerges()
RANKED.add("a", "a", 1, rank=7)
RANKED.add_whole("aa", 5)

#: Methods that apply operations, each with calls: the first gives nothing that may be left out, the others give all.
BOTH: dict[str, list[Any]] = {
    "cast": [lambda d: d.cast("x", "int8"), lambda d: d.cast("x", "int8", "y")],
    "filter": [lambda d: d.filter(len), lambda d: d.filter(len, rng=True, seed=1)],
    "filter_by_shape": [lambda d: d.filter_by_shape("x", 0), lambda d: d.filter_by_shape("x", 0, 1, 2)],
    "filter_key": [lambda d: d.filter_key("x"), lambda d: d.filter_key("x", remove=True)],
    "image_center_crop": [lambda d: d.image_center_crop("x", 1, 1), lambda d: d.image_center_crop("x", 1, 1, "y")],
    "image_channel_reduction": [
        lambda d: d.image_channel_reduction("x"),
        lambda d: d.image_channel_reduction("x", "green", "y"),
    ],
    "image_color_jitter": [
        lambda d: d.image_color_jitter("x"),
        lambda d: d.image_color_jitter("x", 0.1, (1, 2), 0.3, (0, 0.5), "y", seed=1),
    ],
    "image_rand_augment": [
        lambda d: d.image_rand_augment("x"),
        lambda d: d.image_rand_augment("x", 3, 12, "y", seed=1),
    ],
    "image_layout": [lambda d: d.image_layout("x", "chw"), lambda d: d.image_layout("x", "hwc", "y")],
    "image_random_area_crop": [
        lambda d: d.image_random_area_crop("x", (0.5, 1), (1, 1)),
        lambda d: d.image_random_area_crop("x", (0.5, 1), (1, 1), 3, "y", seed=1),
    ],
    "image_random_crop": [
        lambda d: d.image_random_crop("x", 1, 1),
        lambda d: d.image_random_crop("x", 1, 1, "y", padding=2, seed=1),
    ],
    "image_random_erasing": [
        lambda d: d.image_random_erasing("x"),
        lambda d: d.image_random_erasing("x", 1, "y", area=(0.1, 0.2), aspect=(1, 2), value=3, seed=1),
    ],
    "image_random_h_flip": [
        lambda d: d.image_random_h_flip("x"),
        lambda d: d.image_random_h_flip("x", 1, "y", seed=1),
    ],
    "image_random_resized_crop": [
        lambda d: d.image_random_resized_crop("x", 1, 1),
        lambda d: d.image_random_resized_crop(
            "x", 1, 1, "y", area=(0.5, 1), aspect=(1, 1), filter="nearest", antialias=False, seed=1
        ),
    ],
    "image_random_v_flip": [
        lambda d: d.image_random_v_flip("x"),
        lambda d: d.image_random_v_flip("x", 1, "y", seed=1),
    ],
    "image_resize": [
        lambda d: d.image_resize("x", 1, 1),
        lambda d: d.image_resize("x", 1, 1, "y", filter="bicubic", antialias=False),
    ],
    "image_resize_smallest_side": [
        lambda d: d.image_resize_smallest_side("x", 1),
        lambda d: d.image_resize_smallest_side("x", 1, "y", filter="nearest", antialias=False),
    ],
    "image_rotate": [lambda d: d.image_rotate("x", 5), lambda d: d.image_rotate("x", 5, True, "y")],
    "key_transform": [
        lambda d: d.key_transform("x", len),
        lambda d: d.key_transform("x", len, "y", rng=True, seed=1),
    ],
    "load_file": [lambda d: d.load_file("x"), lambda d: d.load_file("x", "folder", "y")],
    "load_video": [
        lambda d: d.load_video("n"),
        lambda d: d.load_video("x", info=True, from_memory=True, output_key="y"),
    ],
    "load_numpy": [
        lambda d: d.load_numpy("x"),
        lambda d: d.load_numpy("x", "folder", True, "y", dtype="int8", ndim=1),
    ],
    "load_image": [
        lambda d: d.load_image("x"),
        lambda d: d.load_image(
            "x", "folder", True, "RGB", True, "y", alpha="keep", orientation="apply", channels="rgb", draft=True
        ),
    ],
    "load_audio": [
        lambda d: d.load_audio("x"),
        lambda d: d.load_audio(
            "x",
            "folder",
            True,
            True,
            dx.NumSeconds,
            16_000,
            "linear",
            "i",
            "y",
            channels="mono",
            segment_seconds=0.5,
            seed=1,
        ),
    ],
    "cutmix": [lambda d: d.cutmix("x", "n"), lambda d: d.cutmix("x", "n", 0.5, seed=1)],
    "mixup": [lambda d: d.mixup("x", "n"), lambda d: d.mixup("x", "n", 0.5, seed=1)],
    "normalize": [lambda d: d.normalize("x"), lambda d: d.normalize("x", [1], [2], axis=0, output_key="y")],
    "one_hot": [lambda d: d.one_hot("x"), lambda d: d.one_hot("x", 3, "int8", "y")],
    "pad": [lambda d: d.pad("x", 0, 0, 0, 0), lambda d: d.pad("x", 0, 1, 2, 3, "y")],
    "pad_to_multiple": [lambda d: d.pad_to_multiple("x", 0, 2, 0), lambda d: d.pad_to_multiple("x", 0, 2, 3, "y")],
    "pad_to_size": [lambda d: d.pad_to_size("x", 0, 2, 0), lambda d: d.pad_to_size("x", 0, 2, 3, "y")],
    "partition": [lambda d: d.partition(2, 1)],
    "random_slice": [lambda d: d.random_slice("x", 0, 1), lambda d: d.random_slice("x", 0, 1, "y", seed=1)],
    "read_from_tar": [
        lambda d: d.read_from_tar("a.tar", "x", "y"),
        lambda d: d.read_from_tar("n", "x", "y", "folder", "archives", True, None, True, 2),
        lambda d: d.read_from_tar("a.tar", "x", "y", file_fetcher=dx.core.FileFetcher()),
    ],
    "remove_value": [
        lambda d: d.remove_value("x", "n", -1, 0),
        lambda d: d.remove_value("x", "n", 0, 0, pad=1),
    ],
    "rename_key": [lambda d: d.rename_key("x", "y")],
    "replace": [lambda d: d.replace("x", "a", "b"), lambda d: d.replace("x", b"a", b"b", 2)],
    "replace_bytes": [lambda d: d.replace_bytes("x", ["a"]), lambda d: d.replace_bytes("x", [b"a"], "y")],
    "reshape": [lambda d: d.reshape("x", 1), lambda d: d.reshape("x", (1, -1), "y")],
    "save_image": [
        lambda d: d.save_image("x", "n", "folder"),
        lambda d: d.save_image("x", "n", "folder", "prefix", quality=90),
    ],
    "resample_audio": [
        lambda d: d.resample_audio("x", 2),
        lambda d: d.resample_audio("x", 2, 3, "i", "sinc-best", "y"),
    ],
    "sample_transform": [lambda d: d.sample_transform(dict), lambda d: d.sample_transform(dict, rng=True, seed=1)],
    "scale": [lambda d: d.scale("x", 2), lambda d: d.scale("x", 2, 1, "y")],
    "select": [lambda d: d.select("x")],
    "shape": [lambda d: d.shape("x", "s"), lambda d: d.shape("x", "s", 0)],
    "shard": [
        lambda d: d.shard("auto"),
        lambda d: d.shard("auto", remainder="mask", mask_key="m"),
        lambda d: d.shard(rank=0, of=2),
        lambda d: d.shard(0, 2, remainder="mask", mask_key="m"),
        lambda d: d.shard("x", 2),
        lambda d: d.shard("x", 2, "y"),
    ],
    "skip": [lambda d: d.skip(1)],
    "slice": [lambda d: d.slice("x", 0, 0, 1), lambda d: d.slice("x", [0], [0], [1], "y")],
    "squeeze": [lambda d: d.squeeze("x"), lambda d: d.squeeze("x", 0, "y")],
    "take": [lambda d: d.take(1)],
    "tokenize": [
        lambda d: d.tokenize("x", TRIE),
        lambda d: d.tokenize("x", NUMBERED, dx.Rand, True, [1.0], "y", seed=1),
    ],
    "tokenize_bpe": [lambda d: d.tokenize_bpe("x", TRIE, MERGES), lambda d: d.tokenize_bpe("x", NUMBERED, RANKED, "y")],
}
CALLS: dict[str, dict[str, list[Any]]] = {
    "of_buffers": {
        **BOTH,
        "append": [lambda d: d.append(d), lambda d: d.append(d, labels="drop")],
        "batch": [
            lambda d: d.batch(2),
            lambda d: d.batch(2, {"x": 1}, {"x": 0}, drop_last=True),
            lambda d: d.batch([1], {"x": 1}, {"x": 0}),
        ],
        "concretize": [lambda d: d.concretize()],
        "dynamic_batch": [
            lambda d: d.dynamic_batch("x", max_data_size=3),
            lambda d: d.dynamic_batch(
                "n", size_buffer=d, min_data_size=1, max_data_size=3, pad={"x": 1}, dim={"x": 0}, drop_outliers=True
            ),
        ],
        "ordered_prefetch": [lambda d: d.ordered_prefetch(None, None), lambda d: d.ordered_prefetch(2, 1)],
        "balance": [lambda d: d.balance("n"), lambda d: d.balance("n", 2, seed=1)],
        "perm": [lambda d: d.perm([0]), lambda d: d.filter(dx.col("n") == 1)],
        "sample": [
            lambda d: d.sample([1, 2, 3]),
            lambda d: d.sample("n", 2, seed=1),
            lambda d: d.sample([1, 2, 3], 2, seed=1),
        ],
        "shuffle": [
            lambda d: d.shuffle(),
            lambda d: d.shuffle(1),
            lambda d: d.shuffle(1, blocks=4, block_rows=2, lanes=2),
        ],
        "sort_by": [lambda d: d.sort_by("n"), lambda d: d.sort_by("n", descending=True)],
        "split": [lambda d: d.split([1, 2]), lambda d: d.split([1, 2], seed=1, stratify="n")],
        "to_stream": [lambda d: d.to_stream()],
        "zip": [lambda d: d.zip(d)],
    },
    "of_streams": {
        **BOTH,
        "batch": [lambda d: d.batch(2), lambda d: d.batch(2, {"x": 1}, {"x": 0}, drop_last=True)],
        "buffered": [lambda d: d.buffered(2), lambda d: d.buffered(2, list, 2)],
        "csv_reader_from_key": [
            lambda d: d.csv_reader_from_key("x"),
            lambda d: d.csv_reader_from_key("x", ";", "'", True, "folder", dx.core.FileFetcher(), columns=["a"]),
        ],
        "dynamic_batch": [
            lambda d: d.dynamic_batch(4, "x", max_data_size=3),
            lambda d: d.dynamic_batch(
                4, "x", min_data_size=1, max_data_size=3, pad={"x": 1}, dim={"x": 0}, shuffle=True, drop_outliers=True,
                max_skipped_samples=2, num_threads=2, seed=1,
            ),
        ],
        "interleave": [
            lambda d: d.interleave(d),
            lambda d: d.interleave(d, length=2, exhaustion="stop", labels="drop"),
        ],
        "line_reader_from_key": [
            lambda d: d.line_reader_from_key("x", "y"),
            lambda d: d.line_reader_from_key("x", "y", True, True, "folder", dx.core.FileFetcher()),
        ],
        "mix": [
            lambda d: d.mix(d),
            lambda d: d.mix(d, weights=[1, 2], seed=1, exhaustion="stop", labels="drop"),
        ],
        "pack": [
            lambda d: d.pack("x", 4),
            lambda d: d.pack("x", 4, window=2, overlong="drop", pad={"x": 1}),
        ],
        "prefetch": [lambda d: d.prefetch(), lambda d: d.prefetch(2, 1)],
        "repeat": [lambda d: d.repeat(0), lambda d: d.repeat(1)],
        "shuffle": [lambda d: d.shuffle(4), lambda d: d.shuffle(4, seed=1)],
        "sliding_window": [lambda d: d.sliding_window("x", 2, 1), lambda d: d.sliding_window("x", 2, 1, 0, "i")],
        "to_buffer": [lambda d: d.to_buffer()],
        "zip": [lambda d: d.zip(d)],
    },
}  # fmt: skip

#: Public methods that apply no operation.
OTHERS = set(
    "check_intact dtypes epoch explain keys metadata next plan reset resume schema size state stats to_arrow to_hf unique "
    "value_counts".split()
)

#: Operations, or arguments of them, that no method reaches.
UNREACHED = {
    ("copy", ""): "output_key of a method does it",
    ("replace", "output"): "replace of MLX Data has no output_key",
    ("stream", "of_streams"): "a stream is one",
    ("materialize", "of_streams"): "to_buffer pulls, so that a stream is read from where it is",
    ("partition", "follows_epoch"): "for colonnade.torch, whose workers share each epoch's order",
    ("drop_first", "follows_epoch"): "for a stream that takes over from another",
    ("map", "label"): "the core names the step of a function",
    ("map_samples", "of_streams"): "of a stream, compact_map lets the function drop samples",
    ("map_samples", "keys"): "a function of samples gets all keys",
}

#: Methods without a twin: MLX Data has none of them.
WITHOUT_TWIN = {
    "of_buffers": set(
        "append balance batch concretize dynamic_batch ordered_prefetch perm sample sort_by split to_stream zip".split()
    ),
    "of_streams": set(
        "batch buffered csv_reader_from_key dynamic_batch interleave line_reader_from_key mix pack repeat "
        "sliding_window to_buffer zip".split()
    ),
}


def rows_of(kind: str) -> dict[str, dict[str, Any]]:
    rows = [row for row in ROWS if row[kind]]
    assert len({row["name"] for row in rows}) == len(rows), "two rows of one name"
    return {row["name"]: {parameter["name"]: parameter for parameter in row["parameters"]} for row in rows}


def samples(kind: str) -> Any:
    data = [{"x": np.arange(n + 1), "n": n} for n in range(3)]
    buffer = dx.buffer_from_vector(data)
    return buffer if kind == "of_buffers" else buffer.to_stream()


@pytest.fixture
def applied(monkeypatch):
    """Calls a method, and returns the operations that it applies with their kinds and arguments: none is really done."""

    def run(call: Any, kind: str) -> list[tuple[str, str, dict[str, Any]]]:
        found: list[tuple[str, str, dict[str, Any]]] = []

        def apply(node: Node, operation: str, **arguments: Any) -> Node:
            is_stream = node.pipeline.is_stream
            given = {name: value for name, value in arguments.items() if value is not None}
            found.append((operation, "of_streams" if is_stream else "of_buffers", given))
            # What methods read of the result is real.
            is_real = operation in ("stream", "select", "batch", "batch_sizes")
            return original(node, operation, **arguments) if is_real else node

        start = samples(kind)
        original = Node.apply
        with monkeypatch.context() as patched:
            patched.setattr(Node, "apply", apply)
            call(start)
        return found

    return run


def of_the_core(row: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as the core gets them: the extension says what fields a function makes, and of which key."""
    given = dict(arguments)
    does = max((parameter["function"] for parameter in row.values()), default=0)
    makes_values, makes_samples = does == 1, does == 2
    if makes_values:
        given["keys"] = [given.pop("key")]
        given.pop("output", None)
    if makes_values or makes_samples:
        given["fields"] = []
    return given


@pytest.mark.parametrize("kind", KINDS)
def test_every_method_says_what_the_table_has(applied, kind):
    rows = rows_of(kind)
    for method, calls in CALLS[kind].items():
        for number, call in enumerate(calls):
            found = applied(call, kind)
            assert found, f"{method} applies no operation"
            for operation, on, arguments in found:
                row = (rows if on == kind else rows_of(on))[operation]
                given = of_the_core(row, arguments)
                assert given.keys() <= row.keys(), f"{method}: {operation} has no arguments {given.keys() - row.keys()}"
                needed = {name for name, parameter in row.items() if parameter["fallback"] is None}
                assert needed <= given.keys(), f"{method}: {operation} needs {needed - given.keys()}"
                for name, value in given.items():
                    if number == 0 and name not in needed and not row[name]["function"]:
                        fallback = json.loads(row[name]["fallback"])
                        assert value == fallback, f"{method}: {name} of {operation} is {value!r}, not {fallback!r}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_and_argument_is_reached_by_a_method(applied, kind):
    reached: dict[str, set[str]] = {}
    for calls in CALLS[kind].values():
        for call in calls:
            for operation, on, arguments in applied(call, kind):
                if on == kind:
                    row = rows_of(kind)[operation]
                    reached.setdefault(operation, set()).update(of_the_core(row, arguments))
    missing = set()
    for operation, row in rows_of(kind).items():
        if operation in reached:
            missing.update((operation, name) for name in row.keys() - reached[operation])
        elif (operation, "") not in UNREACHED:
            missing.add((operation, kind))
    assert missing - UNREACHED.keys() == set()


@pytest.mark.parametrize(("kind", "cls"), KINDS.items())
def test_every_method_is_one_of_operations_or_of_others_and_has_a_twin(kind, cls):
    methods = {name for name in dir(cls) if not name.startswith("_")}
    twins = {name.removesuffix("_if") for name in methods if name.endswith("_if")}
    assert {name for name in methods if not name.endswith("_if")} - OTHERS == CALLS[kind].keys()
    assert twins == CALLS[kind].keys() - WITHOUT_TWIN[kind]


@pytest.mark.parametrize(("kind", "cls"), KINDS.items())
def test_the_first_call_gives_nothing_that_may_be_left_out(kind, cls):
    for method, calls in CALLS[kind].items():
        optional = {
            parameter.name
            for parameter in inspect.signature(getattr(cls, method)).parameters.values()
            if parameter.default is not parameter.empty
        }
        given = set(re.findall(r"(\w+)=", inspect.getsource(calls[0]).partition("lambda")[2].partition("lambda")[0]))
        # Without a maximum, all samples are one batch, and that is another operation.
        assert not given & optional - {"max_data_size"}, method


def test_the_names_of_printed_steps_translate_operations_and_arguments_that_there_are():
    sources = {"", "csv", "files_of_tar", "iterable", "lines", "materialized", "samples"}
    # What the extension turns into other arguments.
    known: dict[str, set[str]] = {"map": {"key", "output"}}
    for kind in KINDS:
        for operation, row in rows_of(kind).items():
            known.setdefault(operation, set()).update(row)
    assert _overview._NAMES.keys() - sources <= known.keys()
    for operation, names in [*_overview._ARGUMENTS.items(), *_overview._INTERNAL.items()]:
        assert operation in sources or set(names) <= known[operation], operation
    assert _overview._ARGUMENTS[""].keys() <= set().union(*known.values())


def test_the_document_is_what_the_table_prints():
    document = Path(__file__).parents[2] / "docs/c-operations.md"
    if not document.exists():
        pytest.skip("only beside the sources")
    assert document.read_text() == _core.operations_document(), "run tools/make-operations"


def test_what_does_not_fit_the_table_is_refused():
    pipeline = samples("of_buffers")._node.pipeline
    for arguments, words in (
        ({"dimension": 0, "befor": 1}, 'pad has no argument "befor": it has key, output, dimension, before'),
        ({"before": 1}, 'pad needs the argument "dimension", of the kind "integer"'),
        ({"dimension": "0"}, 'the argument "dimension" of pad must be of the kind "integer"'),
        ({"dimension": [0, 1]}, '"dimension" of pad must be of the kind "integer"'),
        ({"dimension": 0, "value": (1 << 53) + 1}, "whole numbers beyond 2⁵³ lose digits"),
        ({"dimension": 0, "function": len}, "pad takes no function"),
    ):
        with pytest.raises((ValueError, TypeError)) as caught:
            pipeline.apply("pad", key="x", **arguments)
        assert words in str(caught.value)
    for operation, words in (
        ("negated", 'no operation "negated" on buffers'),
        ("mix", 'no operation "mix" on buffers'),
    ):
        with pytest.raises(ValueError, match=words):
            pipeline.apply(operation)
    with pytest.raises(ValueError, match='labels is one of "same", "by_name", "drop", not "all"'):
        pipeline.apply("append", others=[pipeline], labels="all")
    with pytest.raises(ValueError, match="a stream cannot be part of a buffer"):
        pipeline.apply("append", others=[pipeline.apply("stream")])
