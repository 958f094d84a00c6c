# SPDX-License-Identifier: Apache-2.0
"""The operations that buffers and streams share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Self, SupportsIndex, overload

from numpy.typing import DTypeLike

from . import _arguments as check
from ._audio import Channels, LoadAudioInfo, ResamplingQuality
from ._errors import Error
from ._expressions import Expression
from ._fetcher import Fetching, FileFetcher, local_file
from ._node import Node
from ._overview import needing_python, overview
from ._random import IDENTITY, Drawing, SampleDrawing, draw_seed, identity
from ._schema import Field, Schema
from ._tokens import BPEMerges, CharTrie, TokenizeMode, check_merges, check_trie
from ._video import DecodedVideo

__all__ = [
    "Array",
    "ChannelPreset",
    "LoadAudioInfo",
    "PictureLayout",
    "Pipelined",
    "Remainder",
    "ResizeFilter",
    "Sample",
]

#: Keys to NumPy arrays; text is `str`, and in batches an array of `str`.
Sample = dict[str, Any]
Array = Any

#: The key of the path of a fetched archive.
_FETCHED = "colonnade:archive"

Remainder = Literal["drop", "repeat", "mask"]

ResizeFilter = Literal["triangle", "bicubic", "nearest"]
ChannelPreset = Literal["default", "rec601", "rec709", "rec2020", "green"]
PictureLayout = Literal["chw", "hwc"]
#: The treatment of transparency and of the orientation in EXIF.
Alpha = Literal["drop", "keep"]
ImageChannels = Literal["stored", "rgb"]
Orientation = Literal["apply", "keep"]


class Pipelined:
    """The operations that buffers and streams share.

    Each operation returns a new buffer or stream and reads nothing. A call that names an unknown key raises. Before
    `batch`, an operation sees each sample; after it, each batch.
    """

    __slots__ = ("_node",)
    _node: Node

    def _with(self, node: Node) -> Self:
        raise NotImplementedError

    def _apply(self, operation: str, **arguments: Any) -> Self:
        return self._with(self._node.apply(operation, **arguments))

    def _batch_arguments(
        self, pad: Mapping[str, float] | None, dim: Mapping[str, int] | None
    ) -> dict[str, dict[str, Any]]:
        """Returns `pad` and `dim` of a batch in the form of the core. Text keeps its length, so it is not padded with
        0.
        """
        kinds = {key: field.kind for key, field in self.schema.items()}
        padding = check.numbers_by_key({} if pad is None else pad, "pad", kinds)
        return {
            "padding": {key: value for key, value in padding.items() if value != 0 or kinds[key] != "string"},
            "joining": check.numbers_by_key({} if dim is None else dim, "dim", kinds),
        }

    @property
    def schema(self) -> Schema:
        """The fields of each sample or batch, by key: a dict that prints one column a line. No sample is read.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1, 2]}])
        >>> samples.batch(2).schema["x"].shape
        (None, 2)
        """
        return Schema({field[0]: Field(*field[1:]) for field in self._node.pipeline.fields})

    @property
    def dtypes(self) -> dict[str, str]:
        """The names of the data types, by key.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": 1, "y": 0.5}]).dtypes
        {'x': 'int64', 'y': 'float64'}
        """
        return {field[0]: field[2] for field in self._node.pipeline.fields}

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata of the file that the samples come from; that of the first one, if there are several files.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> dx.ingest([{"x": 1}], folder / "one.colonnade", metadata={"licence": "CC0"}).metadata
        {'licence': 'CC0'}

        `image.storage` tells how the pictures under the key `image` are stored, if not as their files. After `load_image` it is
        `raw`, or `raw,chw` with the channels first: a file that is written from the samples then knows which dimension has the
        channels, and its batches do not pad it.
        """
        return dict(self._node.pipeline.metadata)

    def keys(self) -> list[str]:
        """Returns the keys of each sample, in the order of its columns.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"image": [0], "label": 3}]).keys()
        ['image', 'label']
        """
        return [field[0] for field in self._node.pipeline.fields]

    def check_intact(self) -> None:
        """Raises `CorruptFileError` if a file of the samples was truncated or overwritten in place after it was
        opened, if its disk failed, or if a damaged block was found in it.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> samples = dx.ingest([{"x": [0.5] * 100}] * 50, folder / "fifty.colonnade")
        >>> view = samples.batch(50)[0]["x"]
        >>> mean = view.mean()
        >>> samples.check_intact()  # the mean is that of the file

        Batches that are views of a file read zeros where the file was truncated after they were returned. Call this
        method after using them: if it raises nothing, the values were those of the file.
        """
        self._node.pipeline.check_intact()

    def __str__(self) -> str:
        """Shows the number of samples, their keys with types and shapes, and the steps that make them."""
        return overview(type(self).__name__, self._node)

    def explain(self) -> str:
        """Describes the plan, one step a line: which steps are fused with reading, which run for each row, which call
        Python.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1, 2]}] * 4)
        >>> print("\\n".join(samples.to_stream().cast("x", "float32").batch(2).explain().splitlines()[:3]))
        4 samples in memory
          x int64[2]: gathered into the batch, made float32 on the way
          batches of 2
        """
        return self._node.pipeline.explain()

    def plan(self) -> str:
        """Returns the plan as JSON, from which `from_plan` makes the buffer or stream again, also in another process.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> samples = dx.ingest([{"x": x} for x in range(10)], folder / "ten.colonnade")
        >>> text = samples.shuffle(seed=7).batch(4).plan()
        >>> text[:22], text[-66:]
        ('{"version":1,"steps":[', '{"batch":{"size":4,"drop_last":false,"padding":{},"joining":{}}}]}')
        >>> dx.from_plan(text)[0]["x"].tolist() == samples.shuffle(seed=7).batch(4)[0]["x"].tolist()
        True

        The plan has the path of each file and the identity of its data: `from_plan` refuses another file at the path.
        Functions, iterables and samples that exist only in memory have no text form, and raise ValueError. The readers
        of files that samples name call a function of this package. A pickle holds these beside the plan.
        """
        text, objects = self._node.pipeline.plan_with_objects()
        if objects:
            step = needing_python(self._node)
            raise Error(
                f"`{step}` needs a function or samples of this process, which have no text form: write the samples to a "
                "file and open it, call plan() before a step with a function and apply that step again to the result of "
                "from_plan(), or use pickle"
            )
        return text

    # Functions

    def key_transform(
        self, key: str, func: Callable[..., Any], output_key: str = "", *, rng: bool = False, seed: int | None = None
    ) -> Self:
        """Replaces the value of `key` by the result of `func`. With `output_key`, the result goes there and `key` keeps
        its value.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": 1}, {"x": 2}])
        >>> [int(s["x"]) for s in samples.key_transform("x", lambda x: x * 10)]
        [10, 20]

        `func` receives an array, which may be a read-only view of the data, or a `str`. It returns anything that can
        be the value of a sample. This call runs `func` on the first sample (on up to 16 samples while it returns empty
        lists), to learn the data type of its result, and raises what `func` raises there. Several threads of a
        prefetching stream call `func`, one at a time because they share the GIL. `next` raises the exceptions of
        `func` unchanged.

        With `rng`, `func` receives a `numpy.random.Generator` as its second argument. The generator depends on seed,
        epoch and row alone: its numbers are the same for any number of threads, and differ from epoch to epoch. Without
        `seed`, a seed is drawn as for `shuffle`. After `batch`, the generator is that of the batch's first row.

        >>> noisy = samples.key_transform("x", lambda x, rng: x + rng.normal(), rng=True, seed=1).to_stream()
        >>> [float(s["x"]) for s in noisy.epoch(2)] == [float(s["x"]) for s in noisy.epoch(2).prefetch(2, 2)]
        True
        """
        check.function(func)
        if rng:
            return self._apply(
                "map",
                key=check.key_name(key),
                function=Drawing(func, draw_seed(seed)),
                output=output_key or None,
                identified=1,
            )
        check.no_seed(seed)
        return self._apply("map", key=check.key_name(key), function=func, output=output_key or None)

    def sample_transform(self, func: Callable[..., Sample], *, rng: bool = False, seed: int | None = None) -> Self:
        """Replaces each sample by the result of `func`. An empty dict drops the sample from a stream; on a buffer it is
        an error.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": i} for i in range(4)])
        >>> odd = samples.to_stream().sample_transform(lambda s: s if s["x"] % 2 else {})
        >>> [int(s["x"]) for s in odd]
        [1, 3]

        With `rng`, `func` receives a `numpy.random.Generator` as its second argument, which depends on seed, epoch and
        row as in `key_transform`. So a function can change several keys in the same random way.

        >>> moved = samples.sample_transform(lambda s, rng: {"x": s["x"] + rng.integers(10)}, rng=True, seed=1)
        >>> [int(s["x"]) for s in moved] == [int(s["x"]) for s in moved.to_stream().prefetch(2, 2)]
        True
        """
        check.function(func)
        if not rng:
            check.no_seed(seed)
            return self._map_samples(func)
        made = self._identified()._map_samples(SampleDrawing(func, draw_seed(seed)))
        # Without a first sample, the result types of the function are unknown.
        return made._apply("remove", keys=[IDENTITY]) if IDENTITY in made.keys() else made

    def _map_samples(self, function: Callable[..., Sample]) -> Self:
        # Of a stream, a function may drop samples.
        return self._apply("compact_map" if self._node.pipeline.is_stream else "map_samples", function=function)

    def _identified(self) -> Self:
        """Returns the samples with their epoch and row, for functions that use a generator."""
        fields = self._node.pipeline.fields
        if any(field[0] == IDENTITY for field in fields):
            raise Error(f'functions with rng=True get epoch and row under the key "{IDENTITY}": rename yours')
        key = min(fields, key=lambda field: len(field[3]))[0]
        return self._apply("map", key=key, function=identity, output=IDENTITY, identified=1)

    def filter(self, func: Callable[..., bool], *, rng: bool = False, seed: int | None = None) -> Self:
        """Keeps the samples for which `func` is true.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": i} for i in range(4)])
        >>> [int(s["x"]) for s in samples.filter(lambda s: s["x"] >= 2)]
        [2, 3]

        `func` may be a condition on keys, see `col`. A buffer then compares whole columns, which takes a fraction of the
        time, and its plan has a text form.

        >>> samples.filter((dx.col("x") >= 2) & (dx.col("x") != 3))["x"]
        array([2])

        On a buffer this call reads all samples and chooses once. A shuffle before it has the order of epoch 0 in every
        epoch, so shuffle after it: see `Buffer.shuffle`.

        With `rng`, `func` receives a `numpy.random.Generator` as its second argument, which depends on seed, epoch and
        row as in `key_transform`. A stream keeps other samples in each epoch, a buffer those of epoch 0.

        >>> half = samples.filter(lambda s, rng: rng.random() < 0.5, rng=True, seed=3)
        >>> [int(s["x"]) for s in half] == [int(s["x"]) for s in half]
        True
        """
        check.function(func)
        if not rng:
            check.no_seed(seed)
            if not isinstance(func, Expression):
                return self._filtered(func)
            if self._node.pipeline.is_batched:
                raise Error("a condition on keys is about samples, and these are batches: filter before batch")
            return self._filtered(func.resolved(self.schema))
        kept = self._identified()._apply("filter", function=SampleDrawing(func, draw_seed(seed)))
        return kept._apply("remove", keys=[IDENTITY])

    def _filtered(self, func: Callable[..., bool]) -> Self:
        return self._apply("filter", function=func)

    def filter_by_shape(self, key: str, dim: int, low: int = -1, high: int = -1) -> Self:
        """Keeps the samples whose `key` has from `low` to `high` elements in dimension `dim`. A negative bound means
        no bound.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1]}, {"x": [1, 2]}, {"x": [1, 2, 3]}])
        >>> [s["x"].tolist() for s in samples.to_stream().filter_by_shape("x", 0, low=2)]
        [[1, 2], [1, 2, 3]]
        """
        low, high = check.integer(low, "low"), check.integer(high, "high")
        return self._apply(
            "filter_shape",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            low=low if low >= 0 else None,
            high=high if high >= 0 else None,
        )

    # Keys

    def select(self, *keys: str | Iterable[str]) -> Self:
        """Keeps only these keys, in this order. Columns that no key needs are not read.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"a": 1, "b": 2, "c": 3}])
        >>> samples.select("c", "a").keys()
        ['c', 'a']
        """
        return self._apply("select", keys=[name for key in keys for name in check.key_names(key)])

    def filter_key(self, key: str, remove: bool = False) -> Self:
        """Keeps only this key, or with `remove=True` all keys but this one.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"a": 1, "b": 2, "c": 3}])
        >>> samples.filter_key("a").keys(), samples.filter_key("a", remove=True).keys()
        (['a'], ['b', 'c'])
        """
        return self._apply("remove" if remove else "select", keys=[check.key_name(key)])

    def rename_key(self, key: str, output_key: str) -> Self:
        """Gives the value of `key` the name `output_key`, and replaces a value that has this name already.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"a": 1, "b": 2}]).rename_key("a", "c").keys()
        ['c', 'b']
        """
        return self._apply("rename", key=check.key_name(key), to=check.key_name(output_key, "output_key"))

    # Values

    def cast(self, key: str, dtype: DTypeLike, output_key: str = "") -> Self:
        """Converts the elements of `key` to another data type while rows are copied into the batch.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1, 2]}])
        >>> samples.cast("x", "float32")[0]["x"].dtype
        dtype('float32')

        A cast to integers cuts floating-point numbers towards zero, keeps them in the range of the type, and makes NaN
        0. Integers keep their low bits. Everything but zero is true. `bfloat16` needs ml_dtypes.
        """
        return self._apply("cast", key=check.key_name(key), dtype=check.dtype_name(dtype), output=output_key or None)

    def scale(self, key: str, by: float, offset: float = 0.0, output_key: str = "") -> Self:
        """Multiplies the elements of `key`, which must be floating-point numbers, by `by`, and adds `offset`.

        >>> import colonnade as dx
        >>> pixels = dx.buffer_from_vector([{"x": [0, 255]}])
        >>> pixels.cast("x", "float32").scale("x", 1 / 255)[0]["x"].tolist()
        [0.0, 1.0]
        """
        return self._apply(
            "scale",
            key=check.key_name(key),
            by=check.real(by, "by"),
            offset=check.real(offset, "offset"),
            output=output_key or None,
        )

    def normalize(
        self,
        key: str,
        mean: float | Sequence[float] | None = None,
        std: float | Sequence[float] | None = None,
        axis: int = -1,
        output_key: str = "",
    ) -> Self:
        """Computes (value - mean) / std, with one number or one for each channel along `axis`. Integers become float32.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [[0.0, 10.0], [2.0, 30.0]]}])
        >>> samples.normalize("x", mean=[1, 20], std=[1, 10])[0]["x"].tolist()
        [[-1.0, -1.0], [1.0, 1.0]]

        Without `mean` and `std`, the statistics of the complete column are used, which the file stores.
        """
        if (mean is None) != (std is None):
            raise TypeError("mean and std belong together: give both, or neither")
        return self._apply(
            "normalize",
            key=check.key_name(key),
            mean=None if mean is None else check.reals(mean, "mean"),
            deviation=None if std is None else check.reals(std, "std"),
            axis=None if mean is None else check.integer(axis, "axis"),
            output=output_key or None,
        )

    def one_hot(
        self, key: str, num_classes: int | None = None, dtype: DTypeLike = "float32", output_key: str = ""
    ) -> Self:
        """Replaces each integer of `key` by `num_classes` numbers: a 1 at the index given by the integer, and 0
        elsewhere.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"label": 2}]).one_hot("label", 4)[0]["label"].tolist()
        [0.0, 0.0, 1.0, 0.0]

        If the column has class names, `num_classes` may be left out, and -1, which means no class, becomes zeros.
        """
        return self._apply(
            "one_hot",
            key=check.key_name(key),
            count=None if num_classes is None else check.integer(num_classes, "num_classes"),
            dtype=check.dtype_name(dtype),
            output=output_key or None,
        )

    def remove_value(self, key: str, size_key: str, dim: int, value: float, pad: float = 0) -> Self:
        """Removes the elements of `key` that equal `value`, within the valid length of each row. `pad` fills the rest
        of the row.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> rows = {"x": np.array([[1, 0, 2, 9], [0, 3, 9, 9]]), "n": np.array([3, 2])}
        >>> sample = dx.buffer_from_vector([rows]).remove_value("x", "n", 1, 0, pad=-1)[0]
        >>> sample["x"].tolist(), sample["n"].tolist()
        ([[1, 2, -1, -1], [3, -1, -1, -1]], [2, 1])

        `size_key` has the lengths as int64, one for each row along `dim`. The lengths shrink, and the shape stays.
        """
        return self._apply(
            "remove_value",
            key=check.key_name(key),
            size_key=check.key_name(size_key, "size_key"),
            dimension=check.integer(dim, "dim"),
            value=check.real(value, "value"),
            padding=check.real(pad, "pad"),
        )

    def replace(self, key: str, old: str | bytes, replacement: str | bytes, count: int = -1) -> Self:
        """Replaces `old` in the bytes of `key` from left to right, at most `count` times. A negative `count` means no
        limit.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": b"abab"}]).replace("x", "ab", "c")[0]["x"].tobytes()
        b'cc'
        """
        count = check.integer(count, "count")
        return self._apply(
            "replace",
            key=check.key_name(key),
            old=check.as_bytes(old, "old"),
            new=check.as_bytes(replacement, "replacement"),
            max_replacements=count if count >= 0 else None,
        )

    def replace_bytes(self, ikey: str, byte_map: Sequence[str | bytes], output_key: str = "") -> Self:
        """Replaces each byte of `ikey` by the entry of `byte_map` at that index. Bytes beyond the end of the map are
        removed.

        >>> import colonnade as dx
        >>> upper = [chr(i).upper() for i in range(128)]
        >>> dx.buffer_from_vector([{"x": b"abc"}]).replace_bytes("x", upper)[0]["x"].tobytes()
        b'ABC'
        """
        return self._apply(
            "replace_bytes",
            key=check.key_name(ikey, "ikey"),
            map=[check.as_bytes(text, f"byte_map[{place}]") for place, text in enumerate(byte_map)],
            output=output_key or None,
        )

    # Audio

    def load_audio(
        self,
        key: str,
        prefix: str | os.PathLike[str] = "",
        info: bool = False,
        from_memory: bool = False,
        info_type: LoadAudioInfo = LoadAudioInfo.All,
        sample_rate: SupportsIndex = 0,
        resampling_quality: ResamplingQuality = "sinc-fastest",
        info_key: str = "",
        output_key: str = "",
        *,
        channels: Channels = "keep",
        segment_seconds: float | None = None,
        seed: int | None = None,
    ) -> Self:
        """Replaces the name of an audio file by its samples, as float32 of the shape (frames, channels).

        >>> import io, wave
        >>> import colonnade as dx
        >>> file = io.BytesIO()
        >>> with wave.open(file, "wb") as sound:
        ...     sound.setparams((1, 2, 8000, 0, "NONE", ""))
        ...     sound.writeframes(bytes([0, 0x40, 0, 0xC0]))
        >>> samples = dx.buffer_from_vector([{"sound": file.getvalue()}])
        >>> samples.load_audio("sound", from_memory=True)[0]["sound"].tolist()
        [[0.5], [-0.5]]
        >>> samples.load_audio("sound", from_memory=True, info=True)[0]["sound"].tolist()
        [2, 1, 8000]

        WAV and AIFF without compression are read by Colonnade itself, and other formats (FLAC, Ogg Vorbis, Opus, MP3) by
        libsndfile: that of the package `soundfile` if it is installed (`pip install colonnade[audio]`), or that of the system. The
        environment variable `COLONNADE_SNDFILE` can name another. The content of a file determines its format. Whole numbers of n
        bits are divided by 2**(n - 1), and samples of more than 24 bits are rounded to float32.

        With a `sample_rate` above 0, audio of another rate is resampled to it: n frames become n * new // old. The method is
        a sinc in a window with 6, 16 or 64 zero crossings on each side (`"sinc-fastest"`, `"sinc-medium"`, `"sinc-best"`), a line
        between two inputs (`"linear"`) or the last input (`"zero-order-hold"`). `channels="mono"` returns the mean of the channels
        as one.

        `segment_seconds` takes a segment of that length at a random place, or all of audio that is not longer. Only the segment is
        decoded, so that damage elsewhere is not noticed. The place depends on seed, epoch and row alone. Without `seed`, a seed is
        drawn as for `shuffle`. Of lossy formats, the first values of a segment may differ from those of the whole file.

        `info=True` returns properties of the file instead, and `info_key` is a key for them beside the samples: `info_type` says
        which. They are those of the file, before it is resampled.

        Names that are not absolute start in the folder `prefix`. Then files outside of the folder are refused. With
        `from_memory=True` the value is the file itself: `bytes`, or an array of int8 or uint8. WAV, AIFF,
        FLAC, Ogg, MP3, AU, CAF, NIST, VOC, W64 and 8SVX that end early raise, with the row and the file, and so does damage in FLAC
        and Ogg; of other formats, what libsndfile notices. More than 2**28 samples raise too. Lengths may differ from sample to
        sample, and `batch` pads them. It does not pad channels: mono and stereo in one batch raise, unless `channels` is `"mono"`.
        """
        if not isinstance(info_type, LoadAudioInfo):
            raise TypeError(f"info_type must be a LoadAudioInfo, not {type(info_type).__name__}")
        if segment_seconds is None and seed is not None:
            raise TypeError("seed belongs to segment_seconds, whose place it draws")
        rate = check.integer(sample_rate, "sample_rate")
        return self._apply(
            "load_audio",
            key=check.key_name(key),
            folder=os.fsencode(prefix) or None,
            info=bool(info),
            from_memory=bool(from_memory),
            property=info_type.value,
            sample_rate=rate if rate != 0 else None,
            quality=check.choice(resampling_quality, ResamplingQuality, "resampling_quality"),
            channels=check.choice(channels, Channels, "channels"),
            info_key=info_key or None,
            segment_seconds=None if segment_seconds is None else check.real(segment_seconds, "segment_seconds"),
            seed=None if segment_seconds is None else draw_seed(seed),
            output=output_key or None,
        )

    def load_video(
        self,
        key: str,
        prefix: str | os.PathLike[str] = "",
        info: bool = False,
        from_memory: bool = False,
        output_key: str = "",
    ) -> Self:
        """Replaces the name of a video file by its frames, as uint8 of the shape (frames, height, width, 3).

        >>> import io
        >>> import av
        >>> import colonnade as dx
        >>> import numpy as np
        >>> file = io.BytesIO()
        >>> with av.open(file, "w", format="avi") as video:
        ...     stream = video.add_stream("ffv1", rate=10, width=32, height=16)
        ...     for image in np.zeros((3, 16, 32, 3), "uint8"):
        ...         video.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
        ...     video.mux(stream.encode())
        >>> samples = dx.buffer_from_vector([{"video": file.getvalue()}])
        >>> samples.load_video("video", from_memory=True)[0]["video"].shape
        (3, 16, 32, 3)
        >>> samples.load_video("video", from_memory=True, info=True)[0]["video"].tolist()
        [32, 16, 3]

        The package PyAV decodes, with the codecs of its FFmpeg (`pip install colonnade[video]`). Frames are not turned by the
        orientation of the file, and its sound is ignored. `info=True` returns the width, the height and the number of frames
        instead, as int64; the number is that of the header, or of the packets if the header has none.

        Names that are not absolute start in the folder `prefix`. Then files outside of the folder are refused. With
        `from_memory=True` the value is the file itself: `bytes`, or an array of int8 or uint8. The operations on pictures take
        videos, with one choice for all frames.

        This is a function of Python as in `key_transform`: it runs once on the first sample. A file without frames, with
        frames of several sizes, or with more than 2**30 pixels raises, with the row. The limits of a frame are those of
        `load_image`. The formats are ASF, AVI, FLV, GIF, IVF, Matroska and WebM, MP4 and QuickTime, MPEG, MPEG-TS, MXF, NUT, Ogg
        and RealMedia. Other files that a file refers to are not opened.

        Damage raises as far as FFmpeg notices it. A GIF file that ends early always raises, and so does a file with fewer bytes or
        frames than its header says, such as AVI, IVF, Matroska, MP4 and QuickTime. The headers of MPEG-TS, of Matroska that was
        streamed, and of some other formats have neither number: **such a file that ends early may lack its last frames without an
        error**, and the last of those that remain may be decoded in part.
        """
        made, source = self, check.key_name(key)
        if not from_memory:
            made = made.load_file(key, prefix, output_key)
            source = output_key or source
        return made.key_transform(source, DecodedVideo(bool(info)), output_key)

    def resample_audio(
        self,
        key: str,
        sample_rate: SupportsIndex,
        input_sample_rate: SupportsIndex = 0,
        info_key: str = "",
        resampling_quality: ResamplingQuality = "sinc-fastest",
        output_key: str = "",
    ) -> Self:
        """Changes the sample rate of audio, float32 of the shape (frames,) or (frames, channels): n frames become n * new // old.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"sound": np.array([[0], [1], [3]], "float32")}])
        >>> samples.resample_audio("sound", 16_000, 8_000, resampling_quality="linear")[0]["sound"].ravel().tolist()
        [0.0, 0.5, 1.0, 2.0, 3.0, 1.5]

        The rate before is `input_sample_rate`, or in the key `info_key`: an integer, or the last of three, as `load_audio` returns
        them. Exactly one of the two must be given. `load_audio` has the methods of `resampling_quality`.
        """
        rate = check.integer(input_sample_rate, "input_sample_rate")
        return self._apply(
            "resample_audio",
            key=check.key_name(key),
            sample_rate=check.integer(sample_rate, "sample_rate"),
            input_sample_rate=rate if rate != 0 else None,
            info_key=info_key or None,
            quality=check.choice(resampling_quality, ResamplingQuality, "resampling_quality"),
            output=output_key or None,
        )

    # Tokens

    def tokenize(
        self,
        key: str,
        trie: CharTrie,
        mode: TokenizeMode = TokenizeMode.Shortest,
        ignore_unk: bool = False,
        trie_key_scores: Sequence[float] = (),
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Replaces the text or bytes of `key` by the ids of its tokens, as int64.

        >>> import colonnade as dx
        >>> trie = dx.core.CharTrie()
        >>> nodes = [trie.insert(token) for token in ["a", "b", "ab"]]
        >>> dx.buffer_from_vector([{"text": b"aab"}]).tokenize("text", trie)[0]["text"].tolist()
        [0, 2]

        The ids have the smallest sum of `trie_key_scores`, which has a score for each id from 0 to the largest; without scores,
        they are the fewest. Of several ways with that sum, it is the one whose first token is longer. Bytes that are part of no
        token raise, or are skipped with `ignore_unk`, as few as possible.

        `mode=TokenizeMode.Rand` takes one of all ways: at each token, all tokens that can continue are equally probable. The choice
        depends on seed, epoch and row alone: it differs from epoch to epoch of a stream, and is the same for any number of threads.
        Without `seed`, a seed is drawn as for `shuffle`.

        The tokens at the time of the call count, and are part of the plan. Tokenize before `batch`, which pads.
        """
        if not isinstance(mode, TokenizeMode):
            raise TypeError(f"mode must be a TokenizeMode, not {type(mode).__name__}")
        if mode is TokenizeMode.Shortest and seed is not None:
            raise TypeError("seed belongs to mode=TokenizeMode.Rand, which draws")
        return self._apply(
            "tokenize",
            key=check.key_name(key),
            **check_trie(trie)._arguments(),
            scores=check.reals(trie_key_scores, "trie_key_scores") or None,
            ignore_unknown=bool(ignore_unk),
            seed=draw_seed(seed) if mode is TokenizeMode.Rand else None,
            output=output_key or None,
        )

    def tokenize_bpe(self, key: str, symbols: CharTrie, merges: BPEMerges, output_key: str = "") -> Self:
        """Replaces the text or bytes of `key` by the ids of its tokens by byte-pair encoding, as int64.

        >>> import colonnade as dx
        >>> symbols, merges = dx.core.CharTrie(), dx.core.BPEMerges()
        >>> nodes = [symbols.insert(letter) for letter in "abc"]
        >>> merges.add("a", "b", 3)
        >>> dx.buffer_from_vector([{"text": b"abc"}]).tokenize_bpe("text", symbols, merges)[0]["text"].tolist()
        [3, 2]

        The text is cut into the longest symbols, and then neighbours are merged: the merge with the lowest rank comes first, and of
        several the leftmost. Bytes at which no symbol begins raise. `tokenizer_helpers` reads symbols and merges from files.

        The symbols and merges at the time of the call count, and are part of the plan. Tokenize before `batch`, which pads.
        """
        return self._apply(
            "tokenize_bpe",
            key=check.key_name(key),
            **check_trie(symbols, "symbols")._arguments(),
            **check_merges(merges)._arguments(),
            output=output_key or None,
        )

    # Files

    def load_file(self, key: str, prefix: str | os.PathLike[str] = "", output_key: str = "") -> Self:
        """Replaces the path of a file by the contents of the file, as bytes.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "one.txt").write_text("hello")
        >>> dx.buffer_from_vector([{"x": b"one.txt"}]).load_file("x", folder)[0]["x"].tobytes()
        b'hello'

        With `prefix`, paths start in that folder, and a file outside of it is an error. A missing file, and anything but a
        regular file, such as a folder or a pipe, raises with row, key and path.
        """
        return self._apply(
            "load_file", key=check.key_name(key), folder=os.fsencode(prefix) or None, output=output_key or None
        )

    def load_numpy(
        self,
        key: str,
        prefix: str | os.PathLike[str] = "",
        from_memory: bool = False,
        output_key: str = "",
        *,
        dtype: DTypeLike | None = None,
        ndim: int | None = None,
    ) -> Self:
        """Replaces the path of an `.npy` file by the array in it; with `from_memory`, the contents of the file.

        >>> import colonnade as dx
        >>> import io, numpy as np
        >>> file = io.BytesIO()
        >>> np.save(file, np.arange(6.0).reshape(2, 3))
        >>> samples = dx.buffer_from_vector([{"x": file.getvalue()}])
        >>> samples.load_numpy("x", from_memory=True)[0]["x"].shape
        (2, 3)

        All versions of the format are read: numbers, in any byte order, in C or Fortran order. All arrays must have one data
        type and number of dimensions. Without `dtype` and `ndim`, this call reads the file of the first sample to learn them, as
        does `from_plan`. With `prefix`, paths start in that folder, and a file outside of it is an error. A file that is
        truncated or no `.npy` file raises with row, key and path.
        """
        return self._apply(
            "load_numpy",
            key=check.key_name(key),
            folder=os.fsencode(prefix) or None,
            from_memory=bool(from_memory),
            dtype=None if dtype is None else check.dtype_name(dtype),
            rank=None if ndim is None else check.integer(ndim, "ndim"),
            output=output_key or None,
        )

    def read_from_tar(
        self,
        tarkey: str | os.PathLike[str],
        ikey: str,
        okey: str,
        prefix: str | os.PathLike[str] = "",
        tar_prefix: str | os.PathLike[str] = "",
        from_key: bool = False,
        file_fetcher: FileFetcher | None = None,
        nested: bool = False,
        num_threads: int = 1,
    ) -> Self:
        """Adds the contents of the file that `ikey` names in the tar archive `tarkey`, as uint8 under `okey`. With
        `from_key`, `tarkey` is the key of the archive's path.

        >>> import colonnade as dx
        >>> import io, pathlib, tarfile, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.tar"
        >>> with tarfile.open(path, "w") as archive:
        ...     for name in ("a.txt", "b.txt"):
        ...         member = tarfile.TarInfo(name)
        ...         member.size = 5
        ...         archive.addfile(member, io.BytesIO(name.encode()))
        >>> files = dx.files_from_tar(path)
        >>> [s["x"].tobytes() for s in files.read_from_tar(path, "file", "x")]
        [b'a.txt', b'b.txt']

        Nothing is unpacked. The headers of an archive are read once: by this call, or with `from_key` when a sample names the
        archive first. After that each sample costs one read at the place of its file. Names in the archive start in the
        folder `prefix`, unless they begin with `/`. They are names only: `../x` is the member of that name, and no path of the
        system. Archives start in the folder `tar_prefix`; with `from_key`, one outside of it is an error.

        With `nested`, members that end in `.tar` are folders, as in `files_from_tar`. `file_fetcher` brings the archive to this
        machine. `num_threads` is ignored. A name that no file has, and an archive that changed after its headers were read,
        raise with the row.
        """
        archive: str | bytes
        if from_key:
            archive = check.key_name(os.fspath(tarkey), "tarkey")
            if file_fetcher is not None:
                fetched = self.key_transform(archive, Fetching(file_fetcher, tar_prefix), _FETCHED)
                made = fetched.read_from_tar(_FETCHED, ikey, okey, prefix, from_key=True, nested=nested)
                return made._apply("remove", keys=[_FETCHED])
        else:
            archive = os.fsencode(local_file(tarkey, tar_prefix, file_fetcher))
        return self._apply(
            "read_from_tar",
            key=check.key_name(ikey, "ikey"),
            output=check.key_name(okey, "okey"),
            archive=archive,
            from_key=bool(from_key),
            folder=os.fsencode(tar_prefix) or None if from_key else None,
            prefix=os.fsencode(prefix) or None,
            nested=bool(nested),
        )

    # Files of pictures

    def load_image(
        self,
        key: str,
        prefix: str | os.PathLike[str] = "",
        info: bool = False,
        format: str = "RGB",
        from_memory: bool = False,
        output_key: str = "",
        *,
        alpha: Alpha = "drop",
        orientation: Orientation = "keep",
        channels: ImageChannels = "stored",
        draft: bool = False,
    ) -> Self:
        """Replaces the name of a picture file by its pixels, as uint8 of the shape (height, width, channels).

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"image": b"P5 2 1 255 ab"}])  # a file in PGM, as bytes
        >>> samples.load_image("image", from_memory=True)[0]["image"].tolist()
        [[[97], [98]]]

        JPEG, PNG, WebP, BMP, PNM, TGA and the first frame of GIF are read; the first bytes of a file determine its format. JPEG
        pictures have three channels, also gray ones. Other gray pictures have one, or two if they have alpha. Palettes are
        expanded, samples of 16 bits are cut to 8, and CMYK becomes RGB. Colored pictures lose their alpha, unless
        `alpha="keep"`. `orientation="apply"` turns pictures upright by the orientation in their EXIF data. `channels="rgb"` gives
        every picture three channels: gray values are repeated, and alpha is left out. `normalize` with a number for each channel
        needs that, since pictures have several numbers of channels otherwise.

        Operations on pictures that follow, such as `image_random_resized_crop`, decide by the size in the header of the file, and
        only the pixels that they need are decoded. Several crops of one picture decode it once. Of JPEG, PNG and WebP files, data
        below these pixels are not read, except to see that the file does not end early: damage there raises nothing then.

        With `draft=True`, a JPEG picture that becomes at most half as high and wide next, by `image_resize` or
        `image_random_resized_crop`, is decoded with a half, a quarter or an eighth of its height and width: as small as the
        operation permits without enlarging, as by Pillow's `draft`. That is faster, and the pixels differ: a
        little, and more with `antialias=False`.

        Names that are not absolute start in the folder `prefix`. Then files outside of the folder are refused. With
        `from_memory=True` the value is the file itself: `bytes`, or an array of int8 or uint8.

        `info=True` returns the width and height instead, as int64, and decodes no pixel. `format` must be `"RGB"`.

        A picture that is damaged, ends early or has more than 2**28 pixels raises, with the row and the file. Sizes may differ
        from sample to sample, and `batch` pads them. It does not pad channels: gray and colored pictures in one batch raise, with
        the row. Give `channels="rgb"` for such files.
        """
        if format != "RGB":
            raise Error(f'format must be "RGB", not {format!r}')
        return self._apply(
            "load_image",
            key=check.key_name(key),
            folder=os.fspath(prefix),
            info=bool(info),
            from_memory=bool(from_memory),
            alpha=check.choice(alpha, Alpha, "alpha"),
            orientation=check.choice(orientation, Orientation, "orientation"),
            channels=check.choice(channels, ImageChannels, "channels"),
            draft=bool(draft),
            output=output_key or None,
        )

    def save_image(
        self,
        key: str,
        filename_key: str,
        prefix: str | os.PathLike[str],
        filenamePrefix: str = "",
        *,
        quality: int = 80,
    ) -> Self:
        """Writes each picture as a JPEG file in the folder `prefix` when its sample is computed, and returns the sample unchanged.

        >>> import colonnade as dx
        >>> import numpy as np, pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> samples = dx.buffer_from_vector([{"image": np.zeros((4, 6, 3), "uint8"), "name": "black.png"}])
        >>> sample = samples.save_image("image", "name", folder)[0]
        >>> [path.name for path in folder.iterdir()]
        ['black.jpg']

        The name of the file is `filenamePrefix` and the value of `filename_key`, with `.jpg` in place of its
        suffix, which begins at the last dot: `a.0001` and `a.0002` are one file. The picture is uint8 of the shape (height, width,
        1 or 3); frames of a film, (frames, height, width, 1 or 3), get a number each, as in `film.000000.jpg`.

        A file appears under its name when it is complete, and replaces a file of that name. The folder must exist, and files
        outside of it are refused. Streams that prefetch may write pictures of samples that are never taken.
        """
        return self._apply(
            "save_image",
            key=check.key_name(key),
            name_key=check.key_name(filename_key, "filename_key"),
            folder=os.fspath(prefix),
            prefix=os.fspath(filenamePrefix),
            quality=check.integer(quality, "quality"),
        )

    # Shapes

    def shape(self, key: str, output_key: str, dim: int | None = None) -> Self:
        """Stores the shape of `key` under `output_key` as int64: all sizes, or with `dim` the size of one dimension as
        a scalar.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"x": np.zeros((2, 3))}])
        >>> samples.shape("x", "s")[0]["s"].tolist(), int(samples.shape("x", "n", 1)[0]["n"])
        ([2, 3], 3)
        """
        return self._apply(
            "shape",
            key=check.key_name(key),
            output=check.key_name(output_key, "output_key"),
            dimension=None if dim is None else check.integer(dim, "dim"),
        )

    def reshape(self, key: str, shape: Sequence[int], output_key: str = "") -> Self:
        """Gives the elements of `key` another shape. One dimension may be -1: the others determine it.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2, 3, 4]}]).reshape("x", (2, -1))[0]["x"].tolist()
        [[1, 2], [3, 4]]
        """
        return self._apply(
            "reshape", key=check.key_name(key), shape=check.integers(shape, "shape"), output=output_key or None
        )

    def squeeze(self, key: str, dim: int | Sequence[int] | None = None, output_key: str = "") -> Self:
        """Removes dimensions of size 1 from `key`: all of them, or those in `dim`, which must have that size.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [[[1, 2]]]}]).squeeze("x")[0]["x"].tolist()
        [1, 2]
        """
        dimensions = [] if dim is None else check.integers(dim, "dim")
        return self._apply("squeeze", key=check.key_name(key), dimensions=dimensions or None, output=output_key or None)

    def slice(
        self,
        ikey: str,
        dims: int | Sequence[int],
        starts: int | Sequence[int],
        ends: int | Sequence[int],
        output_key: str = "",
    ) -> Self:
        """Keeps a part of `ikey`: in each of `dims`, the elements from its start up to before its end.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [[1, 2, 3], [4, 5, 6]]}])
        >>> samples.slice("x", [0, 1], [1, 0], [2, 2])[0]["x"].tolist()
        [[4, 5]]

        An end after the last element means the last element. A start that is negative or after its end is an error.
        """
        lists = {
            "dims": check.integers(dims, "dims"),
            "starts": check.integers(starts, "starts"),
            "ends": check.integers(ends, "ends"),
        }
        check.paired(**lists)
        return self._apply(
            "slice",
            key=check.key_name(ikey, "ikey"),
            dimensions=lists["dims"],
            starts=lists["starts"],
            ends=lists["ends"],
            output=output_key or None,
        )

    def random_slice(
        self,
        ikey: str,
        dims: int | Sequence[int],
        sizes: int | Sequence[int],
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Keeps a part of `ikey` at a random offset: `sizes` elements in each of `dims`, or all where the dimension is
        shorter.

        >>> import colonnade as dx
        >>> part = dx.buffer_from_vector([{"x": list(range(100))}]).random_slice("x", 0, 3)[0]["x"]
        >>> (part - part[0]).tolist()
        [0, 1, 2]

        The offset depends on seed, epoch and row alone. It differs from epoch to epoch of a stream, and is the same for
        any number of threads. Without `seed`, a seed is drawn as for `shuffle`.
        """
        lists = {"dims": check.integers(dims, "dims"), "sizes": check.integers(sizes, "sizes")}
        check.paired(**lists)
        return self._apply(
            "random_slice",
            key=check.key_name(ikey, "ikey"),
            dimensions=lists["dims"],
            sizes=lists["sizes"],
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def pad(self, key: str, dim: int, lpad: int, rpad: int, pad_value: float, output_key: str = "") -> Self:
        """Adds `lpad` elements before `key` and `rpad` elements after it in dimension `dim`.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2]}]).pad("x", 0, 1, 2, -1)[0]["x"].tolist()
        [-1, 1, 2, -1, -1]
        """
        return self._apply(
            "pad",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            before=check.integer(lpad, "lpad"),
            after=check.integer(rpad, "rpad"),
            value=check.real(pad_value, "pad_value"),
            output=output_key or None,
        )

    def pad_to_size(self, key: str, dim: int, size: int, pad_value: float, output_key: str = "") -> Self:
        """Adds elements after `key` until dimension `dim` has `size` of them. Longer values stay as they are.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2]}]).pad_to_size("x", 0, 4, 0)[0]["x"].tolist()
        [1, 2, 0, 0]
        """
        return self._apply(
            "pad_to_size",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            size=check.integer(size, "size"),
            value=check.real(pad_value, "pad_value"),
            output=output_key or None,
        )

    def pad_to_multiple(self, key: str, dim: int, pad_multiple: int, pad_value: float, output_key: str = "") -> Self:
        """Adds elements after `key` until the size of dimension `dim` is a multiple of `pad_multiple`. An empty
        dimension stays empty.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2, 3]}]).pad_to_multiple("x", 0, 2, 0)[0]["x"].tolist()
        [1, 2, 3, 0]
        """
        return self._apply(
            "pad_to_multiple",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            multiple=check.integer(pad_multiple, "pad_multiple"),
            value=check.real(pad_value, "pad_value"),
            output=output_key or None,
        )

    # Pictures

    def image_center_crop(self, key: str, w: int, h: int, output_key: str = "") -> Self:
        """Keeps the middle of a picture: `w` pixels of its width and `h` pixels of its height.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.zeros((6, 9, 3), "uint8")}])
        >>> samples.image_center_crop("image", 5, 4)[0]["image"].shape
        (4, 5, 3)

        A picture is an array (height, width, channels) with 1 to 4 channels, of any data type here. An array (frames,
        height, width, channels) is a video, whose frames are all cropped. A picture that is smaller is an error.
        """
        return self._apply(
            "image_center_crop",
            key=check.key_name(key),
            width=check.integer(w, "w"),
            height=check.integer(h, "h"),
            output=output_key or None,
        )

    def image_random_crop(
        self, key: str, w: int, h: int, output_key: str = "", *, padding: int = 0, seed: int | None = None
    ) -> Self:
        """Keeps `w` × `h` pixels of a picture at a random place, after it got `padding` pixels of zeros on each side.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.ones((32, 32, 3), "uint8")}])
        >>> samples.image_random_crop("image", 32, 32, padding=4)[0]["image"].shape
        (32, 32, 3)

        Pictures and videos are those of `image_center_crop`; all frames of a video are cropped at the same place. The
        place depends on seed, epoch and row alone. It differs from epoch to epoch of a stream, and is the same for any
        number of threads. Without `seed`, a seed is drawn as for `shuffle`.
        """
        return self._apply(
            "image_random_crop",
            key=check.key_name(key),
            width=check.integer(w, "w"),
            height=check.integer(h, "h"),
            padding=check.integer(padding, "padding"),
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def image_random_area_crop(
        self,
        key: str,
        area_range: tuple[float, float],
        aspect_ratio_range: tuple[float, float],
        num_trial: int = 10,
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Keeps a part of a picture with a random area, form and place.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.zeros((20, 30, 3), "uint8")}])
        >>> h, w, _ = samples.image_random_area_crop("image", (0.25, 0.25), (1, 1))[0]["image"].shape
        >>> h, w
        (10, 15)

        `area_range` is relative to the area of the picture. `aspect_ratio_range` is the ratio of width to height
        **relative to that of the picture**, so 1 keeps its form; `image_random_resized_crop` has ratios of pixels. A
        trial draws a width and then a height; if none of `num_trial` trials finds a part in both ranges, the picture is
        returned complete. Pictures, videos and `seed` are those of `image_random_crop`.
        """
        return self._apply(
            "image_random_area_crop",
            key=check.key_name(key),
            area=check.reals(area_range, "area_range"),
            aspect=check.reals(aspect_ratio_range, "aspect_ratio_range"),
            trials=check.integer(num_trial, "num_trial"),
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def image_random_resized_crop(
        self,
        key: str,
        w: int,
        h: int,
        output_key: str = "",
        *,
        area: tuple[float, float] = (0.08, 1),
        aspect: tuple[float, float] = (3 / 4, 4 / 3),
        filter: ResizeFilter = "triangle",
        antialias: bool = True,
        seed: int | None = None,
    ) -> Self:
        """Resizes a part of a picture with a random area, form and place to `w` × `h` pixels.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.zeros((375, 500, 3), "uint8")}])
        >>> samples.image_random_resized_crop("image", 224, 224)[0]["image"].shape
        (224, 224, 3)

        The law is that of torchvision's `RandomResizedCrop`: `area` is relative to the area of the picture, and
        `aspect` is the ratio of width to height of the part, whose logarithm is drawn uniformly. If ten trials draw no
        part inside the picture, the part is its middle. Only the part is read, and the result is computed in one pass.
        `filter` and `antialias` are those of `image_resize`; pictures, videos and `seed` those of `image_random_crop`.
        """
        return self._apply(
            "image_random_resized_crop",
            key=check.key_name(key),
            width=check.integer(w, "w"),
            height=check.integer(h, "h"),
            area=check.reals(area, "area"),
            aspect=check.reals(aspect, "aspect"),
            filter=check.choice(filter, ResizeFilter, "filter"),
            antialias=bool(antialias),
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def image_random_h_flip(
        self, key: str, prob: float = 0.5, output_key: str = "", *, seed: int | None = None
    ) -> Self:
        """Mirrors a picture with the probability `prob`: left and right change places.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"image": [[[1], [2], [3]]]}])
        >>> samples.image_random_h_flip("image", 1)[0]["image"].ravel().tolist()
        [3, 2, 1]

        Pictures, videos and `seed` are those of `image_random_crop`.
        """
        return self._flip("image_random_h_flip", key, prob, output_key, seed)

    def image_random_v_flip(
        self, key: str, prob: float = 0.5, output_key: str = "", *, seed: int | None = None
    ) -> Self:
        """Mirrors a picture with the probability `prob`: top and bottom change places.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"image": [[[1]], [[2]]]}])
        >>> samples.image_random_v_flip("image", 1)[0]["image"].ravel().tolist()
        [2, 1]

        Pictures, videos and `seed` are those of `image_random_crop`.
        """
        return self._flip("image_random_v_flip", key, prob, output_key, seed)

    def _flip(self, operation: str, key: str, prob: float, output_key: str, seed: int | None) -> Self:
        return self._apply(
            operation,
            key=check.key_name(key),
            probability=check.real(prob, "prob"),
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def image_random_erasing(
        self,
        key: str,
        prob: float = 0.5,
        output_key: str = "",
        *,
        area: tuple[float, float] = (0.02, 0.33),
        aspect: tuple[float, float] = (0.3, 3.3),
        value: float = 0,
        seed: int | None = None,
    ) -> Self:
        """Replaces a part of a picture with a random area, form and place by `value`, with the probability `prob`.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.ones((32, 32, 3), "uint8")}])
        >>> erased = samples.image_random_erasing("image", 1)[0]["image"] == 0
        >>> bool(0.01 < erased.mean() < 0.35)
        True

        The law is that of torchvision's `RandomErasing`: `area` is relative to the area of the picture, and `aspect` is
        the ratio of height to width of the part, whose logarithm is drawn uniformly. If ten trials draw no part that is
        smaller than the picture, nothing is replaced. Pictures, videos and `seed` are those of `image_random_crop`.
        """
        return self._apply(
            "image_random_erasing",
            key=check.key_name(key),
            probability=check.real(prob, "prob"),
            area=check.reals(area, "area"),
            aspect=check.reals(aspect, "aspect"),
            value=check.real(value, "value"),
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def image_color_jitter(
        self,
        key: str,
        brightness: float | tuple[float, float] = 0,
        contrast: float | tuple[float, float] = 0,
        saturation: float | tuple[float, float] = 0,
        hue: float | tuple[float, float] = 0,
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Changes brightness, contrast, saturation and hue of a picture by random factors, in random order.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.full((1, 1, 3), 100, "uint8")}])
        >>> samples.image_color_jitter("image", brightness=(0.5, 0.5))[0]["image"].tolist()
        [[[50, 50, 50]]]

        The definitions are those of torchvision's `ColorJitter` on tensors. Two numbers are a range of factors; one
        number `b` means the range from `max(0, 1 - b)` to `1 + b`, and for the hue, a part of the colour circle of at
        most 0.5, from `-b` to `b`. The picture has 1 or 3 channels, and is uint8, or float32 from 0 to 1. A picture of 1
        channel keeps saturation and hue. `seed` is that of `image_random_crop`.
        """

        def factors(value: float | tuple[float, float], name: str) -> list[float]:
            numbers = check.reals(value, name)
            if len(numbers) != 1:
                return numbers
            if numbers[0] < 0:
                raise Error(f"{name} must be at least 0, or a range of two numbers, not {numbers[0]}")
            return [max(0.0, 1 - numbers[0]), 1 + numbers[0]] if name != "hue" else [0 - numbers[0], numbers[0]]

        return self._apply(
            "image_color_jitter",
            key=check.key_name(key),
            brightness=factors(brightness, "brightness"),
            contrast=factors(contrast, "contrast"),
            saturation=factors(saturation, "saturation"),
            hue=factors(hue, "hue"),
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def image_rand_augment(
        self, key: str, num_ops: int = 2, magnitude: int = 9, output_key: str = "", *, seed: int | None = None
    ) -> Self:
        """Changes a picture by `num_ops` random operations of one strength: RandAugment (https://arxiv.org/abs/1909.13719).

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.zeros((8, 8, 3), "uint8")}])
        >>> samples.image_rand_augment("image", num_ops=2, magnitude=9, seed=1)[0]["image"].shape
        (8, 8, 3)

        Each is drawn from 14, by the law of torchvision's `RandAugment` on tensors: no change, shears and shifts in both
        directions, rotation, brightness, saturation, contrast, sharpness, posterize, solarize, automatic contrast, equalize.
        The magnitude is from 0 to 30. The picture has 1 or 3 channels of uint8, and keeps its size; pixels from outside of it
        are zeros. `seed` is that of `image_random_crop`.
        """
        return self._apply(
            "image_rand_augment",
            key=check.key_name(key),
            num_ops=check.integer(num_ops, "num_ops"),
            magnitude=check.integer(magnitude, "magnitude"),
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def mixup(self, key: str, label_key: str, alpha: float = 1.0, *, seed: int | None = None) -> Self:
        """Mixes each sample of a batch with the one before it, and the first one with the last one, and their labels.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [0.0, 1.0], "label": 0}, {"x": [1.0, 0.0], "label": 1}])
        >>> batches = samples.cast("x", "float32").one_hot("label", 2).batch(2).mixup("x", "label", seed=1)
        >>> bool((batches[0]["x"].sum(axis=1) == 1).all() and (batches[0]["label"].sum(axis=1) == 1).all())
        True

        Values and labels, which are float32, become `share * own + (1 - share) * other`. The share of a batch has the
        distribution Beta(`alpha`, `alpha`); it depends on seed, epoch and the first row of the batch. Without `seed`, a
        seed is drawn as for `shuffle`.
        """
        return self._mixed("mixup", key, label_key, alpha, seed)

    def cutmix(self, key: str, label_key: str, alpha: float = 1.0, *, seed: int | None = None) -> Self:
        """Replaces a rectangle of each picture of a batch by that of the picture before it, and mixes the labels.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> rows = [{"image": np.full((8, 8, 3), i, "uint8"), "label": i} for i in range(2)]
        >>> batch = dx.buffer_from_vector(rows).one_hot("label", 2).batch(2).cutmix("image", "label", seed=1)[0]
        >>> bool(np.allclose(batch["image"].mean(axis=(1, 2, 3)), batch["label"][:, 1]))
        True

        The rectangle has any place. Its area is drawn so that the share of the picture that stays has the distribution
        Beta(`alpha`, `alpha`), and ends where the picture ends; the labels, which are float32, are mixed by the areas. The
        rectangle is the same for all pictures of a batch. `seed` is that of `mixup`.
        """
        return self._mixed("cutmix", key, label_key, alpha, seed)

    def _mixed(self, operation: str, key: str, label_key: str, alpha: float, seed: int | None) -> Self:
        return self._apply(
            operation,
            key=check.key_name(key),
            label_key=check.key_name(label_key, "label_key"),
            alpha=check.real(alpha, "alpha"),
            seed=draw_seed(seed),
        )

    def image_resize(
        self,
        key: str,
        w: int,
        h: int,
        output_key: str = "",
        *,
        filter: ResizeFilter = "triangle",
        antialias: bool = True,
    ) -> Self:
        """Changes the size of a picture to `w` × `h` pixels.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"image": [[[0.0], [1.0], [2.0], [3.0]]]}]).cast("image", "float32")
        >>> samples.image_resize("image", 2, 1, filter="nearest")[0]["image"].ravel().tolist()
        [1.0, 3.0]

        `filter` is `"triangle"`, which others call bilinear, `"bicubic"`, or `"nearest"`. A smaller result is the weighted
        mean of all pixels; with `antialias=False` it interpolates between the closest ones. The values are those of
        Pillow's `resize` called first across and then down; one call may go down first. A picture has 1 to 4 channels and is
        uint8 or float32; with `"nearest"`, as for masks of classes, it has any data type. An array of four dimensions is a video.
        """
        return self._apply(
            "image_resize",
            key=check.key_name(key),
            width=check.integer(w, "w"),
            height=check.integer(h, "h"),
            filter=check.choice(filter, ResizeFilter, "filter"),
            antialias=bool(antialias),
            output=output_key or None,
        )

    def image_resize_smallest_side(
        self,
        key: str,
        size: int,
        output_key: str = "",
        *,
        filter: ResizeFilter = "triangle",
        antialias: bool = True,
    ) -> Self:
        """Changes the size of a picture so that its shorter side has `size` pixels, and the other side keeps its form.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.zeros((20, 30, 3), "uint8")}])
        >>> samples.image_resize_smallest_side("image", 7)[0]["image"].shape
        (7, 11, 3)

        The other arguments are those of `image_resize`.
        """
        return self._apply(
            "image_resize_smallest_side",
            key=check.key_name(key),
            size=check.integer(size, "size"),
            filter=check.choice(filter, ResizeFilter, "filter"),
            antialias=bool(antialias),
            output=output_key or None,
        )

    def image_rotate(self, key: str, angle: float, crop: bool = False, output_key: str = "") -> Self:
        """Turns a picture clockwise by `angle` degrees. Pixels that come from outside the picture are zeros.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"image": [[[1], [2], [3]], [[4], [5], [6]]]}])
        >>> samples.image_rotate("image", 90)[0]["image"].squeeze().tolist()
        [[4, 1], [5, 2], [6, 3]]

        The result contains the complete turned picture. With `crop` it has the size of the picture. Each pixel is the one
        in which its centre lies. Pictures and videos are those of `image_center_crop`.
        """
        return self._apply(
            "image_rotate",
            key=check.key_name(key),
            angle=check.real(angle, "angle"),
            crop=bool(crop),
            output=output_key or None,
        )

    def image_channel_reduction(self, key: str, preset: ChannelPreset = "default", output_key: str = "") -> Self:
        """Makes a picture of one channel of red, green and blue.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.array([[[255, 0, 0]]], "uint8")}])
        >>> samples.image_channel_reduction("image", "rec709")[0]["image"].tolist()
        [[[54]]]

        `preset` has the weights: `"default"` or `"rec601"`, `"rec709"`, `"rec2020"`, or `"green"` alone. The sum is
        truncated, as in MLX Data. The picture or video is uint8 with 3 channels.
        """
        return self._apply(
            "image_channel_reduction",
            key=check.key_name(key),
            preset=check.choice(preset, ChannelPreset, "preset"),
            output=output_key or None,
        )

    def image_layout(self, key: str, layout: PictureLayout, output_key: str = "") -> Self:
        """Moves the channels of a picture: `"chw"` makes a plane of each channel, `"hwc"` moves them back to the end.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"image": np.zeros((4, 5, 3), "uint8")}])
        >>> samples.image_layout("image", "chw")[0]["image"].shape
        (3, 4, 5)

        The picture has the other layout. An array of four dimensions is a video. The other operations on pictures need
        the channels at the end.
        """
        return self._apply(
            "image_layout",
            key=check.key_name(key),
            layout=check.choice(layout, PictureLayout, "layout"),
            output=output_key or None,
        )

    # Order

    def take(self, count: int) -> Self:
        """Keeps the first `count` samples or batches, or all if there are fewer.

        >>> import colonnade as dx
        >>> [int(s["x"]) for s in dx.buffer_from_vector([{"x": i} for i in range(5)]).take(2)]
        [0, 1]

        This is a selection: a shuffle before it has the order of epoch 0 in every epoch, see `Buffer.shuffle`.
        """
        return self._apply("prefix", length=check.integer(count, "count"))

    def skip(self, count: int) -> Self:
        """Skips the first `count` samples or batches, in constant time where samples have an index.

        >>> import colonnade as dx
        >>> [int(s["x"]) for s in dx.buffer_from_vector([{"x": i} for i in range(5)]).skip(3)]
        [3, 4]

        This is a selection: a shuffle before it has the order of epoch 0 in every epoch, see `Buffer.shuffle`.
        """
        return self._apply("drop_first", length=check.integer(count, "count"))

    def partition(self, num_partitions: int, partition: int) -> Self:
        """Keeps every `num_partitions`-th sample, beginning with index `partition`. Each sample is in exactly one
        partition.

        >>> import colonnade as dx
        >>> [int(s["x"]) for s in dx.buffer_from_vector([{"x": i} for i in range(5)]).partition(2, 1)]
        [1, 3]

        This is a selection: a shuffle before it has the order of epoch 0 in every epoch, see `Buffer.shuffle`. For
        ranks that train together use `shard`, which gives each rank as many samples as the others and follows the
        epoch.
        """
        return self._apply(
            "partition",
            index=check.integer(partition, "partition"),
            count=check.integer(num_partitions, "num_partitions"),
        )

    @overload
    def shard(self, key: str, num_shards: int, output_key: str = "") -> Self: ...
    @overload
    def shard(self, key: Literal["auto"], *, remainder: Remainder = "drop", mask_key: str = "") -> Self: ...
    @overload
    def shard(self, key: int, num_shards: int, *, remainder: Remainder = "drop", mask_key: str = "") -> Self: ...
    @overload
    def shard(self, *, rank: int, of: int, remainder: Remainder = "drop", mask_key: str = "") -> Self: ...
    def shard(
        self,
        key: str | int | None = None,
        num_shards: int | None = None,
        output_key: str = "",
        *,
        rank: int | None = None,
        of: int | None = None,
        remainder: Remainder = "drop",
        mask_key: str = "",
    ) -> Self:
        """Splits the values of a key, or gives this process its samples. The first argument decides: a key splits, a
        rank chooses.

        `shard(key, num_shards)`, as in MLX Data, splits the first dimension of `key` into `num_shards` parts. The value
        has one dimension more.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [i, i + 1, i + 2, i + 3]} for i in range(5)])
        >>> samples.shard("x", 2)[0]["x"].tolist()
        [[0, 1], [2, 3]]

        `shard(rank, of)` gives one of several processes that train together its share of one order. All ranks get as
        many samples. `shard("auto")` takes both numbers from the launcher. The innermost launcher decides: torchrun or
        mlx.launch, then MPI (Open MPI, MPICH), then a step of Slurm's srun. A script that none of them started, such as
        one of sbatch, is a single process. `explain` names the launcher.

        >>> [s["x"].tolist()[0] for s in samples.shard(rank=1, of=2)]
        [1, 3]

        `remainder` decides about the samples that remain where the number of ranks does not divide the number of
        samples. `"drop"` drops them. `"repeat"` fills the last group with samples from it once more. `"mask"` does that
        too, and marks under `mask_key` which samples are not repeated. Write `shard` as the last step before `batch`:
        then a pass can resume with another number of ranks.

        Steps that would leave ranks with unequal numbers of samples are errors after `shard`: `filter`,
        `filter_by_shape`, `dynamic_batch`, `pack`, `sliding_window` over values of several lengths, readers of files
        that samples name, and a function of `sample_transform` that drops a sample. Write them before it: each rank
        then decides about all samples, and makes its own.
        """
        if key is not None and (rank is not None or of is not None):
            raise TypeError("shard takes a key and a number of shards, or rank= and of=, and not both")
        if isinstance(key, str) and not (key == "auto" and num_shards is None):
            if num_shards is None:
                raise TypeError(f'shard("{key}") needs num_shards; for the rank of this process, say shard("auto")')
            return self._apply(
                "split", key=key, count=check.integer(num_shards, "num_shards"), output=output_key or None
            )
        check.choice(remainder, Remainder, "remainder")
        if remainder != "mask" and mask_key:
            raise Error('mask_key needs remainder="mask"')
        common: dict[str, Any] = {"remainder": remainder, "mask_key": mask_key or None}
        if key == "auto":
            return self._apply("shard_automatic", **common)
        if key is not None:
            if not isinstance(key, SupportsIndex):
                raise TypeError(f'shard takes a key (str), a rank (int) or "auto", not {type(key).__name__}')
            rank, of = key, num_shards
        if rank is None or of is None:
            raise TypeError('shard needs a key and num_shards, a rank and the number of ranks, or "auto"')
        return self._apply("shard", rank=check.integer(rank, "rank"), of=check.integer(of, "of"), **common)

    @overload
    def shard_if(self, cond: bool, key: str, num_shards: int, output_key: str = "") -> Self: ...
    @overload
    def shard_if(
        self, cond: bool, key: Literal["auto"], *, remainder: Remainder = "drop", mask_key: str = ""
    ) -> Self: ...
    @overload
    def shard_if(
        self, cond: bool, key: int, num_shards: int, *, remainder: Remainder = "drop", mask_key: str = ""
    ) -> Self: ...
    @overload
    def shard_if(
        self, cond: bool, *, rank: int, of: int, remainder: Remainder = "drop", mask_key: str = ""
    ) -> Self: ...
    def shard_if(self, cond: bool, *arguments: Any, **options: Any) -> Self:
        """Applies `shard(…)` if `cond` is true, and changes nothing otherwise."""
        return self.shard(*arguments, **options) if cond else self
