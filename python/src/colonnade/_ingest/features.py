# SPDX-License-Identifier: Apache-2.0
"""Features of Hugging Face for the columns of a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from .._errors import visible

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "FEATURES",
    "Files",
    "class_difference",
    "class_names",
    "described_features",
    "file_columns",
    "inner_feature",
]

#: {column: `Image`, `Audio` or `Video`, and the requested mode of images}.
Files = dict[str, tuple[str, str | None]]

#: The key of the features, as JSON, in the metadata of a schema.
FEATURES = b"huggingface"


def described_features(schema: pa.Schema) -> dict[str, Any]:
    """Returns the features in the metadata of a table. They are hints, so invalid ones are ignored."""
    try:
        features = json.loads((schema.metadata or {})[FEATURES])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    return features if isinstance(features, dict) else {}


def file_columns(features: dict[str, Any]) -> Files:
    """Returns the columns whose values are encoded images, sounds or videos."""
    return {
        name: (feature["_type"], feature.get("mode"))
        for name, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") in ("Image", "Audio", "Video")
    }


def class_names(feature: Any) -> list[str] | None:
    """Returns the class names of integers, or of the elements of lists."""
    while isinstance(feature, (list, dict)):
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
            names = feature.get("names")
            return list(names) if names else None
        feature = (feature[0] if len(feature) == 1 else None) if isinstance(feature, list) else feature.get("feature")
    return None


def class_difference(names: Sequence[str], stored: Sequence[str]) -> str | None:
    """Returns the first difference of class names from those of a data set; None if all are equal."""
    for number, pair in enumerate(zip_longest(names, stored)):
        if pair[0] != pair[1]:
            here, there = ("nothing" if name is None else f'"{visible(name)}"' for name in pair)
            return f"class {number} is {here}, and {there} in the data set"
    return None


def inner_feature(feature: Any, name: str) -> Any:
    """Returns the feature of a field of a struct, or of a list of structs; None if there is none."""
    while isinstance(feature, (list, dict)):
        if isinstance(feature, list):
            feature = feature[0] if len(feature) == 1 else None
        elif isinstance(feature.get("_type"), str):
            feature = feature.get("feature")
        else:
            return feature.get(name)
    return None
