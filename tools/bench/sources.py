# SPDX-License-Identifier: Apache-2.0
"""Makes source files for the measurements, in the formats of NumPy, of incompressible bytes."""

import os
import zipfile
from array import array


def npy_header(dtype, shape):
    text = repr({"descr": dtype, "fortran_order": False, "shape": tuple(shape)})
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def write_npy(path, dtype, shape, byte_count):
    """Writes an array of random bytes."""
    with open(path, "wb") as file:
        file.write(npy_header(dtype, shape))
        for chunk in random_chunks(byte_count):
            file.write(chunk)


def write_sparse_npy(path, dtype, shape, byte_count):
    """Writes an array of zeros as a sparse file, which needs no disk space."""
    with open(path, "wb") as file:
        header = npy_header(dtype, shape)
        file.write(header)
        file.truncate(len(header) + byte_count)


def write_table_npz(path, columns, rows):
    """Writes float32 columns c0, c1, …, stored and not deflated. The values are integers, so that every sum is exact."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for column in range(columns):
            with archive.open(f"c{column}.npy", "w", force_zip64=True) as file:
                file.write(npy_header("<f4", (rows,)))
                pattern = array("f", os.urandom(1 << 18)).tobytes()  # a megabyte of floats, each with the value of one byte
                left = rows * 4
                while left > 0:
                    file.write(pattern[:left])
                    left -= len(pattern)


def random_chunks(byte_count):
    while byte_count > 0:
        chunk = os.urandom(min(byte_count, 1 << 24))
        byte_count -= len(chunk)
        yield chunk
