# SPDX-License-Identifier: Apache-2.0
"""Tests that data is unchanged when NumPy writes it, the command ingests and exports it, and NumPy reads it.

The environment variable COLONNADE names the command; `./tools/dev test` sets it.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np

COMMAND = os.environ["COLONNADE"]
DTYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def run(*arguments):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True)


def some(dtype, shape):
    """Returns elements with arbitrary bits, where floating-point numbers are finite."""
    values = np.random.default_rng(7).integers(0, 256, size=(*shape, np.dtype(dtype).itemsize), dtype=np.uint8)
    array = values.view(dtype).reshape(shape)
    return np.nan_to_num(array, nan=1, posinf=2, neginf=3) if array.dtype.kind == "f" else array


class NumPy(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def round_trip(self, source, *options):
        target, export = self.folder / "data.colonnade", self.folder / "export.npz"
        for step in (("ingest", source, "--output", target, "--force", *options), ("verify", target),
                     ("export", target, "--output", export, "--force")):  # fmt: skip
            done = run(*step)
            self.assertEqual(done.returncode, 0, f"{step}: {done.stderr}")
        with np.load(export) as archive:
            return {name: archive[name] for name in archive.files}

    def assert_same(self, ours, expected):
        self.assertEqual(ours.dtype, expected.dtype.newbyteorder("="))
        self.assertEqual(ours.shape, expected.shape)
        np.testing.assert_array_equal(ours, expected)

    def test_every_data_type_byte_order_and_memory_order(self):
        for dtype in DTYPES:
            for order in "<>":
                for layout in "CF":
                    with self.subTest(dtype=dtype, order=order, layout=layout):
                        array = np.array(some(dtype, (70, 3, 5)).astype(order + dtype), order=layout)
                        np.save(self.folder / "x.npy", array)
                        (ours,) = self.round_trip(self.folder / "x.npy").values()
                        self.assert_same(ours, array)

    def test_bool(self):
        array = some("u1", (100, 3)) > 127
        np.save(self.folder / "x.npy", array)
        (ours,) = self.round_trip(self.folder / "x.npy").values()
        self.assert_same(ours, array)

    def test_archives_stored_and_deflated(self):
        arrays = {dtype: some(dtype, (1000, 2)) for dtype in DTYPES} | {"scalar": some("i4", (1000,))}
        for save in (np.savez, np.savez_compressed):
            with self.subTest(save=save.__name__):
                save(self.folder / "x.npz", **arrays)
                ours = self.round_trip(self.folder / "x.npz")
                self.assertEqual(list(ours), list(arrays))
                for name, array in arrays.items():
                    self.assert_same(ours[name], array)

    def test_a_compressed_column_gives_the_same_rows(self):
        array = np.repeat(some("i4", (50, 8)), 100, axis=0)
        np.savez(self.folder / "x.npz", a=array)
        self.assert_same(self.round_trip(self.folder / "x.npz", "--codec", "a=zlib")["a"], array)

    def test_checksums_of_a_shuffled_epoch_are_the_sums(self):
        a, b = some("u1", (1001, 28, 28)), some("i2", (1001,))
        np.savez(self.folder / "x.npz", a=a, b=b)
        target = self.folder / "x.colonnade"
        self.assertEqual(run("ingest", self.folder / "x.npz", "--output", target).returncode, 0)
        done = run("bench", target, "--shuffle", "--seed", 3, "--batch", 32, "--epochs", 2, "--checksum", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        sums = json.loads(done.stdout)["checksums"]
        self.assertEqual(sums, {"a": int(a.sum(dtype=np.int64)), "b": int(b.sum(dtype=np.int64))})


if __name__ == "__main__":
    unittest.main()
