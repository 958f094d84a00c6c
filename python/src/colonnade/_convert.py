# SPDX-License-Identifier: Apache-2.0
"""Converts any value that can be a tensor to an array for the core: C-contiguous, in the byte order of the machine.

The core reads the most common values directly, and passes all others to this module. Messages name the value and the remedy; the
caller adds the key and the row.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error
from ._exact import cast_exactly

__all__ = ["Converter", "convert", "is_picture", "with_gaps"]

Array = NDArray[Any]

#: The names of supported data types.
SUPPORTED = frozenset("bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bfloat16".split())

_NUMBERS = "numbers, bytes, NumPy arrays or lists of them"


def convert(value: object) -> Array:
    """Returns `value` as an array of a supported data type; the same array if it is one already.

    >>> convert(3).dtype, convert(b"abc").tolist(), convert([1.0, 2.0]).dtype
    (dtype('int64'), [97, 98, 99], dtype('float64'))

    Raises ValueError for text, None, dictionaries, ragged lists, arrays of objects.
    """
    kind = type(value)
    if kind is np.ndarray:
        return _canonical(value)  # type: ignore[arg-type]
    if kind is int or kind is bool:
        return _integer(value)  # type: ignore[arg-type]
    if kind is float:
        return np.array(value)
    return _convert(value)


class Converter:
    """Converts values of samples as `convert` does, and checks that the pictures of a key have one mode, as in files.

    >>> Converter()([1, 2], "x")
    array([1, 2])
    """

    __slots__ = ("_modes",)

    def __init__(self) -> None:
        self._modes: dict[str, str] = {}

    def __call__(self, value: object, key: str | None = None) -> Array:
        if key is None or not is_picture(value):
            return convert(value)
        pixels, mode = _picture(value)
        first = self._modes.setdefault(key, mode)
        if first != mode:
            raise Error(
                f'the picture has mode "{mode}" but those before it have "{first}": convert all to one mode first, as in '
                'image.convert("RGB")'
            )
        return pixels


def is_picture(value: object) -> bool:
    """Returns whether the value is an image of Pillow, which need not be installed."""
    image = sys.modules.get("PIL.Image")
    return image is not None and isinstance(value, image.Image)


def _picture(value: Any) -> tuple[Array, str]:
    from ._ingest.images import to_picture

    picture = to_picture(value)
    return picture.pixels, picture.mode


def _convert(value: object) -> Array:
    if isinstance(value, str):
        raise _text(value)
    if isinstance(value, bytes):
        return np.frombuffer(value, np.int8).copy()
    if isinstance(value, np.ma.MaskedArray):
        raise Error("a masked array would lose its mask: fill it first, as in value.filled(0)")
    if isinstance(value, np.ndarray):
        return _canonical(np.asarray(value))
    if isinstance(value, np.generic):
        return _canonical(np.asarray(value))
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return np.array(float(value))
    if isinstance(value, (list, tuple)):
        return _canonical(_from_list(value))
    if isinstance(value, bytearray):
        return np.frombuffer(value, np.uint8).copy()
    if isinstance(value, array.array):
        if value.typecode in "uw":
            raise Error("an array.array of characters is text: encode it as bytes first, as in text.encode()")
        return _canonical(np.array(value))
    if isinstance(value, memoryview):
        try:
            return _canonical(np.array(value))
        except (ValueError, NotImplementedError) as error:
            raise Error(f"a memoryview of format {value.format!r} is not a tensor: {error}") from None
    if is_picture(value):
        return _picture(value)[0]
    return _canonical(_foreign(value))


def _canonical(value: Array) -> Array:
    """Returns an array in the layout of the core: the same one if possible."""
    dtype = value.dtype
    if dtype.name not in SUPPORTED:
        return _other_type(value)
    if not dtype.isnative:
        return value.astype(dtype.newbyteorder("="), order="C")
    if not value.flags.c_contiguous:
        # ascontiguousarray would give scalars a dimension.
        return value.copy(order="C")
    return value


def _other_type(value: Array) -> Array:
    kind = value.dtype.kind
    if kind == "S":
        # Adds a dimension of bytes; NumPy has padded the values with zeros.
        return np.frombuffer(value.tobytes(), np.int8).reshape(*value.shape, value.dtype.itemsize).copy()
    if kind == "U" or value.dtype.name.startswith("StringDType"):
        raise Error("an array of str is not a tensor: encode the strings as bytes first, as in np.char.encode(value)")
    if kind == "O":
        raise Error(_object_message(value))
    if kind in "mM":
        raise Error(f"an array of {value.dtype} is not a tensor: give its numbers, as in value.astype('int64')")
    if kind == "V" and value.dtype.names:
        raise Error("a structured array is not a tensor: give each of its fields under its own key")
    if kind == "c":
        raise Error(f"an array of {value.dtype} is not a tensor: give value.real and value.imag under two keys")
    raise Error(
        f"an array of {value.dtype} is not a tensor: cast it first, as in value.astype('float32'); there are "
        + ", ".join(sorted(SUPPORTED))
    )


def _object_message(value: Array) -> str:
    inside = next((type(item).__name__ for item in value.flat), None)
    held = f" (the first is of type {inside})" if inside else ""
    return f"an array of Python objects is not a tensor{held}: give {_NUMBERS}, all of one type and shape"


def _integer(value: int) -> Array:
    for dtype in (np.int64, np.uint64):
        try:
            return np.array(value, dtype)
        except OverflowError:
            continue
    raise Error(f"the integer {value} does not fit 64 bits: give it as float, or as several numbers")


def _text(value: str) -> Error:
    shown = value if len(value) <= 20 else value[:20] + "…"
    return Error(f"the str {shown!r} is not a tensor: encode it as bytes first, as in text.encode()")


def _from_list(value: list[Any] | tuple[Any, ...]) -> Array:
    first: Any = value
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if _module(first) in ("torch", "mlx"):
        value = [_convert(item) for item in value]
    try:
        result = np.array(value)
    except (ValueError, TypeError, OverflowError) as error:
        if "inhomogeneous" in str(error):
            raise Error(
                "a ragged list is not a tensor: pad it to one length, or give each row as a sample of its own, which may "
                "have any length"
            ) from None
        raise Error(f"a list that NumPy cannot read is not a tensor: {error}") from None
    _check_kinds(value, result)
    if result.dtype == np.float64 and result.size > 0:
        return _with_whole_numbers(value, first, result)
    return result


def _check_kinds(value: Any, result: Array) -> None:
    """Refuses lists in which NumPy would convert bools to numbers, or numbers to text."""
    kind = result.dtype.kind
    if kind in "uif" and _holds_truth(value):
        raise Error("a list of bool and numbers is not a tensor: give one type, as in int(value), or separate lists")
    if kind == "S" and not all(isinstance(item, bytes) or _kind(item) == "S" for item in _items(value)):
        raise Error("a list of bytes and other values is not a tensor: give only bytes, or separate lists")
    if kind == "U" and not all(isinstance(item, str) or _kind(item) == "U" for item in _items(value)):
        raise Error("a list of str and other values is not a tensor: give only str, or separate lists")


def _holds_truth(value: Any) -> bool:
    kinds = set(map(type, value))
    if kinds <= {int, float}:
        return False
    if bool in kinds or np.bool_ in kinds:
        return True
    return any(
        _holds_truth(item) if isinstance(item, (list, tuple)) else str(getattr(item, "dtype", "")).endswith("bool")
        for item in value
    )


def _with_whole_numbers(value: Any, first: Any, result: Array) -> Array:
    """Returns the array, with integers if NumPy converted integers to floats. ValueError if that changed their values."""
    if _is_integer(first) and all(map(_is_integer, _items(value))):
        # 2**63 with smaller numbers, or uint64 with int64.
        numbers = [number for item in _items(value) for number in np.asarray(item).reshape(-1).tolist()]
        try:
            return np.array(numbers, np.uint64 if min(numbers) >= 0 else np.int64).reshape(result.shape)
        except OverflowError:
            raise Error(
                f"a list of integers from {min(numbers)} to {max(numbers)} does not fit 64 bits: give floats, or text"
            ) from None
    if not (np.abs(result) >= 2.0**53).any():
        return result
    for item in _items(value):
        if _is_integer(item):
            try:
                cast_exactly(_canonical(np.asarray(item)), result.dtype)
            except Error as error:
                raise Error(f"{error}: give integers and floats in separate lists") from None
    return result


def _items(value: Any) -> Iterator[Any]:
    """Yields the items of lists and tuples, also of nested ones."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _items(item)
    else:
        yield value


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) or _kind(value) in ("i", "u")


