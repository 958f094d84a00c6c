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
    """Operations that change numbers and bytes."""

    __slots__ = ()

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

        Without `mean` and `std`, the statistics of the whole column count, which the file has had since it was written.
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
        """Replaces each integer of `key` by `num_classes` numbers: a 1 at the index that the integer names, and 0
        elsewhere.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"label": 2}]).one_hot("label", 4)[0]["label"].tolist()
        [0.0, 0.0, 1.0, 0.0]

        A column with class names knows the number of its classes. Its -1, which means no class, becomes zeros.
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
        """Replaces `old` in the bytes of `key` from left to right, at most `count` times. A negative `count` is no
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
            most=count if count >= 0 else None,
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
