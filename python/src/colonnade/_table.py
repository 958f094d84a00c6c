# SPDX-License-Identifier: Apache-2.0
"""Buffers as tables: columns for other libraries, values that occur, orders by value, and parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _arguments as check
from ._conditional import Conditional
from ._errors import Error
from ._expressions import Expression
from ._random import draw_seed

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

__all__ = ["Table"]

#: The samples that are read at once where a column is checked.
_CHECKED = 1 << 16


class Table(Conditional):
    """The operations of buffers that look at whole columns."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __len__(self) -> int: ...
        def __getitem__(self, index: Any) -> Any: ...
        def __iter__(self) -> Iterator[Any]: ...
        def shuffle(self, seed: int | None = None) -> Self: ...
        def batch(self, batch_size: int | Sequence[int]) -> Self: ...

    # For other libraries

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Returns the samples as record batches, by Arrow's PyCapsule interface. `to_arrow` describes them."""
        return self._node.pipeline.arrow_stream(requested_schema)

    def to_arrow(self) -> pa.Table:
        """Returns the samples as a table of pyarrow, in their order.

        >>> import colonnade as dx
        >>> import pyarrow
        >>> table = dx.buffer_from_vector([{"x": [1.0, 2.0], "name": "a"}, {"x": [3.0, 4.0], "name": "b"}]).to_arrow()
        >>> table.num_rows, str(table.schema.field("x").type), table["name"].to_pylist()
        (2, 'fixed_size_list<item: double not null>[2]', ['a', 'b'])

        Other libraries read a buffer without this call, since it has the method `__arrow_c_stream__`:
        `polars.DataFrame(buffer)`, `duckdb.sql("SELECT label, count(*) FROM buffer GROUP BY label")` and
        `pyarrow.RecordBatchReader.from_stream(buffer)`, which holds one batch in memory at a time. `select` keys first,
        so that the others are not read. `to_arrow().to_pandas()` makes a frame of pandas.

        Columns that lie in a file as Arrow has them are not copied. Class names become dictionaries, tensors of two and
        more dimensions `arrow.fixed_shape_tensor`, bfloat16 float32, class number -1 and NaT null. The page about Arrow
        has all types.
        """
        try:
            import pyarrow
        except ImportError:
            raise Error("to_arrow needs pyarrow: pip install pyarrow") from None
        try:
            return pyarrow.table(self)
        except (pyarrow.ArrowInvalid, OSError) as error:
            # Arrow carries the text of the core's error, but not its class.
            raise Error(str(error)) from error

    def to_hf(self) -> datasets.Dataset:
        """Returns the samples as a `Dataset` of Hugging Face, in memory, with class names, images and sounds as its
        features.

        >>> import colonnade as dx
        >>> import datasets
        >>> dx.buffer_from_vector([{"x": 1}, {"x": 2}]).to_hf()[1]
        {'x': 2}
        """
        from ._export import huggingface

        return huggingface(self.to_arrow(), self.schema)

    # Values

    def _filtered(self, func: Callable[..., bool]) -> Self:
        if not isinstance(func, Expression):
            return super()._filtered(func)
        return self._apply("reorder", indices=np.flatnonzero(func.mask(self._checked)), by_value=True)

    def _checked(self, key: str) -> NDArray[Any]:
        """Returns the values of a key as `self[key]` does, but checked: what is decided by them once is not decided by
        damaged ones. A view of a file may be checked too late.
        """
        check.require_key(self.keys(), key)
        if None in self.schema[key].shape or len(self) == 0 or self._node.pipeline.is_batched:
            column: NDArray[Any] = self[key]
            return column
        # A pass checks what it reads, before its end.
        selected = self.select(key)
        try:
            batches = selected.batch(_CHECKED)
        except Error:  # of a shuffle in blocks, only batches of listed sizes may be that large
            batches = selected.batch([min(_CHECKED, len(self) - start) for start in range(0, len(self), _CHECKED)])
        return np.concatenate([batch[key] for batch in batches])

    def unique(self, key: str) -> NDArray[Any]:
        """Returns the different values of a key, sorted: numbers, bools, text or bytes.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": i % 3} for i in range(10)]).unique("x")
        array([0, 1, 2])

        Text and bytes are `str` and `bytes` in an array of objects. All NaN are one value, at the end. Class numbers
        stay numbers, as in samples.
        """
        return self._counted(key)[0]

    def value_counts(self, key: str) -> dict[Any, int]:
        """Returns how many samples have each value of a key, the most frequent value first, then by value.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": i % 3} for i in range(10)]).value_counts("x")
        {0: 4, 1: 3, 2: 3}

        A key with class names has the names in place of the numbers; -1, which means no class, stays a number.
        """
        values, counts = self._counted(key)
        names = self.schema[key].meaning
        found = values.tolist()
        if isinstance(names, list):
            found = [names[value] if 0 <= value < len(names) else value for value in found]
        order = np.argsort(-counts, kind="stable")
        return {found[index]: int(counts[index]) for index in order}

    def _counted(self, key: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Returns the different values of a key, sorted, and how often each occurs."""
        check.require_key(self.keys(), key)
        field = self.schema[key]
        is_text = field.kind != "tensor" and len(field.shape) == 1
        if field.shape and not is_text:
            raise Error(
                f'"{key}" is {field.dtype} of shape {field.shape}: only single numbers, text and bytes are counted'
            )
        column = self._checked(key)
        if is_text:
            texts = [value if isinstance(value, str) else value.tobytes() for value in column]
            found: dict[Any, int] = {}
            for text in texts:
                found[text] = found.get(text, 0) + 1
            keys = sorted(found, key=lambda text: text.encode() if isinstance(text, str) else text)
            values = np.empty(len(keys), object)
            values[:] = keys
            return values, np.array([found[text] for text in keys], np.int64)
        if column.dtype in (np.uint8, np.bool_):
            counts = np.bincount(column.view(np.uint8), minlength=1)
            present = np.flatnonzero(counts)
            return present.astype(column.dtype), counts[present]
        # NumPy orders float32, and takes bfloat16 for bytes, of which NaN are never equal.
        wide = column.astype(np.float32) if column.dtype.kind == "V" else column
        values, counts = np.unique(wide, return_counts=True)
        return values.astype(column.dtype), counts

    # Orders

    def sort_by(self, key: str, *, descending: bool = False) -> Self:
        """Sorts the samples by the values of a key: numbers, bools, text or bytes, which compare by their bytes.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": x, "n": n} for n, x in enumerate([2.0, 1.0, 2.0])])
        >>> samples.sort_by("x")["n"], samples.sort_by("x", descending=True)["n"]
        (array([1, 0, 2]), array([0, 2, 1]))

        Equal values keep their order in both directions. NaN comes last in both directions. The column is read now. This
        is a selection, see `shuffle`.
        """
        return self._apply("sort", key=check.key_name(key), descending=bool(descending))

    def sample(self, weights: str | ArrayLike, count: SupportsIndex | None = None, *, seed: int | None = None) -> Self:
        """Draws samples with replacement, each with a probability in proportion to its weight.

        >>> import colonnade as dx
        >>> drawn = dx.buffer_from_vector([{"x": i} for i in range(3)]).sample([0, 1, 3], 1000, seed=1)
        >>> len(drawn), 200 < drawn.value_counts("x")[1] < 300, 0 in drawn.unique("x")
        (1000, True, False)

        `weights` has a number for each sample, in the order of the buffer, or is the key of such numbers. `count` is the
        number of draws, by default as many as there are samples. Each epoch has other draws. A draw depends only on
        seed, epoch and index, so that a pass resumes in the middle. A table of 16 bytes for each sample is made now. The
        order before the draws is that of epoch 0 in every epoch. Random changes of values depend on the row of a sample and
        the epoch, and not on the draw: a sample that is drawn several times in an epoch is changed in the same way each time.
        """
        arguments = {"count": None if count is None else check.integer(count, "count"), "seed": draw_seed(seed)}
        if isinstance(weights, str):
            return self._apply("sample_by", key=weights, **arguments)
        numbers = np.asarray(weights)
        if numbers.ndim != 1 or numbers.dtype.kind not in "iufb":
            raise TypeError("weights must be a list of numbers, or the key of numbers")
        return self._apply("sample", weights=np.ascontiguousarray(numbers, np.float64), **arguments)

    def balance(self, key: str, count: SupportsIndex | None = None, *, seed: int | None = None) -> Self:
        """Draws samples with replacement so that each value of a key is equally likely, such as each class.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"label": int(i == 0)} for i in range(100)])
        >>> 400 < samples.balance("label", 1000, seed=1).value_counts("label")[1] < 600
        True

        Samples of one value are equally likely. All other properties are those of `sample`.
        """
        count = None if count is None else check.integer(count, "count")
        return self._apply("balance", key=check.key_name(key), count=count, seed=draw_seed(seed))

    def split(self, parts: Sequence[float], *, seed: int | None = None, stratify: str | None = None) -> list[Self]:
        """Splits the samples at random into parts that share no sample, such as for training, validation and test.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": i, "label": i % 2} for i in range(100)])
        >>> train, validation, test = samples.split([0.8, 0.1, 0.1], seed=1, stratify="label")
        >>> len(train), validation.value_counts("label"), test.value_counts("label")
        (80, {0: 5, 1: 5}, {0: 5, 1: 5})

        `parts` are fractions whose sum is 1, or integers whose sum is the number of samples. A fraction gets its share of
        samples rounded down, and the samples that remain go to the parts with the largest remainders. With
        `stratify`, each part has each value of that key as often as its size demands, up to rounding. The parts depend on
        the seed alone. Each is in random order, and the same in every epoch: `shuffle` a part again for another order in
        each epoch. Without `seed`, this call draws one.
        """
        sizes = _sizes(parts, len(self))
        ordered = (
            self.shuffle(draw_seed(seed))
            if stratify is None
            else self._apply("stratify", key=check.key_name(stratify, "stratify"), seed=draw_seed(seed))
        )
        starts = np.cumsum([0, *sizes]).tolist()
        return [ordered.skip(start).take(size) for start, size in zip(starts, sizes)]

    def _repr_html_(self) -> str:
        from ._html import page

        return page(self)


def _sizes(parts: Sequence[float], count: int) -> list[int]:
    """Returns the number of samples of each part."""
    if isinstance(parts, (str, bytes)) or not isinstance(parts, (Sequence, np.ndarray)):
        raise TypeError(f"parts must be a list of numbers, not {type(parts).__name__}")
    numbers = [check.real(part, f"parts[{index}]") for index, part in enumerate(parts)]
    if not numbers or not all(0 <= number < math.inf for number in numbers):
        raise Error(f"parts must be numbers that are not negative, at least one, not {list(parts)}")
    if all(isinstance(part, (int, np.integer)) for part in parts):
        if sum(parts) != count:
            raise Error(
                f"the parts have {sum(parts)} samples together, and the buffer has {count}: both must be equal, or give "
                "fractions as floats, such as 1.0"
            )
        return [int(part) for part in parts]
    if not math.isclose(sum(numbers), 1, abs_tol=1e-9):
        raise Error(f"the sum of fractions must be 1, and it is {sum(numbers)}: add the fraction of the rest")
    # Exact numbers: 0.29 is 29/100 and not the float next to it, and the sizes have exactly the sum that is needed.
    fractions = [Fraction(number).limit_denominator(10**12) for number in numbers]
    shares = [fraction / sum(fractions) * count for fraction in fractions]
    sizes = [math.floor(share) for share in shares]
    by_remainder = sorted(range(len(sizes)), key=lambda index: sizes[index] - shares[index])
    for index in by_remainder[: count - sum(sizes)]:
        sizes[index] += 1
    for index, size in enumerate(sizes):
        if size == 0 and numbers[index] > 0:
            raise Error(
                f"parts[{index}] would have no sample: {count} samples are too few for the fraction {parts[index]}"
            )
    return sizes
