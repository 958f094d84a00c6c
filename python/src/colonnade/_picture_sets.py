# SPDX-License-Identifier: Apache-2.0
"""MNIST, Fashion-MNIST and CIFAR from their files."""

from __future__ import annotations

import io
import math
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._buffer import Buffer
from ._errors import Error
from ._factories import buffer_from_vector
from ._set_files import Root, existing

__all__ = ["load_cifar10", "load_cifar100", "load_fashion_mnist", "load_mnist"]

#: The most bytes of a file of CIFAR; the largest has 155 MB.
_LARGEST = 1 << 28

#: The number of classes by the key of the labels.
_CLASSES = {"labels": 10, "fine_labels": 100}


def load_mnist(root: Root = None, train: bool = True) -> Buffer:
    """Returns the images and labels of MNIST, from the four IDX files of the data set.

    >>> import colonnade as dx
    >>> import pathlib, struct, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (root / "train-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, 1, 2, 2) + bytes([0, 1, 2, 3]))
    >>> _ = (root / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, 1) + bytes([7]))
    >>> sample = dx.datasets.load_mnist(root)[0]
    >>> sample["image"].shape, int(sample["label"])
    ((2, 2, 1), 7)

    `image` is uint8 of the shape (28, 28, 1), and `label` uint8. `root` is the folder of the files, gzipped or not; by default
    `~/.cache/mlx.data/mnist`. `train=False` reads the test set. All samples are in memory: `dx.ingest` makes a mapped file of the
    same files. Nothing is downloaded: MissingFileError says where a missing file is found. Damaged files raise `Error`.
    """
    return _idx(root, train, "mnist", "https://raw.githubusercontent.com/fgnt/mnist/master")


def load_fashion_mnist(root: Root = None, train: bool = True) -> Buffer:
    """Returns the images and labels of Fashion-MNIST, as `load_mnist` returns those of MNIST.

    >>> import colonnade as dx
    >>> import pathlib, struct, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (root / "t10k-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, 1, 2, 2) + bytes([0, 1, 2, 3]))
    >>> _ = (root / "t10k-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, 1) + bytes([9]))
    >>> int(dx.datasets.load_fashion_mnist(root, train=False)[0]["label"])
    9

    The default of `root` is `~/.cache/mlx.data/fashion-mnist`.
    """
    return _idx(root, train, "fashion-mnist", "https://github.com/zalandoresearch/fashion-mnist")


def _idx(root: Root, train: bool, name: str, url: str) -> Buffer:
    part = "train" if train else "t10k"
    arrays = []
    for file, magic, rank in ((f"{part}-images-idx3-ubyte", 2051, 3), (f"{part}-labels-idx1-ubyte", 2049, 1)):
        path = existing(root, name, [f"{file}.gz", file], url)
        contents = _unzipped(path, 4 * (rank + 1))
        head = 4 * (rank + 1)
        sizes = struct.unpack(f">{rank + 1}I", contents[:head]) if len(contents) >= head else (0,)
        if sizes[0] != magic or len(contents) - head != math.prod(sizes[1:]):
            raise Error(
                f"{path}: it is no IDX file of {rank} dimensions of bytes, or has another length than its header says"
            )
        arrays.append(np.frombuffer(contents, np.uint8, offset=head).reshape(sizes[1:]))
    images, labels = arrays
    if not images.size:
        raise Error(f"the files of {name} have no images: they are another data set, or incomplete")
    if len(images) != len(labels):
        raise Error(
            f"there are {len(images)} images and {len(labels)} labels in the files of {name}: they must be of one set"
        )
    return buffer_from_vector([{"image": i[:, :, None], "label": label} for i, label in zip(images, labels)])


