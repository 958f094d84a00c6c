# SPDX-License-Identifier: Apache-2.0
"""Columns of categories whose dictionaries grow from batch to batch, with one dictionary for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .tables import Batches

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["with_one_dictionary"]


def with_one_dictionary(rows: Batches, names: Iterable[str], found: Callable[[str], Iterable[pa.Array]]) -> Batches:
    """The rows with one list of categories for all batches, in the order in which they appear.

    `found(name)` are the dictionaries of a column in all batches. Parquet keeps those of one row group each, so that a later one
    may have a category that the first had not.
    """
    import pyarrow as pa
    from pyarrow import types

    schema = rows.schema
    converts: dict[int, Callable[[pa.Array, int], pa.Array]] = {}
    for name in names:
        place = schema.get_field_index(name)
        kind = schema.field(place).type
        if not types.is_dictionary(kind) or not _is_text(kind.value_type):
            continue
        categories = _union(found(name), kind.value_type)
        if categories is None:
            continue
        index = kind.index_type if len(categories) < 1 << (kind.index_type.bit_width - 1) else pa.int64()
        schema = schema.set(place, schema.field(place).with_type(pa.dictionary(index, kind.value_type, kind.ordered)))
        converts[place] = _Renumbered(categories, index, kind.ordered)
    return rows.converted(schema, converts) if converts else rows


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _union(dictionaries: Iterable[pa.Array], kind: pa.DataType) -> pa.Array | None:
    """All categories; None where the first dictionary has them all, as the core needs it."""
    import pyarrow as pa

    known: dict[Any, None] = {}
    count, before = None, None
    for dictionary in dictionaries:
        if before is None or not dictionary.equals(before):
            known.update(dict.fromkeys(dictionary.to_pylist()))
        count, before = len(known) if count is None else count, dictionary
    if count is None or len(known) == count:
        return None
    return pa.array([name for name in known if name is not None], pa.large_string()).cast(kind)


class _Renumbered:
    """Gives arrays other indices, into a dictionary that has all categories."""

    def __init__(self, categories: pa.Array, index: pa.DataType, ordered: bool) -> None:
        self._categories, self._index, self._ordered = categories, index, ordered

    def __call__(self, array: pa.Array, row: int) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as compute

        text = pa.large_string()
        places = compute.index_in(array.dictionary.cast(text), value_set=self._categories.cast(text))
        indices = places.take(array.indices).cast(self._index)
        return pa.DictionaryArray.from_arrays(indices, self._categories, ordered=self._ordered)