def _kind(value: Any) -> str | None:
    """Returns the kind of the data type of a value that NumPy knows."""
    return getattr(getattr(value, "dtype", None), "kind", None)


def _module(value: object) -> str:
    return type(value).__module__.partition(".")[0]


def _foreign(value: Any) -> Array:
    """Converts tensors of other libraries, images, and other objects with an array interface."""
    if value is None:
        raise Error(f"None is not a tensor: leave out the sample, or give {_NUMBERS}")
    if isinstance(value, (dict, set, frozenset)):
        raise Error(
            f"a {type(value).__name__} is not a tensor: give {_NUMBERS}; values of a dictionary can have separate keys"
        )
    module = _module(value)
    if module == "torch" and hasattr(value, "detach"):
        return _from_torch(value)
    if with_gaps(value) is not None:
        raise Error(
            f"a {type(value).__name__} with missing elements is not a tensor: fill them first, as in value.fillna(0)"
        )
    if module == "mlx" and str(getattr(value, "dtype", "")) == "mlx.core.bfloat16":
        import mlx.core as mx  # type: ignore[import-untyped,import-not-found,unused-ignore]

        return np.array(value.view(mx.uint16)).view(_bfloat16("an MLX array"))
    if any(hasattr(value, name) for name in ("__array__", "__array_interface__")) or _is_buffer(value):
        try:
            return np.array(value)
        except Error:
            raise
        except (TypeError, ValueError, RuntimeError) as error:
            raise Error(f"a value of type {type(value).__name__} could not be read as an array: {error}") from error
    if hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    if module == "uuid" and hasattr(value, "bytes"):
        # The names of Arrow's missing values.
        return np.frombuffer(value.bytes, np.uint8).copy()
    raise Error(f"a value of type {type(value).__name__} is not a tensor: give {_NUMBERS}")