def _unzipped(path: Path, head: int) -> bytes:
    """Returns the header of an IDX file and at most one byte more than it says, or the header alone if it says too much."""
    import gzip

    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            header = file.read(head)
            count = math.prod(struct.unpack(f">{len(header) // 4 - 1}I", header[4:])) if len(header) == head else 0
            # Gzip makes at most 1032 bytes of one.
            return header if count > 1032 * path.stat().st_size else header + file.read(count + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Error(f"{path}: {error}") from None


def load_cifar10(root: Root = None, train: bool = True, quiet: bool = False, validate_download: bool = True) -> Buffer:
    """Returns the images and labels of CIFAR-10, from the archive of its Python version or the folder with its files.

    >>> import colonnade as dx
    >>> import numpy as np, pathlib, pickle, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> (root / "cifar-10-batches-py").mkdir()
    >>> batch = {"data": np.zeros((1, 3072), np.uint8), "labels": [6]}
    >>> _ = (root / "cifar-10-batches-py/test_batch").write_bytes(pickle.dumps(batch))
    >>> sample = dx.datasets.load_cifar10(root, train=False)[0]
    >>> sample["image"].shape, int(sample["label"])
    ((32, 32, 3), 6)

    `image` is uint8 of the shape (32, 32, 3), and `label` int64. `root` has `cifar-10-python.tar.gz`, or the folder
    `cifar-10-batches-py` of it; by default it is `~/.cache/mlx.data/cifar`. All samples are in memory. Nothing is downloaded:
    MissingFileError says where a missing file is found, and `quiet` and `validate_download` have no effect. The pickles of the
    archive can make arrays, numbers and texts alone: others raise `Error`, so that a file cannot run code.
    """
    names = [f"data_batch_{number}" for number in range(1, 6)] if train else ["test_batch"]
    return _cifar(root, "cifar-10-python.tar.gz", "cifar-10-batches-py", names, "labels")


def load_cifar100(root: Root = None, train: bool = True, quiet: bool = False, validate_download: bool = True) -> Buffer:
    """Returns the images of CIFAR-100 with their fine labels, as `load_cifar10` returns those of CIFAR-10.

    >>> import colonnade as dx
    >>> import numpy as np, pathlib, pickle, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> (root / "cifar-100-python").mkdir()
    >>> part = {"data": np.zeros((1, 3072), np.uint8), "fine_labels": [49]}
    >>> _ = (root / "cifar-100-python/train").write_bytes(pickle.dumps(part))
    >>> int(dx.datasets.load_cifar100(root)[0]["label"])
    49

    `root` has `cifar-100-python.tar.gz`, or the folder `cifar-100-python` of it.
    """
    return _cifar(root, "cifar-100-python.tar.gz", "cifar-100-python", ["train" if train else "test"], "fine_labels")


def _cifar(root: Root, archive: str, folder: str, names: list[str], labels_key: str) -> Buffer:
    path = existing(root, "cifar", [f"{folder}/", archive], "https://www.cs.toronto.edu/~kriz/cifar.html")
    samples: list[dict[str, Any]] = []
    for name, contents in _members(path, [f"{folder}/{name}" for name in names]).items():
        images, labels = _checked(_PlainPickle(io.BytesIO(contents), encoding="latin1"), labels_key, f"{path}, {name}")
        samples += [{"image": image, "label": label} for image, label in zip(images, labels)]
    return buffer_from_vector(samples)


def _members(path: Path, names: list[str]) -> dict[str, bytes]:
    """Returns the contents of files in an archive, or beside each other in its unpacked folder, in the order of `names`."""
    import tarfile

    found: dict[str, bytes] = {}
    if path.is_dir():
        found = {name: (path.parent / name).read_bytes() for name in names if (path.parent / name).is_file()}
    else:
        try:
            with tarfile.open(path, "r:gz") as tar:
                for member in tar:
                    if member.name in names and member.isfile():
                        if member.size > _LARGEST:
                            raise Error(f"{path}: {member.name} is larger than any file of CIFAR")
                        found[member.name] = tar.extractfile(member).read()  # type: ignore[union-attr]
        except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
            raise Error(f"{path}: {error}") from None
    missing = [name for name in names if name not in found]
    if missing:
        raise Error(f"{path} lacks {', '.join(missing)}: download it again")
    return {name: found[name] for name in names}


def _checked(reader: pickle.Unpickler, labels_key: str, place: str) -> tuple[NDArray[np.uint8], list[int]]:
    try:
        contents = reader.load()
        data, labels = contents["data"], contents[labels_key]
    except Error:
        raise
    except Exception as error:  # a damaged pickle raises anything
        raise Error(f"{place}: it is no pickle of CIFAR: {error!r}") from None
    is_data = isinstance(data, np.ndarray) and data.dtype == np.uint8 and data.shape[1:] == (3072,)
    if not is_data or not isinstance(labels, list) or len(labels) != len(data):
        raise Error(f"{place}: it needs uint8 of the shape (n, 3072), and a list of n labels")
    if not labels:
        raise Error(f"{place} has no images: it is another data set, or incomplete")
    classes = _CLASSES[labels_key]
    for label in labels:
        if type(label) is not int or not 0 <= label < classes:
            raise Error(
                f"{place}: {label!r} is no label, which is an integer from 0 to {classes - 1}: download it again"
            )
    return np.ascontiguousarray(data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), labels


class _PlainPickle(pickle.Unpickler):
    """A reader of pickles that have nothing but arrays, numbers, texts, lists and dicts."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return lambda text, encoding: text.encode("latin1")
        if module.removesuffix(".multiarray") in ("numpy", "numpy.core", "numpy._core") and name in (
            "_reconstruct", "dtype", "ndarray",
        ):  # fmt: skip
            return super().find_class(module, name)
        raise Error(
            f"the pickle makes {module}.{name}, which no file of CIFAR needs: it could run code, so it is not read"
        )
