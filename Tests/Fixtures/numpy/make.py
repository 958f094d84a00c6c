#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the files of this folder with NumPy. Run it in this folder. The files are the same on each run."""

import gzip
import io
import zipfile
import zlib

import numpy as np

SHAPE = (5, 3, 2)
TEXTS = ["", "a", "grün", "naïve cafés", "seven \N{ROCKET}"]


def counting(dtype, order="C", big=False):
    """Returns 0, 1, 2, … in row-major order; for bool, whether each number is odd."""
    values = np.arange(30)
    array = (values % 2 == 1) if dtype == "bool" else values.astype(dtype)
    array = np.array(array.reshape(SHAPE), order=order)
    return array.astype(array.dtype.newbyteorder(">" if big else "<"), order=order)


def save(name, array, version=None, **options):
    with open(name, "wb") as file:
        np.lib.format.write_array(file, array, version=version, **options)


def archive(name, arrays, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(name, "w") as file:
        for key, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array)
            info = zipfile.ZipInfo(key + ".npy")
            info.compress_type = method
            file.writestr(info, buffer.getvalue())


for dtype in "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64".split():
    save(f"c-{dtype}.npy", counting(dtype))
    if np.dtype(dtype).itemsize > 1:
        save(f"big-{dtype}.npy", counting(dtype, big=True))
    if dtype in ("uint8", "int16", "float32", "float64"):
        save(f"fortran-{dtype}.npy", counting(dtype, order="F"))
save("fortran-big-int32.npy", counting("int32", order="F", big=True))
save("version-2.npy", counting("float32"), version=(2, 0))
save("version-3.npy", counting("float32"), version=(3, 0))
save("scalars.npy", np.arange(30, dtype="<i8"))
save("bytes.npy", np.array([text.encode() for text in TEXTS], dtype="S16"))
save("text.npy", np.array(TEXTS, dtype="<U12"))
save("text-big.npy", np.array(TEXTS, dtype=">U12"))
save("text-fortran.npy", np.asfortranarray(np.array(TEXTS, dtype="<U12")))
save("no-rows.npy", np.zeros((0, 3), dtype="<f4"))
for name in ("fortran-float64", "c-float32"):
    with open(name + ".npy", "rb") as plain, open(name + ".npy.gz", "wb") as packed:
        packed.write(gzip.compress(plain.read(), 9, mtime=0))

# Files that must be refused.
save("refused-objects.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
save("refused-structured.npy", np.zeros(3, dtype=[("x", "<f4"), ("it's", "<i8", (2,))]))
save("refused-complex.npy", np.zeros(3, dtype="<c8"))
save("times.npy", np.zeros(3, dtype="<M8[ns]"))
save("refused-longdouble.npy", np.zeros(3, dtype=np.longdouble))
save("refused-raw.npy", np.zeros(3, dtype="V2"))
save("refused-one-value.npy", np.array(7.0))
save("empty-rows.npy", np.zeros((3, 0)))
save("refused-several-strings.npy", np.array([["a", "b"], ["c", "d"]]))

columns = {
    "image": counting("uint8"), "label": np.arange(5, dtype="<i8"), "weights": counting("float64", order="F"),
    "name": np.array(TEXTS, dtype="<U12"), "big": counting("uint16", big=True),
}
archive("stored.npz", columns)
archive("deflated.npz", columns, zipfile.ZIP_DEFLATED)
np.savez_compressed("savez.npz", **columns)
zipfile.ZIP64_LIMIT, limit = 0, zipfile.ZIP64_LIMIT
zipfile.ZIP_FILECOUNT_LIMIT, count = 0, zipfile.ZIP_FILECOUNT_LIMIT
archive("zip64.npz", columns)
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limit, count
archive("refused-bzip2.npz", {"x": counting("int8")}, zipfile.ZIP_BZIP2)
archive("refused-lzma.npz", {"x": counting("int8")}, zipfile.ZIP_LZMA)
archive("refused-lengths.npz", {"x": np.zeros(3), "y": np.zeros((4, 2))})
archive("refused-one-value.npz", {"x": np.zeros(3), "k": np.array(1)})
with zipfile.ZipFile("refused-other.npz", "w") as file:
    file.writestr(zipfile.ZipInfo("notes.txt"), "not an array")
with open("stored.npz", "rb") as file:
    stored = bytearray(file.read())
at = stored.rindex(b"PK\1\2")
stored[at + 8] |= 1  # The last entry is marked as encrypted.
with open("refused-encrypted.npz", "wb") as file:
    file.write(stored)
