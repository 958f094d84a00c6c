# SPDX-License-Identifier: Apache-2.0
"""Fashion-MNIST in the form of Hugging Face, made from IDX files: the complete set if Debian's package is installed, else a
thousand rows.

`load_dataset` replaces that of `datasets`, so that listings which download can run without a network.
"""

from __future__ import annotations

import functools
import gzip
import io
import os
from pathlib import Path
from typing import Any

import numpy as np

NAMES = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag".split() + ["Ankle boot"]
FIXTURE = Path(__file__).resolve().parents[2] / "Tests/Fixtures/fashion-1k"
WHOLE = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))


def is_whole() -> bool:
    """Returns whether the 60,000 rows for training and the 10,000 for testing are installed."""
    return (WHOLE / "t10k-images-idx3-ubyte.gz").is_file()


@functools.cache
def arrays(part: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """Returns images and labels; without the complete set, the same thousand rows for both splits."""
    if is_whole():
        folder, prefix = WHOLE, "train" if part == "train" else "t10k"
    else:
        folder, prefix = FIXTURE, "train"
    images = np.frombuffer(_read(folder, f"{prefix}-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 28, 28)
    return images, np.frombuffer(_read(folder, f"{prefix}-labels-idx1-ubyte"), np.uint8, offset=8)


def _read(folder: Path, name: str) -> bytes:
    packed = folder / f"{name}.gz"
    return gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / name).read_bytes()


@functools.cache
def pngs(part: str, count: int | None) -> list[bytes]:
    from PIL import Image

    encoded = []
    for image in arrays(part)[0][:count]:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        encoded.append(file.getvalue())
    return encoded


def dataset(part: str = "train", count: int | None = None) -> Any:
    """Returns a `datasets.Dataset` with the features `image` and `label`."""
    import datasets

    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=NAMES)})
    images = [{"bytes": data, "path": None} for data in pngs(part, count)]
    labels = arrays(part)[1][:count].astype(np.int64).tolist()
    return datasets.Dataset.from_dict({"image": images, "label": labels}, features=features)


def load_dataset(name: str, split: str | None = None, count: int | None = None) -> Any:
    """Replaces `datasets.load_dataset`: returns this data set for every MNIST, or the first `count` rows of each split."""
    import datasets

    if "mnist" not in name:
        raise ValueError(f"there is no {name} here")
    parts = datasets.DatasetDict({part: dataset(part, count) for part in ("train", "test")})
    return parts if split is None else parts[split]
