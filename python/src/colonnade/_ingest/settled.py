# SPDX-License-Identifier: Apache-2.0
"""Fits Arrow data to the columns that a data set, or another task of a job, has already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
from pyarrow import types

from .._errors import Error, visible
from .arrow_types import field_of
from .features import class_difference, class_names
from .options import RowOptions

__all__ = ["fitted_options"]


def fitted_options(options: RowOptions, schema: pa.Schema, features: dict[str, Any]) -> RowOptions:
    """Returns the options with which Arrow data has the settled columns, as far as no value changes.

    The columns get the settled order, lists the settled dimensions, integers the class names, and bytes the media type. Data types
    stay as they are: the core refuses those that differ.

    Raises ValueError if the features of a column have other class names, unless the user gives names.
    """
    settled = options.settled
    declared, labels, media = dict(options.types), dict(options.labels), dict(options.media)
    for field in schema:
        wanted, own = settled.get(field.name), field_of(field.type)
        if wanted is None or own is None or (own.kind, own.dtype) != (wanted.kind, wanted.dtype):
            continue
        if field.name not in declared and _holds(wanted.shape, own.shape):
            declared[field.name] = wanted._replace(meaning=None)
        if isinstance(wanted.meaning, list) and types.is_integer(field.type):
            names = None if field.name in labels else class_names(features.get(field.name))
            if names is not None and (difference := class_difference(names, wanted.meaning)) is not None:
                raise Error(
                    f'the class names of "{visible(field.name)}" are not those of the data set: {difference}. Map its numbers, and '
                    "then give the names of the data set with labels="
                )
            labels.setdefault(field.name, wanted.meaning)
        if isinstance(wanted.meaning, str) and wanted.kind == "bytes":
            media.setdefault(field.name, wanted.meaning)
    columns = options.columns
    if columns is None and schema.names != list(settled) and sorted(schema.names) == sorted(settled):
        columns = {name: name for name in settled}
    return replace(options, types=declared, labels=labels, media=media, columns=columns)


def _holds(wanted: tuple[int | None, ...], own: tuple[int | None, ...]) -> bool:
    """Returns whether tensors may fit into a column with another shape: the core checks dimensions that vary and may not."""
    return (
        wanted != own
        and len(wanted) == len(own)
        and all(None in pair or pair[0] == pair[1] for pair in zip(wanted, own))
    )
