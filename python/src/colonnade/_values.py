# SPDX-License-Identifier: Apache-2.0
"""Operations of buffers and streams that change numbers and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from numpy.typing import DTypeLike

from . import _arguments as check
from ._operations import Pipelined

__all__ = ["Values"]


class Values(Pipelined):
    __slots__ = ()

    def cast(self, key: str, dtype: DTypeLike, output_key: str = "") -> Self:
        """The elements of `key` as another data type; done while rows are copied into the batch.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1, 2]}])
        >>> samples.cast("x", "float32")[0]["x"].dtype
        dtype('float32')

        Floating-point numbers are cut towards zero and kept in the range of an integer type, NaN becomes 0; integers
        keep their low bits; anything but zero is true. `bfloat16` needs ml_dtypes.
        """
        return self._apply("cast", key=check.key_name(key), dtype=check.dtype_name(dtype), output=output_key or None)

    def scale(self, key: str, by: float, offset: float = 0.0, output_key: str = "") -> Self:
        """The elements of `key`, floating-point numbers, multiplied by `by`, and `offset` added.

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
        """(value - mean) / std; one number, or one for each channel along `axis`. Integers become float32.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [[0.0, 10.0], [2.0, 30.0]]}])
        >>> samples.normalize("x", mean=[1, 20], std=[1, 10])[0]["x"].tolist()
        [[-1.0, -1.0], [1.0, 1.0]]

        With neither, those of the whole column are taken, as they were noted when the file was written.
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
        """Each integer of `key` as `num_classes` numbers that are 0 but for a 1 in its place.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"label": 2}]).one_hot("label", 4)[0]["label"].tolist()
        [0.0, 0.0, 1.0, 0.0]

        Where the column has the names of its classes, their number is known, and -1, which is no class, becomes zeros.
        """
        return self._apply(
            "one_hot",
            key=check.key_name(key),
            count=None if num_classes is None else check.integer(num_classes, "num_classes"),
            dtype=check.dtype_name(dtype),
            output=output_key or None,
        )

    def remove_value(self, key: str, size_key: str, dim: int, value: float, pad: float = 0) -> Self:
        """`key` without the elements that equal `value`, within the valid length of each row; `pad` fills the end.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> rows = {"x": np.array([[1, 0, 2, 9], [0, 3, 9, 9]]), "n": np.array([3, 2])}
        >>> sample = dx.buffer_from_vector([rows]).remove_value("x", "n", 1, 0, pad=-1)[0]
        >>> sample["x"].tolist(), sample["n"].tolist()
        ([[1, 2, -1, -1], [3, -1, -1, -1]], [2, 1])

        `size_key` has the lengths, int64, one for each row along `dim`; they shrink, the shape stays.
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
        """The bytes of `key` with `old` replaced, from left to right, `count` times at the most; negative:
        everywhere.

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
            most=count if count >= 0 else None,
        )

    def replace_bytes(self, ikey: str, byte_map: Sequence[str | bytes], output_key: str = "") -> Self:
        """Each byte of `ikey` replaced by that entry of `byte_map`; those behind its end become nothing.

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
