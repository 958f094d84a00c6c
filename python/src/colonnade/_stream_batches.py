# SPDX-License-Identifier: Apache-2.0
"""Operations of streams that make batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Self, get_args

from . import _arguments as check
from ._errors import Error
from ._operations import Pipelined
from ._order import batch_arguments
from ._random import draw_seed

__all__ = ["StreamBatches"]

Overlong = Literal["split", "truncate", "drop", "refuse"]


class StreamBatches(Pipelined):
    """Operations of streams that make batches."""

    __slots__ = ()

    def batch(
        self,
        batch_size: int,
        pad: Mapping[str, float] | None = None,
        dim: Mapping[str, int] | None = None,
        *,
        drop_last: bool = False,
    ) -> Self:
        """Stacks consecutive samples along a new first dimension: see `Buffer.batch`.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [1]}, {"x": [2, 3]}, {"x": [4]}]).to_stream()
        >>> [b["x"].tolist() for b in stream.batch(2, pad={"x": -1}, drop_last=True)]
        [[[1, -1], [2, 3]]]
        """
        return self._apply(
            "batch",
            size=check.integer(batch_size, "batch_size"),
            drop_last=bool(drop_last),
            **batch_arguments(self, pad, dim),
        )

    def dynamic_batch(
        self,
        buffer_size: int,
        key: str,
        *,
        min_data_size: int = -1,
        max_data_size: int = -1,
        pad: Mapping[str, float] | None = None,
        dim: Mapping[str, int] | None = None,
        shuffle: bool = False,
        drop_outliers: bool = False,
        max_skipped_samples: int = 1000,
        num_threads: int = 1,
        seed: int | None = None,
    ) -> Self:
        """Makes batches of samples of similar size within windows of `buffer_size` samples: see `Buffer.dynamic_batch`.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [0] * n} for n in (3, 1, 2, 4, 1, 2)]).to_stream()
        >>> [batch["x"].shape for batch in stream.dynamic_batch(6, "x", max_data_size=6)]
        [(3, 2), (2, 3), (1, 4)]

        With `shuffle`, the batches of a window come in a random order. At most `max_skipped_samples` samples that do
        not fill `min_data_size` wait for the next window. `num_threads` is ignored: use `prefetch` after this step.
        """
        arguments = batch_arguments(self, pad, dim)
        window = check.positive(buffer_size, "buffer_size")
        check.positive(num_threads, "num_threads")
        maximum, minimum = check.integer(max_data_size, "max_data_size"), check.integer(min_data_size, "min_data_size")
        if maximum <= 0 and minimum <= 0:
            check.require_key(self.keys(), key)
            return self._apply("batch", size=window, **arguments)
        return self._apply(
            "batch_by_size",
            key=check.key_name(key),
            window=window,
            maximum=maximum if maximum > 0 else 1 << 62,
            minimum=minimum if minimum > 0 else None,
            drop_outliers=bool(drop_outliers),
            shuffle_seed=draw_seed(seed) if shuffle else None,
            most_left=max(check.integer(max_skipped_samples, "max_skipped_samples"), 0),
            **arguments,
        )

    def pack(
        self,
        keys: str | Iterable[str],
        length: int,
        *,
        window: int = 1000,
        overlong: Overlong = "split",
        pad: Mapping[str, float] | None = None,
    ) -> Self:
        """Packs rows of different lengths into rows of `length` elements, for language models.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [1, 2, 3]}, {"x": [4, 5]}, {"x": [6]}]).to_stream()
        >>> [(s["x"].tolist(), s["segment_ids"].tolist(), s["positions"].tolist()) for s in stream.pack("x", 4)]
        [([1, 2, 3, 6], [1, 1, 1, 2], [0, 1, 2, 0]), ([4, 5, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0])]

        `segment_ids` counts the rows in a packed row from 1, and is 0 for padding. `positions` counts from 0 in each
        row. Other keys are dropped. `overlong` decides about rows longer than `length`: they are split, truncated,
        dropped, or refused by a ValueError with their index. The packing considers `window` rows at a time.
        """
        if overlong not in get_args(Overlong):
            raise Error(f'overlong must be "split", "truncate", "drop" or "refuse", not {overlong!r}')
        names = check.key_names(keys)
        return self._apply(
            "pack",
            keys=names,
            length=check.positive(length, "length"),
            window=check.positive(window, "window"),
            overlong=overlong,
            padding=check.numbers_by_key({} if pad is None else pad, "pad", names),
        )
