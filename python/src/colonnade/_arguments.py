# SPDX-License-Identifier: Apache-2.0
"""Checks of arguments: a wrong type is a TypeError that names the argument, as everywhere in Python."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypeGuard, get_args

import numpy as np
from numpy.typing import DTypeLike

from ._convert import SUPPORTED
from ._errors import Error, KeyMissingError

#: What to do with class names that differ.
LabelRule = Literal["same", "by_name", "drop"]


def _kind(value: object) -> str:
    return type(value).__name__


def integer(value: SupportsIndex, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {_kind(value)}") from None
    if not -(1 << 63) <= number < 1 << 63:
        raise Error(f"{name} is {number}, which is out of range: integers have 64 bits")
    return number


def positive(value: SupportsIndex, name: str) -> int:
    number = integer(value, name)
    if number < 1:
        raise Error(f"{name} must be at least 1, not {number}")
    return number


def character(value: str, name: str) -> str:
    """Returns one ASCII character, such as a separator or a quote."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {_kind(value)}")
    if len(value) != 1 or not value.isascii():
        raise Error(f"{name} must be one character of ASCII, not {value!r}")
    return value


def quote_character(value: str) -> str:
    """Returns one ASCII character, or the empty text, for which quotes are characters like any other."""
    return value if value == "" else character(value, "quote")


def choice(value: str, choices: Any, name: str) -> str:
    """Returns a text that must be one of those in a `Literal`."""
    texts = [f'"{text}"' for text in get_args(choices)]
    if value not in get_args(choices):
        raise Error(f"{name} must be {', '.join(texts[:-1])} or {texts[-1]}, not {value!r}")
    return value


def is_one(value: object) -> TypeGuard[SupportsIndex]:
    """Returns whether a value is one integer. Arrays have `__index__` too, for any shape."""
    return isinstance(value, SupportsIndex) and getattr(value, "ndim", 0) == 0


def integers(value: SupportsIndex | Iterable[SupportsIndex], name: str) -> list[int]:
    """Returns one integer or several as a list."""
    if is_one(value):
        return [integer(value, name)]
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be an integer or a list of them, not {_kind(value)}")
    return [integer(item, f"{name}[{place}]") for place, item in enumerate(value)]


def paired(**lists: list[int]) -> None:
    """Raises ValueError unless all lists are equally long."""
    if len({len(numbers) for numbers in lists.values()}) > 1:
        names = ", ".join(f"{len(numbers)} {name}" for name, numbers in lists.items())
        raise Error(f"all of these need the same number of values, not {names}")


def no_seed(seed: int | None) -> None:
    """Raises TypeError for a seed of a function that draws no numbers."""
    if seed is not None:
        raise TypeError("seed belongs to rng=True, which gives the function a generator")


def real(value: SupportsFloat | SupportsIndex, name: str) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be a number, not {_kind(value)}")
    try:
        number = float(value)
        is_exact = not isinstance(value, (int, np.integer)) or number == int(value)
    except TypeError:
        raise TypeError(f"{name} must be a number, not {_kind(value)}") from None
    except OverflowError:
        is_exact = False
    if not is_exact:
        raise Error(f"{name} is {value}, and integers beyond 2**53 lose digits here: give a float")
    return number


def reals(value: SupportsFloat | Iterable[SupportsFloat], name: str) -> list[float]:
    """Returns one number or several as a list."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
        return [real(value, name)]  # type: ignore[arg-type]
    return [real(item, f"{name}[{place}]") for place, item in enumerate(value)]


def key_name(value: str, name: str = "key") -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {_kind(value)}")
    return value


def key_names(value: str | Iterable[str], name: str = "keys") -> list[str]:
    """Returns one key or several as a list."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a str or a list of them, not {_kind(value)}")
    return [key_name(item, f"{name}[{place}]") for place, item in enumerate(value)]


def function(value: Callable[..., Any], name: str = "func") -> Callable[..., Any]:
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {_kind(value)}")
    return value


def as_bytes(value: str | bytes, name: str) -> bytes:
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            raise Error(
                f"{name} has a lone surrogate, {value[error.start]!a} at character {error.start}, which UTF-8 cannot have: "
                "give it as bytes, or replace the character"
            ) from None
    if not isinstance(value, (bytes, bytearray)):
        raise TypeError(f"{name} must be str or bytes, not {_kind(value)}")
    return bytes(value)


def numbers_by_key(value: Mapping[str, Any], name: str, keys: Iterable[str]) -> dict[str, Any]:
    """Returns the numbers of a mapping for known keys; ignores other keys, as MLX Data does."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict from keys to numbers, not {_kind(value)}")
    convert: Callable[[Any, str], Any] = integer if name == "dim" else real
    known = set(keys)
    checked = {key_name(key, f"a key of {name}"): convert(number, f"{name}[{key!r}]") for key, number in value.items()}
    return {key: number for key, number in checked.items() if key in known}


def dtype_name(value: DTypeLike) -> str:
    """Returns the name of a data type, which is a name, a NumPy type, or a type of another library."""
    text = str(value)
    # torch.float32 and mlx.core.float32 are not NumPy types, but their names are.
    name = text.rpartition(".")[2] if text.startswith(("torch.", "mlx.core.")) else ""
    if value == "bfloat16" or name == "bfloat16":
        return "bfloat16"
    if value is None:
        raise TypeError("dtype must be a data type, not None")
    try:
        name = np.dtype(name or value).name
    except TypeError as error:
        raise TypeError(f"dtype must be a data type such as 'float32': {error}") from None
    if name not in SUPPORTED:
        raise Error(f"there is no data type {name}; there are " + ", ".join(sorted(SUPPORTED)))
    return name


def require_key(keys: Iterable[str], key: str) -> None:
    known = list(keys)
    if key_name(key) not in known:
        raise KeyMissingError(f'there is no key "{key}"; there are ' + ", ".join(f'"{name}"' for name in known))
