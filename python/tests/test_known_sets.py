# SPDX-License-Identifier: Apache-2.0
"""Tests of the readers of well-known data sets, with small files of the same form."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import tarfile
import tracemalloc
import wave
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

FASHION = Path(__file__).parents[2] / "Tests/Fixtures/fashion-1k"
FLAC = Path(__file__).parents[2] / "Tests/Fixtures/audio/tabla_na_o.flac"
sets = dx.datasets


def test_mnist(tmp_path: Path) -> None:
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"):
        os.symlink(FASHION / name, tmp_path / name)
    labels = np.frombuffer((FASHION / "train-labels-idx1-ubyte").read_bytes(), np.uint8)[8:]
    pixels = np.frombuffer(gzip.decompress((FASHION / "train-images-idx3-ubyte.gz").read_bytes()), np.uint8)[16:]
    for load in (sets.load_mnist, sets.load_fashion_mnist):
        buffer = load(tmp_path)
        assert len(buffer) == 1000 and buffer.dtypes == {"image": "uint8", "label": "uint8"}
        assert (buffer["label"] == labels).all() and (buffer["image"].ravel() == pixels).all()
        assert buffer[3]["image"].shape == (28, 28, 1) and buffer[3]["label"].shape == ()
        with pytest.raises(FileNotFoundError, match="no t10k-images-idx3-ubyte.gz or t10k-images-idx3-ubyte in .*http"):
            load(str(tmp_path), train=False)
    with pytest.raises(RuntimeError, match=r"in /nowhere/.cache/mlx.data/mnist"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", "/nowhere")
        sets.load_mnist()


@pytest.mark.parametrize(
    "images",
    [b"", struct.pack(">4I", 2051, 1, 2, 3) + bytes(5), struct.pack(">4I", 2049, 1, 2, 3) + bytes(6),
     struct.pack(">4I", 2051, 1 << 31, 1 << 31, 1 << 31)],
)  # fmt: skip
def test_damaged_idx_files(tmp_path: Path, images: bytes) -> None:
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, 1) + b"\0")
    (tmp_path / "train-images-idx3-ubyte").write_bytes(images)
    with pytest.raises(dx.Error, match="no IDX file of 3 dimensions"):
        sets.load_mnist(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(images)[:-1])
    with pytest.raises(dx.Error, match="train-images-idx3-ubyte.gz"):
        sets.load_mnist(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").unlink()
    (tmp_path / "train-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, 2, 1, 1) + bytes(2))
    with pytest.raises(dx.Error, match="2 images and 1 labels"):
        sets.load_mnist(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, 0, 28, 28))
    with pytest.raises(dx.Error, match="no images: they are another data set, or incomplete"):
        sets.load_mnist(tmp_path)


def test_an_idx_file_is_not_unpacked_beyond_its_header(tmp_path: Path) -> None:
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, 1) + b"\0")
    file = tmp_path / "train-images-idx3-ubyte.gz"
    for sizes in ((1, 2, 3), (1 << 20, 1 << 10, 1 << 4)):  # less than the file has, and more than it can have
        file.write_bytes(gzip.compress(struct.pack(">4I", 2051, *sizes) + bytes(16 << 20), 1))
        tracemalloc.start()
        try:
            with pytest.raises(dx.Error, match="another length than its header says"):
                sets.load_mnist(tmp_path)
            assert tracemalloc.get_traced_memory()[1] < 2 << 20
        finally:
            tracemalloc.stop()


def test_folders_with_the_names_of_files(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").mkdir()
    with pytest.raises(dx.Error, match="train-images-idx3-ubyte is no file: download the data set again"):
        sets.load_mnist(tmp_path)
    (tmp_path / "cifar-10-batches-py").touch()
    with pytest.raises(dx.Error, match="cifar-10-batches-py is no folder"):
        sets.load_cifar10(tmp_path)


def archive(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, contents in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            tar.addfile(member, io.BytesIO(contents))
    return path


def test_cifar(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    batches = [
        {"data": rng.integers(0, 256, (2, 3072), dtype=np.uint8), "labels": [n, 9 - n], "filenames": ["a", "b"]}
        for n in range(6)
    ]
    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    members = {f"cifar-10-batches-py/{name}": pickle.dumps(batch, 2) for name, batch in zip(names, batches)}
    # An archive may have the batches in any order.
    archive(tmp_path / "cifar-10-python.tar.gz", dict(reversed(members.items())), "w:gz")
    buffer = sets.load_cifar10(tmp_path)
    assert [int(s["label"]) for s in buffer] == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5] and buffer.dtypes["label"] == "int64"
    assert (buffer[3]["image"][4, 5] == batches[1]["data"][1].reshape(3, 32, 32)[:, 4, 5]).all()
    assert [int(s["label"]) for s in sets.load_cifar10(tmp_path, train=False)] == [5, 4]
    with (
        pytest.raises(dx.Error, match="test_batch is larger than any file of CIFAR"),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("colonnade._picture_sets._LARGEST", 1000)
        sets.load_cifar10(tmp_path, train=False)
    # The unpacked folder comes first, and other formats of pickles are read too.
    (tmp_path / "cifar-100-python").mkdir()
    fine = {"data": batches[0]["data"], "fine_labels": [3, 99], "coarse_labels": [0, 1]}
    for protocol in (0, 2, 4):
        (tmp_path / "cifar-100-python/test").write_bytes(pickle.dumps(fine, protocol))
        assert [int(s["label"]) for s in sets.load_cifar100(tmp_path, train=False)] == [3, 99]
    with pytest.raises(dx.Error, match="lacks cifar-100-python/train"):
        sets.load_cifar100(tmp_path)
    with pytest.raises(
        FileNotFoundError, match="cifar.html, and give the folder that contains cifar-100-python as root"
    ):
        sets.load_cifar100(tmp_path / "nothing")


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


def test_pickles_cannot_run_code_and_damaged_ones_are_errors(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-batches-py").mkdir()
    file = tmp_path / "cifar-10-batches-py/test_batch"
    good = {"data": np.zeros((1, 3072), np.uint8), "labels": [1]}
    for contents, message in [
        (pickle.dumps(Harmful()), r"the pickle makes (posix|nt).system"),
        (pickle.dumps(good)[:-30], "no pickle of CIFAR"),
        (b"", "no pickle of CIFAR"),
        (pickle.dumps([1]), "no pickle of CIFAR"),
        (pickle.dumps({**good, "labels": [1, 2]}), "a list of n labels"),
        (pickle.dumps({**good, "labels": [1.5]}), "1.5 is no label, which is an integer from 0 to 9"),
        (pickle.dumps({**good, "labels": ["1"]}), "'1' is no label"),
        (pickle.dumps({**good, "labels": [10]}), "10 is no label"),
        (pickle.dumps({"data": np.zeros((0, 3072), np.uint8), "labels": []}), "no images: it is another data set"),
        (pickle.dumps({**good, "data": np.zeros((1, 3071), np.uint8)}), r"uint8 of the shape \(n, 3072\)"),
    ]:
        file.write_bytes(contents)
        with pytest.raises(dx.Error, match=message):
            sets.load_cifar10(tmp_path, train=False)


def wav(*samples: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def test_librispeech(tmp_path: Path) -> None:
    pytest.importorskip("soundfile")
    lines = b"84-121-0000 GO DO YOU HEAR\n84-121-0001 BUT IN LESS\n"
    folder = "LibriSpeech/dev-clean/84/121"
    archive(
        tmp_path / "dev-clean.tar",
        {
            "LibriSpeech/README.TXT": b"1-2-3 no transcript",
            "LibriSpeech/notes.txt": b"neither",
            f"{folder}/84-121-0001.flac": FLAC.read_bytes(),
            f"{folder}/84-121.trans.txt": lines,
            f"{folder}/84-121-0000.flac": FLAC.read_bytes(),
        },
    )
    buffer = sets.load_librispeech(tmp_path)
    assert [s["transcript"].tobytes() for s in buffer] == [b"go do you hear", b"but in less"]
    assert buffer[1]["audio_file"].tobytes() == b"84/121/84-121-0001.flac"
    expected = dx.buffer_from_vector([{"x": FLAC.read_bytes()}]).load_audio("x", from_memory=True)[0]["x"]
    assert (buffer[1]["audio"] == expected).all() and buffer[1]["audio"].dtype == np.float32
    with pytest.raises(dx.Error, match="'train': the splits are dev-clean, "):
        sets.load_librispeech(tmp_path, "train")
    (tmp_path / "test-clean.tar.gz").write_bytes(b"")
    with pytest.raises(dx.Error, match="run gunzip test-clean.tar.gz"):
        sets.load_librispeech(tmp_path, "test-clean")
    archive(tmp_path / "dev-other.tar", {"a.trans.txt": b"no name"})
    with pytest.raises(dx.Error, match="no archive of LibriSpeech"):
        sets.load_librispeech(tmp_path, "dev-other")
    for members in ({}, {"a.txt": b"1-2-3 x"}, {"a.trans.txt": b""}):
        archive(tmp_path / "dev-other.tar", members)
        with pytest.raises(dx.Error, match="dev-other.tar has no .*: it is another data set, or incomplete"):
            sets.load_librispeech(tmp_path, "dev-other")


def test_libritts_r(tmp_path: Path) -> None:
    archive(
        tmp_path / "dev_clean.tar",
        {"L/1/a.wav": wav(1, 2), "L/1/a.normalized.txt": b"Hello.", "L/1/a.original.txt": b"hello", "L/x.tsv": b""},
    )
    (sample,) = sets.load_libritts_r(tmp_path)
    assert sample["transcript"].tobytes() == b"Hello." and sample["transcript"].dtype == np.uint8
    assert sample["file"].tobytes() == b"L/1/a.wav" and sample["audio"].ravel().tolist() == [2**-15, 2**-14]
    archive(tmp_path / "dev_clean.tar", {"L/1/a.mp3": b"", "L/1/a.normalized.txt": b"Hello."})
    with pytest.raises(dx.Error, match=r"dev_clean.tar has no file \*.wav: it is another data set, or incomplete"):
        sets.load_libritts_r(tmp_path)


@pytest.mark.parametrize("prefix", ["./", ""])
def test_speechcommands(tmp_path: Path, prefix: str) -> None:
    names = [f"{word}/{n}_nohash_0.wav" for word in ("yes", "no") for n in range(3)]
    members = {name: wav(number) for number, name in enumerate(names)}
    members |= {
        "_background_noise_/a_nohash_.wav": wav(9),
        "README.md": b"",
        "validation_list.txt": b"no/1_nohash_0.wav\n",
    }
    members["testing_list.txt"] = b"yes/0_nohash_0.wav\nno/2_nohash_0.wav\n"
    archive(tmp_path / "speech_commands_v0.02.tar", {prefix + name: data for name, data in members.items()})

    def loaded(split: str) -> list[tuple[str, int, float]]:
        return [
            (s["file"].tobytes().decode(), int(s["label"]), float(s["audio"][0, 0]) * 2**15)
            for s in sets.load_speechcommands(tmp_path, split)
        ]

    assert loaded("validation") == [(f"{prefix}no/1_nohash_0.wav", 0, 4)]
    assert loaded("test") == [(f"{prefix}no/2_nohash_0.wav", 0, 5), (f"{prefix}yes/0_nohash_0.wav", 1, 0)]
    assert [row[2] for row in loaded("train")] == [3, 1, 2]
    with pytest.raises(dx.Error, match="the splits are train, validation, test"):
        loaded("dev")
    archive(tmp_path / "speech_commands_v0.02.tar", {"testing_list.txt": b"", "a/b_nohash_.wav": wav(1)})
    with pytest.raises(dx.Error, match="lacks validation_list.txt"):
        loaded("train")
    archive(
        tmp_path / "speech_commands_v0.02.tar", {"testing_list.txt": b"a/x_nohash_.wav", "validation_list.txt": b""}
    )
    with pytest.raises(dx.Error, match="lacks a/x_nohash_.wav, which its lists name"):
        loaded("train")


def test_wikitext(tmp_path: Path) -> None:
    (tmp_path / "wikitext-2").mkdir()
    (tmp_path / "wikitext-2/wiki.valid.tokens").write_bytes(b" one \n\n two")
    lines = sets.load_wikitext_lines(tmp_path, "valid", "wikitext-2")
    assert [sample["line"].tobytes() for sample in lines] == [b" one ", b"", b" two"]
    with pytest.raises(
        FileNotFoundError, match="wikitext-103-raw-v1.zip, unpacked, .*contains wikitext-103-raw as root"
    ):
        sets.load_wikitext_lines(tmp_path)
    with pytest.raises(dx.Error, match="no subset 'wikitext-3'"):
        sets.load_wikitext_lines(tmp_path, subset="wikitext-3")
    (tmp_path / "wikitext-2/wiki.valid.tokens").write_bytes(b"")
    with pytest.raises(dx.Error, match="wiki.valid.tokens is empty: it is another data set, or incomplete"):
        sets.load_wikitext_lines(tmp_path, "valid", "wikitext-2")
