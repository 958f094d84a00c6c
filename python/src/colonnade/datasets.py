# SPDX-License-Identifier: Apache-2.0
"""Data sets of files that are on this machine, under the names of MLX Data."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING

from ._buffer import Buffer
from ._errors import Error
from ._factories import buffer_from_vector, stream_line_reader
from ._picture_sets import load_cifar10, load_cifar100, load_fashion_mnist, load_mnist
from ._set_files import Root, existing, split_of
from ._speech_sets import (
    load_librispeech,
    load_librispeech_tarfile,
    load_libritts_r,
    load_libritts_r_tarfile,
    load_speechcommands,
)
from ._stream import Stream

__all__ = [
    "load_cifar10",
    "load_cifar100",
    "load_fashion_mnist",
    "load_images_from_folder",
    "load_librispeech",
    "load_librispeech_tarfile",
    "load_libritts_r",
    "load_libritts_r_tarfile",
    "load_mnist",
    "load_speechcommands",
    "load_wikitext_lines",
]

#: The key of the absolute path of a picture, which no sample has in the end.
_PATH = "colonnade:path"


def load_images_from_folder(image_folder: str | os.PathLike[str]) -> Buffer:
    """Returns the pictures of a folder that has a folder for each class.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ["cat/1.pgm", "dog/1.pgm", "dog/2.pgm"]:
    ...     (root / name).parent.mkdir(exist_ok=True)
    ...     _ = (root / name).write_bytes(b"P5 2 1 255 ab")
    >>> pictures = dx.datasets.load_images_from_folder(root)
    >>> [(bytes(sample["folder"]).decode(), int(sample["label"])) for sample in pictures]
    [('cat', 0), ('dog', 1), ('dog', 1)]
    >>> pictures[2]["image"].shape
    (1, 2, 1)

    A sample has the keys `folder`, the name of the class; `label`, the index of that name among the sorted names, as int64;
    `file`, the path from `image_folder` on; and `image`, the pixels as `load_image` returns them. Names are bytes. The samples are
    sorted by folder and file. Files in deeper folders are not read, and links are followed. Names that begin with a dot are
    ignored, so that labels are those of `ingest`. A picture is decoded when its
    sample is read: a file that is not a picture raises then, with its row and path. Raises ValueError if there is no folder of a
    class, or no file in any.
    """
    root = pathlib.Path(image_folder)
    if not root.is_dir():
        raise Error(f"{root} is no folder: give the folder that has a folder for each class")
    entries = [entry for entry in root.iterdir() if not entry.name.startswith(".")]
    folders = sorted((entry for entry in entries if entry.is_dir()), key=lambda entry: os.fsencode(entry.name))
    if not folders:
        raise Error(f"{root} has no folders: it must have one for each class, with the pictures in it")
    samples = [
        {
            "folder": os.fsencode(folder.name),
            "label": label,
            "file": os.fsencode(file.relative_to(root)),
            _PATH: os.fsencode(file.absolute()),
        }
        for label, folder in enumerate(folders)
        for file in sorted(folder.iterdir(), key=lambda entry: os.fsencode(entry.name))
        if file.is_file() and not file.name.startswith(".")
    ]
    if not samples:
        raise Error(f"the folders in {root} have no files")
    return buffer_from_vector(samples).load_image(_PATH, output_key="image").filter_key(_PATH, remove=True)


def load_wikitext_lines(
    root: Root = None,
    split: str = "train",
    subset: str = "wikitext-103-raw",
    quiet: bool = False,
    validate_download: bool = True,
) -> Stream:
    """Returns a stream of the lines of WikiText, as bytes under `line`.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> (root / "wikitext-2-raw").mkdir()
    >>> _ = (root / "wikitext-2-raw/wiki.test.raw").write_text("\\n = Robert Boulter = \\n")
    >>> lines = dx.datasets.load_wikitext_lines(root, split="test", subset="wikitext-2-raw")
    >>> [sample["line"].tobytes() for sample in lines]
    [b'', b' = Robert Boulter = ']

    The splits are train, valid and test, and the subsets wikitext-2, wikitext-2-raw, wikitext-103 and wikitext-103-raw. `root` has
    the folder of the subset; by default it is `~/.cache/mlx.data/wikitext`. Nothing is downloaded: MissingFileError says what is
    missing, and `quiet` and `validate_download` have no effect.
    """
    split_of(split, ["train", "valid", "test"])
    split_of(subset, ["wikitext-2", "wikitext-2-raw", "wikitext-103", "wikitext-103-raw"], "subset")
    file = f"{subset}/wiki.{split}.{'raw' if subset.endswith('raw') else 'tokens'}"
    path = existing(root, "wikitext", [file], f"https://wikitext.smerity.com/{subset}-v1.zip, unpacked")
    if not path.stat().st_size:
        raise Error(f"{path} is empty: it is another data set, or incomplete")
    return stream_line_reader(path, "line")


if not TYPE_CHECKING:  # type checkers know the names by themselves

    def __getattr__(name: str) -> object:
        if name in ("load_imagenet", "load_imagenet_metadata"):
            raise AttributeError(
                f"{name} of MLX Data does not exist here: its labels are in a file of MATLAB. Unpack the archives into a folder "
                "for each class, and use load_images_from_folder or ingest, whose labels are the sorted names of the folders"
            )
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
