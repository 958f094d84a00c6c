# SPDX-License-Identifier: Apache-2.0
"""Runs the code of docs/TUTORIAL.md, and the last listing of MLX Data's tutorial."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import fashion
import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs/TUTORIAL.md"

#: Code before the listing, which replaces network and window. The listings encode and decode each picture of a split several times.
PREFACE = """
import matplotlib
matplotlib.use("Agg")
import datasets, fashion, functools
datasets.load_dataset = functools.partial(fashion.load_dataset, count={count})
datasets.disable_progress_bars()
"""


def run(code: str, folder: Path, count: int) -> str:
    for package in ("datasets", "PIL", "mlx.core", "matplotlib"):
        pytest.importorskip(package)
    script = folder / "script.py"
    script.write_text(PREFACE.format(count=count) + code)
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, script.name], cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True,
        text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_tutorial(tmp_path: Path) -> None:
    code = blocks(TUTORIAL.read_text(encoding="utf-8"))
    assert len(code) > 8
    output = run("\n".join(code), tmp_path, count=6_000)
    print(output)
    assert (tmp_path / "first.png").stat().st_size > 1000
    assert output.count("True") == 2
    accuracies = [float(number) for number in re.findall(r"([\d.]+)%", output)]
    assert len(accuracies) == 2
    if fashion.is_whole():
        assert min(accuracies) > 75


#: The last listing of MLX Data's tutorial of Hugging Face data sets; only the imported module differs.
LISTING = """
from datasets import load_dataset
ds = load_dataset("ylecun/mnist")

import numpy as np
import colonnade as dx

# Convert the content of the dataset into numpy arrays
def huggingface_to_array_of_dict(dataset):
    return [{"image": np.array(image).copy(), "label": label}
            for label, image in zip(dataset['label'], dataset['image'])]

# Convert the Hugging Face dataset to a stream of batches
def hf_dataset_to_mlx_stream(dataset, shuffle=False):
    numpy_data = huggingface_to_array_of_dict(dataset)

    buffer = dx.buffer_from_vector(numpy_data)
    if shuffle:
        buffer = buffer.shuffle()

    return (
        buffer
        .to_stream()
        .key_transform("image", lambda x: x.astype("float32") / 255)
        .batch(32)
        .prefetch(prefetch_size=8, num_threads=4)
    )

import matplotlib.pyplot as plt
import mlx.core as mx

train_stream = hf_dataset_to_mlx_stream(ds['train'], shuffle=True)
test_stream = hf_dataset_to_mlx_stream(ds['test'], shuffle=False)

train_stream.reset()
for batch in train_stream:
    (X, y) = mx.array(batch['image']), mx.array(batch['label'])

    print('The image should display a ', y[0].item())
    plt.imshow(X[0])
    break
"""

CHECKS = """
assert X.shape == (32, 28, 28) and X.dtype == mx.float32 and y.shape == (32,) and y.dtype == mx.int64
for part, stream in (("train", train_stream), ("test", test_stream)):
    images, labels = (array[:1000] for array in fashion.arrays(part))
    stream.reset()
    batches = list(stream)
    assert len(batches) == -(-len(images) // 32)
    assert sum(len(batch["label"]) for batch in batches) == len(images)
    if part == "test":
        assert (np.concatenate([batch["label"] for batch in batches]) == labels).all()
        assert np.allclose(np.concatenate([batch["image"] for batch in batches]), images / 255, atol=1e-6)
"""


def test_mlx_data_listing(tmp_path: Path) -> None:
    assert "The image should display a " in run(LISTING + CHECKS, tmp_path, count=1000)
