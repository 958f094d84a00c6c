# SPDX-License-Identifier: Apache-2.0
"""Operations of buffers and streams that choose samples by their index, or by the rank of the process."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, Literal, Self, SupportsIndex, overload

from . import _arguments as check
from ._errors import Error
from ._operations import Pipelined

__all__ = ["LabelRule", "Order", "Remainder", "batch_arguments", "label_rule"]

Remainder = Literal["drop", "repeat", "mask"]
LabelRule = Literal["same", "by_name", "drop"]


class Order(Pipelined):
    """Operations that choose samples by their index, or by the rank of the process."""

    __slots__ = ()

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
        """Keeps every `num_partitions`-th sample from index `partition` on, so that each sample is in exactly one
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
        if remainder not in ("drop", "repeat", "mask"):
            raise Error(f'remainder must be "drop", "repeat" or "mask", not {remainder!r}')
        if remainder != "mask" and mask_key:
            raise Error('mask_key needs remainder="mask"')
        common: dict[str, Any] = {"remainder": remainder, "mask_key": mask_key or None}
        if key == "auto":
            return self._apply("shard_automatic", **common)
        rank, of = (rank, of) if key is None else (_index(key), num_shards)
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


def label_rule(labels: str) -> str:
    """Returns the rule for class names that differ, after a check."""
    if labels not in ("same", "by_name", "drop"):
        raise Error(f'labels must be "same", "by_name" or "drop", not {labels!r}')
    return labels


def _index(value: object) -> int:
    if not isinstance(value, SupportsIndex):
        raise TypeError(f'shard takes a key (str), a rank (int) or "auto", not {type(value).__name__}')
    return operator.index(value)


def batch_arguments(
    samples: Pipelined, pad: Mapping[str, float] | None, dim: Mapping[str, int] | None
) -> dict[str, dict[str, Any]]:
    """Returns `pad` and `dim` of a batch in the form of the core. Text keeps its length, so it is not padded with 0."""
    kinds = {key: field.kind for key, field in samples.schema.items()}
    padding = check.numbers_by_key({} if pad is None else pad, "pad", kinds)
    return {
        "padding": {key: value for key, value in padding.items() if value != 0 or kinds[key] != "string"},
        "joining": check.numbers_by_key({} if dim is None else dim, "dim", kinds),
    }
