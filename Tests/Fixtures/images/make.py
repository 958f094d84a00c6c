# SPDX-License-Identifier: Apache-2.0
"""Writes the files of made/, and expected.txt with the pixels of all files as Pillow decodes them (Pillow 13 was used).

    python make.py

Each line of expected.txt has a file, the treatment of alpha and of orientation, height, width, channels, and the CRC-32 of the
pixels.
"""

import io
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
GRAY_DEPTHS = {"ftbbn0g01.png": 1, "ftbbn0g02.png": 2, "ftbbn0g04.png": 4}


def pictures():
    """Yields names and contents of small files, mostly of one picture of 13 × 9 pixels."""
    rows, columns = np.mgrid[0:9, 0:13]
    rgb = np.stack([columns * 19, rows * 28, (columns * rows * 7) % 256], 2).astype("uint8")
    alpha = ((columns + rows) * 11).astype("uint8")[..., None]
    color = Image.fromarray(rgb)
    clear = Image.fromarray(np.concatenate([rgb, alpha], 2))
    gray = color.convert("L")
    few = color.quantize(16)
    bits = color.convert("1")

    def saved(image, form, **options):
        output = io.BytesIO()
        image.save(output, form, **options)
        return output.getvalue()

    yield "rgb.bmp", saved(color, "BMP")
    yield "rgba.bmp", saved(clear, "BMP")
    yield "palette.bmp", saved(few, "BMP")
    yield "bits.bmp", saved(bits, "BMP")
    yield "rgb.ppm", saved(color, "PPM")
    yield "gray.pgm", saved(gray, "PPM")
    yield "bits.pbm", saved(bits, "PPM")
    yield "text.pbm", b"P1\n# bits\n5 3\n1 0 1 0 1\n00000 1 1 1 1 1\n"
    yield "text.pgm", b"P2 3 2 9\n0 1 2 3 9 8\n"
    yield "text.ppm", b"P3 1 2 255 0 1 2 3 9 8\n"
    yield "rgb.tga", saved(color, "TGA")
    yield "rgba.tga", saved(clear, "TGA", compression="tga_rle")
    yield "palette.tga", saved(few, "TGA", compression="tga_rle")
    yield "gray.tga", saved(gray, "TGA", orientation=1)
    yield "rgb.gif", saved(color.quantize(100), "GIF", interlace=0)
    yield "interlaced.gif", saved(few, "GIF", interlace=1)
    large = Image.fromarray(np.random.default_rng(1).integers(0, 256, (70, 90), "uint8"))
    yield "all-codes.gif", saved(large, "GIF")
    yield "lossy.webp", saved(color, "WEBP", quality=60)
    yield "lossy-rgba.webp", saved(clear, "WEBP", quality=60)
    yield "lossless.webp", saved(color, "WEBP", lossless=True)
    yield "lossless-rgba.webp", saved(clear, "WEBP", lossless=True, exact=True)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"orientation-{orientation}.jpg", saved(color, "JPEG", quality=90, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "orientation-6.png", saved(color, "PNG", exif=exif)
    yield "orientation-6.webp", saved(color, "WEBP", lossless=True, exif=exif)


def decoded(path, keeps_alpha, is_upright):
    image = Image.open(path)
    if is_upright:
        image = ImageOps.exif_transpose(image)
    if image.format == "JPEG" or path.suffix == ".jpg":
        return np.asarray(image.convert("RGB"))
    key = image.info.get("transparency")
    if image.mode == "I;16" or (path.name in GRAY_DEPTHS and key is not None):
        # Pillow compares the transparent gray with other numbers than those of the file.
        raw = np.asarray(image.convert("L")) if image.mode != "I;16" else np.asarray(image)
        depth = GRAY_DEPTHS.get(path.name, 16)
        gray = raw.astype("int64") * (2**depth - 1) // 255 if depth < 16 else raw.astype("int64")
        light = raw if depth < 16 else (raw >> 8)
        planes = [light] if key is None else [light, np.where(gray == key, 0, 255)]
        return np.stack(planes, 2).astype("uint8")
    has_alpha = image.mode in ("LA", "RGBA", "PA") or key is not None
    is_gray = image.mode in ("1", "L", "LA") and path.suffix != ".bmp" and path.suffix != ".gif"
    if path.name == "basn4a16.png":
        is_gray = True  # Pillow opens it as RGBA
    mode = ("LA" if has_alpha else "L") if is_gray else ("RGBA" if has_alpha and keeps_alpha else "RGB")
    pixels = np.asarray(image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], -1)


def main():
    made = HERE / "made"
    made.mkdir(exist_ok=True)
    for name, contents in pictures():
        (made / name).write_bytes(contents)
    lines = []
    for path in sorted(HERE.glob("*/*.*")):
        if path.parent.name == "pngsuite" and path.suffix != ".png":
            continue
        for alpha in ("drop", "keep"):
            for orientation in ("keep", "apply") if "orientation" in path.name else ("keep",):
                pixels = decoded(path, alpha == "keep", orientation == "apply")
                checksum = zlib.crc32(np.ascontiguousarray(pixels).tobytes())
                shape = " ".join(map(str, pixels.shape))
                lines.append(f"{path.relative_to(HERE)} {alpha} {orientation} {shape} {checksum}\n")
    (HERE / "expected.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
