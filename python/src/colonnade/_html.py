# SPDX-License-Identifier: Apache-2.0
"""Buffers as HTML for notebooks. All texts of the data are escaped, and the size is bounded."""

from __future__ import annotations

import base64
import html
import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._errors import visible
from ._plan import steps
from ._schema import Field

if TYPE_CHECKING:
    from ._table import Table

__all__ = ["page"]

_MOST_ROWS, _MOST_COLUMNS, _MOST_LETTERS = 5, 20, 120
#: The samples of a histogram, and its bars.
_COUNTED, _BARS = 1000, 20
#: The bytes of one file that is shown, and of all of them.
_FILE_BYTES, _ALL_BYTES = 1 << 18, 1 << 21
#: The pixels of a thumbnail's longer side.
_THUMBNAIL = 64


def page(buffer: Table) -> str:
    """Returns the keys with their types, histograms of numbers, and the first samples, with pictures and sounds."""
    schema = buffer.schema
    keys = list(schema)[:_MOST_COLUMNS]
    unit = "batches" if buffer._node.pipeline.is_batched else "samples"
    more = f", {len(schema) - len(keys)} more keys are not shown" if len(schema) > len(keys) else ""
    lines = [f"<div><b>Buffer of {len(buffer)} {unit}</b>{more}</div>", "<table><thead><tr><th></th>"]
    lines += [f"<th>{_escaped(key)}<br><small>{_escaped(str(schema[key]))}</small></th>" for key in keys]
    lines.append("</tr></thead><tbody>")
    if keys and (charts := _charts(buffer, keys)):
        lines.append("<tr><td></td>" + "".join(f"<td>{chart}</td>" for chart in charts) + "</tr>")
    left = _ALL_BYTES
    for row in range(min(len(buffer), _MOST_ROWS)):
        try:
            sample = buffer[row]
            cells = []
            for key in keys:
                cell = _cell(sample[key], schema[key], left)
                left -= len(cell)
                cells.append(f"<td>{cell}</td>")
            text = "".join(cells)
        except Exception as error:  # a notebook shows the rest nevertheless
            text = f'<td colspan="{len(keys)}">{_escaped(f"{type(error).__name__}: {error}")}</td>'
        lines.append(f"<tr><td>{row}</td>{text}</tr>")
    lines.append("</tbody></table>")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    shown = visible(text)
    return html.escape(shown if len(shown) <= _MOST_LETTERS else shown[: _MOST_LETTERS - 1] + "…")


def _cell(value: Any, field: Field, left: int) -> str:
    if isinstance(value, str):
        return _escaped(value)
    media = field.meaning if isinstance(field.meaning, str) else ""
    match = re.fullmatch(r"(image|audio)/([a-z0-9.+*-]{1,60})", media)
    if match and value.nbytes <= min(_FILE_BYTES, left // 2):
        kind, subtype = match[1], "png" if match[2] == "*" and match[1] == "image" else match[2]
        data = f"data:{kind}/{subtype};base64,{base64.b64encode(value.tobytes()).decode()}"
        if kind == "audio":
            return f'<audio controls src="{data}"></audio>'
        return f'<img src="{data}" style="max-width:{_THUMBNAIL}px;max-height:{_THUMBNAIL}px">'
    if field.kind == "bytes" and value.ndim == 1:
        return _escaped(f"{value.nbytes} bytes" + (f", {media}" if media else ""))
    if value.ndim == 0 and isinstance(field.meaning, list):
        number = int(value)
        return _escaped(field.meaning[number]) if 0 <= number < len(field.meaning) else str(number)
    if (picture := _pixels(value)) is not None and left > 1 << 16:
        data = base64.b64encode(_png(picture)).decode()
        return f'<img src="data:image/png;base64,{data}">'
    if value.size <= 6:
        return _escaped(str(value.tolist()))
    return _escaped(f"{value.dtype}[{','.join(map(str, value.shape))}]")


def _pixels(value: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Returns a small picture of bytes that look like pixels: grey, with grey and colours last, or colours first."""
    if value.dtype != np.uint8 or value.ndim not in (2, 3) or value.size == 0:
        return None
    if value.ndim == 3 and value.shape[2] not in (1, 3, 4):
        if value.shape[0] not in (1, 3, 4):
            return None
        value = np.moveaxis(value, 0, 2)
    if min(value.shape[:2]) < 4:
        return None
    step = -(-max(value.shape[:2]) // _THUMBNAIL)
    return value[::step, ::step]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Returns a PNG file of grey, RGB or RGBA pixels."""
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    height, width = pixels.shape[:2]
    color = 0 if pixels.ndim == 2 else {3: 2, 4: 6}[pixels.shape[2]]
    lines = np.ascontiguousarray(pixels).reshape(height, -1)
    raw = b"".join(b"\0" + line.tobytes() for line in lines)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def _charts(buffer: Table, keys: list[str]) -> list[str]:
    """Returns a histogram for each key of single numbers; an empty list if there is none.

    It has up to 1,000 samples at equal distances. A buffer that calls functions of the program has none, since they would
    be called for all of these samples.
    """
    numeric = [key for key in keys if buffer.schema[key].kind == "tensor" and not buffer.schema[key].shape]
    if not numeric or len(buffer) < 2 or buffer._node.pipeline.is_batched:
        return []
    if any("function" in step.arguments for step in steps(buffer._node.pipeline)):
        return []
    try:
        chosen = buffer.select(numeric)[:: max(1, len(buffer) // _COUNTED)].take(_COUNTED)
        return [_chart(chosen[key], buffer.schema[key]) if key in numeric else "" for key in keys]
    except Exception:  # the rows show it
        return []


def _chart(values: NDArray[Any], field: Field) -> str:
    numbers = values if values.dtype.kind in "iu" else values.astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) == 0:
        return ""
    low, high = numbers.min(), numbers.max()
    if numbers.dtype.kind in "iu":
        # Differences of large integers are lost in floats, and may overflow in signed integers.
        offsets = (numbers.astype(np.uint64) - low.astype(np.uint64)).astype(np.float64)
    else:
        with np.errstate(over="ignore"):
            offsets = numbers - low
    width = float(offsets.max())
    if not np.isfinite(width):
        return ""
    places = offsets / width * _BARS if width > 0 else offsets
    counts = np.bincount(np.minimum(places.astype(np.int64), _BARS - 1), minlength=_BARS)
    top = int(counts.max())
    bars = "".join(
        f'<rect x="{4 * index}" y="{30 - 30 * count // top}" width="3" height="{30 * count // top}"/>'
        for index, count in enumerate(counts.tolist())
    )
    return (
        f'<svg width="{4 * _BARS}" height="30" fill="currentColor" opacity="0.6">{bars}</svg>'
        f"<br><small>{low:g} … {high:g}</small>"
    )
