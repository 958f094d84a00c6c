# SPDX-License-Identifier: Apache-2.0
"""Converts images of Pillow to arrays, and opens encoded images with Pillow."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from .._errors import Error
from .modes import converted

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Picture", "decoded", "media_type", "opened", "to_picture"]


class Picture(NamedTuple):
    """A decoded picture."""

    pixels: NDArray[Any]
    #: The mode of the pixels, by its name in Pillow; a column holds pictures of one mode.
    mode: str


@functools.cache
def _pillow() -> Any:
    try:
        import PIL.Image
    except ImportError:
        raise Error(
            "to decode images needs Pillow: pip install pillow; decode_images=False keeps them encoded"
        ) from None
    # Loads Pillow's formats before threads start.
    PIL.Image.init()
    return PIL


def opened(data: bytes) -> Image:
    """Opens an encoded image with Pillow."""
    pillow = _pillow()
    try:
        return pillow.Image.open(io.BytesIO(data))  # type: ignore[no-any-return]
    except pillow.UnidentifiedImageError as error:
        raise _undecodable(_unknown(data)) from error
    except (OSError, ValueError, SyntaxError, pillow.Image.DecompressionBombError) as error:
        raise _undecodable(error) from error


def _unknown(data: bytes) -> str:
    """Returns the reason why no format of Pillow accepts the bytes."""
    if not data:
        return "the file is empty"
    kind = media_type(data) or next((name for start, name in _SIGNATURES if start.startswith(data)), None)
    if kind is not None:
        return f"the file begins as {kind}, but is truncated or damaged: it has {len(data)} bytes"
    return f"Pillow knows no format that begins with {data[:8]!r}"


def decoded(data: bytes, mode: str | None = None) -> Picture:
    """Decodes an image to an array: rows, columns, and channels if there are several."""
    return to_picture(opened(data), mode)


def to_picture(image: Image, mode: str | None = None) -> Picture:
    """Returns the upright pixels: uint8 of shape `(height, width)` or `(height, width, channels)`.

    Pictures with a palette become RGB or RGBA. One bit per pixel becomes bool, sixteen bits become uint16, and Pillow's modes
    I and F become int32 and float32.
    """
    try:
        image.load()  # closes the file
        if _may_be_turned(image):
            from PIL import ImageOps

            format = image.format
            image = ImageOps.exif_transpose(image)
            image.format = format
        return Picture(*converted(image, mode))
    except Error:
        raise
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise _undecodable(error) from error


def _may_be_turned(image: Image) -> bool:
    """Returns whether the picture may have an orientation, since reading it costs as much as a small picture."""
    if image.format in ("PNG", "GIF", "BMP", None):
        info = image.info
        return "exif" in info or "Raw profile type exif" in info or "XML:com.adobe.xmp" in info or "xmp" in info
    return True


def _undecodable(error: object) -> Error:
    return Error(
        f"the image cannot be decoded: {error}; leave the row out, or keep all encoded with decode_images=False"
    )


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)


def media_type(data: bytes) -> str | None:
    """Returns the media type of a file by its first bytes.

    >>> media_type(b"\\x89PNG\\r\\n\\x1a\\n...")
    'image/png'
    """
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12])
    return next((name for signature, name in _SIGNATURES if data.startswith(signature)), None)
