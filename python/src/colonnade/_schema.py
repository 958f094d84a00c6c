# SPDX-License-Identifier: Apache-2.0
"""Descriptions of samples that are known without reading one."""

from __future__ import annotations

from typing import NamedTuple

from ._errors import visible

__all__ = ["Field", "Schema"]


class Field(NamedTuple):
    """One key of the samples: kind, data type, shape and meaning of its values.

    >>> import colonnade as dx
    >>> dx.buffer_from_vector([{"x": [1.0, 2.0]}]).schema["x"]
    Field(kind='tensor', dtype='float64', shape=(2,), meaning=None)

    `kind` is `tensor`, `bytes` (int8 arrays in Python) or `string` (`str`). `dtype` is the name of the data type in
    NumPy; `bfloat16` is that of ml_dtypes. `shape` has None for a dimension that differs from sample to sample.
    `meaning` has the class names, the media type of an encoded image or sound, the unit of integers that are times
    (`timestamp[us, UTC]`, `date[d]`, `time[us]`, `duration[ns]`), or None.
    """

    kind: str
    dtype: str
    shape: tuple[int | None, ...]
    meaning: list[str] | str | None = None

    def __str__(self) -> str:
        """Shows the type as the command does, `uint8[28,28]`, and the meaning of the values.

        >>> print(Field("tensor", "int64", (), ["cat", "dog"]))
        int64, 2 classes: cat, dog
        """
        text = self.kind if self.kind != "tensor" and self.shape == (None,) else self.dtype
        if self.shape and text == self.dtype:
            text += f"[{','.join('?' if size is None else str(size) for size in self.shape)}]"
        if isinstance(self.meaning, list):
            names = ", ".join(self.meaning[:4]) + (", …" if len(self.meaning) > 4 else "")
            return f"{text}, {len(self.meaning)} classes: {visible(names)}"
        return text if self.meaning is None else f"{text}, {visible(self.meaning)}"


class Schema(dict[str, Field]):
    """The fields of samples by key, in the order of the columns; printed with one line for each.

    >>> import colonnade as dx
    >>> schema = dx.buffer_from_vector([{"image": [[0.5]], "label": 3}]).schema
    >>> print(schema)
    image  float64[1,1]
    label  int64
    >>> schema
    {'image': Field(kind='tensor', dtype='float64', shape=(1, 1), meaning=None),
     'label': Field(kind='tensor', dtype='int64', shape=(), meaning=None)}
    """

    def __str__(self) -> str:
        names = [visible(name) for name in self]
        width = max(map(len, names), default=0)
        return "\n".join(f"{name:<{width}}  {field}" for name, field in zip(names, self.values()))

    def __repr__(self) -> str:
        return "{" + ",\n ".join(f"{name!r}: {field!r}" for name, field in self.items()) + "}"
