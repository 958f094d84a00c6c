# SPDX-License-Identifier: Apache-2.0
"""Modes of pictures, with the names of Pillow, and conversions between them that keep the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._errors import Error

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MODES", "checked_mode", "converted", "in_one_mode", "own_mode"]

#: The modes that `image_mode` may name.
MODES = ("1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I;16", "I", "F")

#: Modes whose pixels are stored unchanged, besides those of 16 bits, which Pillow has in several byte orders.
_PLAIN = frozenset({*MODES, "RGBX"})


def checked_mode(mode: object, name: str = "image_mode") -> str | None:
    """Returns the mode if pictures can be converted to it; raises ValueError or TypeError for others.

    >>> checked_mode("RGB")
    'RGB'
    """
    if mode is None:
        return None
    if not isinstance(mode, str):
        raise TypeError(f"{name} must be a str, not {type(mode).__name__}")
    if mode not in MODES:
        raise Error(f'{name} is "{mode}", but must be one of ' + ", ".join(f'"{known}"' for known in MODES))
    return mode


def own_mode(image: Image) -> str:
    """Returns the mode in which a picture is stored unless another is requested: palettes become colours."""
    if image.mode.startswith("I;16"):
        return "I;16"
    if image.mode in _PLAIN:
        return image.mode
    if image.mode in ("P", "PA"):
        return "RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB"
    return {"La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGB")


def converted(image: Image, wanted: str | None) -> tuple[NDArray[Any], str]:
    """Returns the pixels in the mode `wanted`, or in the picture's own, and the mode of the result.

    Grey values of 16 bits are divided by 256 for modes of 8 bits, and those of 8 bits are multiplied by 257 for
    "I;16". "I" and "F" keep the numbers; the returned mode then has the range of the source, since pictures of two ranges must
    not share a column. Raises ValueError if the source has no range.
    """
    mode = own_mode(image)
    wanted = checked_mode(wanted) or mode
    if wanted == mode:
        return _pixels(image if mode == "I;16" or image.mode == mode else image.convert(mode)), mode
    if mode == "F":
        raise Error(
            f'a picture of mode "F" has no largest value, so it cannot become "{wanted}": keep it with '
            'image_mode="F", or scale it first'
        )
    if mode in ("I", "I;16"):
        numbers = _pixels(image)
        if wanted in ("I", "F"):
            return _kept(numbers, mode, wanted)
        numbers = _sixteen_bits(image, numbers, wanted) if mode == "I" else numbers
        if wanted == "I;16":
            return numbers, wanted
        image = _grey((numbers >> 8).astype(np.uint8))
    elif image.mode != mode:
        image = image.convert(mode)
    if mode == "LAB":
        # Pillow converts it only to this mode.
        image = image.convert("RGB")
    if wanted == "I;16":
        return _pixels(image.convert("L")).astype(np.uint16) * np.uint16(257), wanted
    pixels = _pixels(image if image.mode == wanted else image.convert(wanted))
    return pixels, f"{wanted} from 8 bits" if wanted in ("I", "F") else wanted


def in_one_mode(first: str, second: str) -> str:
    """Returns the advice for a column that has pictures of both modes."""
    modes = {first.partition(" ")[0], second.partition(" ")[0]}
    if len(modes) == 1:
        return f'their ranges differ, although both are of mode "{min(modes)}" now: image_mode="L" converts all of them'
    if "F" in modes:
        return (
            'scale those of mode "F" to one range first, since only image_mode="F" accepts them and keeps the numbers'
        )
    if "I" in modes:
        return 'image_mode="L" converts all of them, if those of mode "I" have 16 bits'
    if modes <= {"1", "L", "I;16"}:
        return 'image_mode="L" converts all of them'
    if modes & {"RGBA", "LA"}:
        return 'image_mode="RGBA" converts all of them, and image_mode="RGB" without transparency'
    return 'image_mode="RGB" converts all of them'


def _kept(numbers: NDArray[Any], mode: str, wanted: str) -> tuple[NDArray[Any], str]:
    """Returns numbers of 16 or 32 bits as "I" or "F", if these types hold them."""
    same = numbers.astype(np.int32 if wanted == "I" else np.float32)
    # Compared in float64, which holds all numbers of both.
    if not np.array_equal(same.astype(np.float64), numbers.astype(np.float64)):
        raise Error(
            f'a picture of mode "{mode}" has values that "{wanted}" would round (from {numbers.min()} to '
            f'{numbers.max()}): keep it with image_mode="{mode}"'
        )
    return same, f"{wanted} from 16 bits" if mode == "I;16" else wanted


def _sixteen_bits(image: Image, numbers: NDArray[Any], wanted: str) -> NDArray[Any]:
    """Returns the pixels of mode "I" as 16 bits, since Pillow opens some files of 16 bits as "I".

    Small numbers are refused: a dark picture of 16 bits and one of 8 bits look the same.
    """
    low, high = (int(numbers.min()), int(numbers.max())) if numbers.size else (0, 0)
    has_sixteen = image.format in ("PNG", "PPM")
    if low < 0 or high > 0xFFFF or (0 < high <= 0xFF and not has_sixteen):
        raise Error(
            f'a picture of mode "I" has values from {low} to {high}, which do not determine the value of white, so that '
            f'"{wanted}" cannot be made of it: keep it with image_mode="I", or scale it first'
        )
    return numbers.astype(np.uint16)


def _pixels(image: Image) -> NDArray[Any]:
    if image.mode == "L" or image.mode == "RGB":
        # The case of most images, which is faster than the array interface.
        shape = (image.height, image.width) if image.mode == "L" else (image.height, image.width, 3)
        return np.frombuffer(image.tobytes(), np.uint8).reshape(shape)
    pixels = np.asarray(image)
    if pixels.dtype == np.bool_:
        # True is 255 in Pillow, and 1 in NumPy.
        return np.asarray(pixels.view(np.uint8) != 0)
    return pixels if pixels.dtype.isnative else pixels.astype(pixels.dtype.newbyteorder("="))


def _grey(pixels: NDArray[np.uint8]) -> Image:
    from PIL import Image

    return Image.fromarray(pixels)
