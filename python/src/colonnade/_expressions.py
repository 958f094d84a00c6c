# SPDX-License-Identifier: Apache-2.0
"""Conditions on columns, such as `col("label") == 3`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ._arguments import key_name, require_key
from ._comparisons import compared, fitting, time_of
from ._schema import Field

__all__ = ["Expression", "col"]

Mask = NDArray[np.bool_]


class Expression:
    """A condition on the values of samples, for `filter`. `colonnade.col` begins one; `&`, `|` and `~` combine several.

    >>> import colonnade as dx
    >>> (dx.col("x") > 3) & ~(dx.col("name") == "a")
    (col('x') > 3) & ~(col('name') == 'a')
    """

    __slots__ = ()

    def __and__(self, other: object) -> Expression:
        return _Both("&", self, _expression(other))

    def __or__(self, other: object) -> Expression:
        return _Both("|", self, _expression(other))

    def __invert__(self) -> Expression:
        return _Not(self)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a condition on columns is neither true nor false: combine conditions with &, | and ~, each in parentheses, "
            "in place of and, or, not and chained comparisons"
        )

    def __call__(self, sample: Mapping[str, Any]) -> bool:
        """Returns whether one sample meets the condition."""

        def column(key: str) -> NDArray[Any]:
            value = sample[key]
            if isinstance(value, np.ndarray) and value.ndim == 0:
                return value.reshape(1)
            values = np.empty(1, object)
            values[0] = value
            return values

        return bool(self.mask(column)[0])

    def resolved(self, schema: Mapping[str, Field]) -> Expression:
        """Returns the condition with numbers in place of class names. Raises for keys and values that do not fit."""
        raise NotImplementedError

    def mask(self, column: Callable[[str], NDArray[Any]]) -> Mask:
        """Returns for each sample whether it meets the condition. `column` returns the values of a key."""
        raise NotImplementedError


def _expression(value: object) -> Expression:
    if not isinstance(value, Expression):
        raise TypeError(
            f"&, | and ~ combine conditions, not {type(value).__name__}: put each comparison in parentheses"
        )
    return value


class _Both(Expression):
    __slots__ = ("left", "right", "sign")

    def __init__(self, sign: str, left: Expression, right: Expression) -> None:
        self.sign, self.left, self.right = sign, left, right

    def resolved(self, schema: Mapping[str, Field]) -> Expression:
        return _Both(self.sign, self.left.resolved(schema), self.right.resolved(schema))

    def mask(self, column: Callable[[str], NDArray[Any]]) -> Mask:
        left, right = self.left.mask(column), self.right.mask(column)
        return left & right if self.sign == "&" else left | right

    def __repr__(self) -> str:
        return " ".join([_enclosed(self.left), self.sign, _enclosed(self.right)])


class _Not(Expression):
    __slots__ = ("inner",)

    def __init__(self, inner: Expression) -> None:
        self.inner = inner

    def resolved(self, schema: Mapping[str, Field]) -> Expression:
        return _Not(self.inner.resolved(schema))

    def mask(self, column: Callable[[str], NDArray[Any]]) -> Mask:
        return ~self.inner.mask(column)

    def __repr__(self) -> str:
        return f"~{_enclosed(self.inner)}"


def _enclosed(expression: Expression) -> str:
    return repr(expression) if isinstance(expression, _Not) else f"({expression!r})"


class _Comparison(Expression):
    __slots__ = ("key", "missing", "sign", "value")

    def __init__(self, key: str, sign: str, value: Any, missing: int | None = None) -> None:
        #: The number of NaT in a column of times.
        self.missing = missing
        self.key, self.sign, self.value = key, sign, value

    def resolved(self, schema: Mapping[str, Field]) -> Expression:
        require_key(schema, self.key)
        field = schema[self.key]
        missing = int(np.iinfo(field.dtype).min) if time_of(field) else None
        if self.sign == "in":
            values = [fitting(value, self.key, field, "==") for value in self.value]
            return _Comparison(self.key, "in", values, missing)
        return _Comparison(self.key, self.sign, fitting(self.value, self.key, field, self.sign), missing)

    def mask(self, column: Callable[[str], NDArray[Any]]) -> Mask:
        values = column(self.key)
        if values.dtype == object:
            values = np.array([_text(value) for value in values], dtype=object)
        if self.sign != "in":
            return self._compared(values, self.sign, self.value)
        found = np.zeros(len(values), bool)
        for value in self.value:
            found |= self._compared(values, "==", value)
        return found

    def _compared(self, values: NDArray[Any], sign: str, value: Any) -> Mask:
        found = compared(values, sign, value)
        # NaT equals nothing and is not before or after anything, as in NumPy; its number finds it.
        if self.missing is not None and sign != "!=" and value != self.missing:
            found &= values != self.missing
        return found

    def __repr__(self) -> str:
        if self.sign == "in":
            return f"col({self.key!r}).isin({self.value!r})"
        return f"col({self.key!r}) {self.sign} {self.value!r}"


def _text(value: Any) -> str | bytes:
    return value if isinstance(value, str) else value.tobytes()


class col:
    """The values of a key, for conditions: `col("label") == 3` is an `Expression`.

    >>> import colonnade as dx
    >>> samples = dx.buffer_from_vector([{"x": i, "name": "even" if i % 2 == 0 else "odd"} for i in range(6)])
    >>> samples.filter((dx.col("x") > 1) & (dx.col("name") == "even"))["x"]
    array([2, 4])
    >>> samples.filter(dx.col("x").isin([1, 5]))["x"]
    array([1, 5])

    The comparisons are `==`, `!=`, `<`, `<=`, `>`, `>=` and `isin`. A key has single numbers, bools, text or bytes; a key
    with class names can be compared with a name. A key with times is compared with a value of `datetime` or NumPy, or
    with a text after ISO 8601, which has a zone if the key has one. Integers are compared exactly. For floats, the value
    is rounded to their type first, as NumPy does it, so that `col("x") == 0.1` finds the float32 of 0.1. NaN and NaT
    equal nothing.
    """

    __slots__ = ("_key",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, key: str) -> None:
        self._key = key_name(key)

    def __repr__(self) -> str:
        return f"col({self._key!r})"

    def _compared(self, sign: str, value: Any) -> Expression:
        if isinstance(value, (col, Expression)):
            raise TypeError("a key is compared with a value, not with another key: put each comparison in parentheses")
        return _Comparison(self._key, sign, value)

    def __eq__(self, value: object) -> Expression:  # type: ignore[override]
        return self._compared("==", value)

    def __ne__(self, value: object) -> Expression:  # type: ignore[override]
        return self._compared("!=", value)

    def __lt__(self, value: Any) -> Expression:
        return self._compared("<", value)

    def __le__(self, value: Any) -> Expression:
        return self._compared("<=", value)

    def __gt__(self, value: Any) -> Expression:
        return self._compared(">", value)

    def __ge__(self, value: Any) -> Expression:
        return self._compared(">=", value)

    def __bool__(self) -> NoReturn:
        raise TypeError("a key is no condition: compare it with a value")

    def isin(self, values: Iterable[Any]) -> Expression:
        """Returns the condition that the value is one of several.

        >>> import colonnade as dx
        >>> dx.col("label").isin(["cat", "dog"])
        col('label').isin(['cat', 'dog'])
        """
        if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
            raise TypeError(f"isin takes a list of values, not {type(values).__name__}")
        return _Comparison(self._key, "in", list(values))