def with_gaps(value: Any) -> list[Any] | None:
    """Returns a list for a column of pandas, Polars or pyarrow with missing elements; None for other values.

    NumPy would make NaN of them, and floats of the integers beside them.
    """
    module = _module(value)
    if module == "pandas" and hasattr(value, "isna"):
        is_float = isinstance(value.dtype, np.dtype) and value.dtype.kind == "f"
        if is_float or not value.isna().any():
            return None
        return [None if gap else item for item, gap in zip(value.tolist(), value.isna())]
    nulls = getattr(value, "null_count", 0) if module in ("polars", "pyarrow") else 0
    if not (nulls() if callable(nulls) else nulls):
        return None
    items: list[Any] = value.to_pylist() if module == "pyarrow" else value.to_list()
    return items


def _is_buffer(value: Any) -> bool:
    try:
        memoryview(value).release()
    except (TypeError, BufferError):
        return False
    return True


def _from_torch(value: Any) -> Array:
    import torch  # type: ignore[import-not-found,unused-ignore]

    value = value.detach().cpu()
    if value.layout is not torch.strided:
        raise Error("a sparse tensor cannot be stored: make it dense first, as in value.to_dense()")
    value = value.contiguous().resolve_conj().resolve_neg()
    if value.dtype is torch.bfloat16:
        bits: Array = value.view(torch.int16).numpy()
        return bits.view(_bfloat16("a torch tensor"))
    try:
        result: Array = value.numpy()
    except TypeError as error:
        raise Error(f"a torch tensor of {value.dtype} cannot be converted: cast it first ({error})") from None
    return result


def _bfloat16(what: str) -> Any:
    try:
        import ml_dtypes
    except ImportError:
        raise Error(
            f"{what} has bfloat16, which NumPy knows only with ml_dtypes: install that, or cast it to float32"
        ) from None
    return ml_dtypes.bfloat16
