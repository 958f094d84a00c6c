# SPDX-License-Identifier: Apache-2.0
"""Tests of folders of pictures and sound as sources of `ingest`."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import warnings
from typing import Any

import colonnade as dx
import numpy as np
import pytest

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures"
#: Names in a data set, and the fixtures that they are: the suffixes do not tell the format.
PICTURES = {
    "dog/b.jpg": "images/pngsuite/basn2c08.png",
    "cat/Z.png": "images/jpeg/video-001.jpeg",
    "cat/a.gif": "images/made/lossy.webp",
    "cat/b.bin": "images/made/rgb.bmp",
}


def tree(folder: pathlib.Path, files: dict[str, str] = PICTURES) -> pathlib.Path:
    for name, fixture in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FIXTURES / fixture, folder / name)
    return folder


def texts(buffer: dx.Buffer, key: str) -> list[str]:
    return [str(sample[key]) for sample in buffer]


def test_a_folder_for_each_class(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "pets")
    (root / "owl").mkdir()
    for name in (".DS_Store", "cat/.hidden.jpg", "cat/Thumbs.db", ".git/config"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"?")
    pets = dx.ingest(root, tmp_path / "pets.colonnade")
    order = ["cat/Z.png", "cat/a.gif", "cat/b.bin", "dog/b.jpg"]
    assert texts(pets, "file") == order
    assert [bytes(sample["image"]) for sample in pets] == [(root / name).read_bytes() for name in order]
    assert [int(sample["label"]) for sample in pets] == [0, 0, 0, 1]
    assert list(pets.schema) == ["image", "label", "file"]
    assert pets.schema["label"].meaning == ["cat", "dog", "owl"] and pets.dtypes["label"] == "int64"
    assert pets.schema["image"].meaning == "image/*"
    # The same classes, files and pixels as those of the function of MLX Data.
    (root / "cat/Thumbs.db").unlink()
    direct = dx.datasets.load_images_from_folder(root)
    assert [int(sample["label"]) for sample in direct] == [0, 0, 0, 1]
    assert [bytes(sample["file"]).decode() for sample in direct] == order


def test_a_folder_of_files(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "flat", {"2.x": "images/jpeg/video-001.jpeg", "10.x": "images/jpeg/video-005.gray.jpeg"})
    flat = dx.ingest(root, tmp_path / "flat.colonnade", columns=["picture=image"])
    assert list(flat.schema) == ["picture"] and flat.schema["picture"].meaning == "image/jpeg"
    assert bytes(flat[0]["picture"]) == (root / "10.x").read_bytes()


def wav(*samples: int) -> bytes:
    data = struct.pack(f"<{len(samples)}h", *samples)
    head = struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", len(data))
    return struct.pack("<4sI4s", b"RIFF", 4 + len(head) + len(data), b"WAVE") + head + data


def test_sound_and_a_picture_among_it(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "sound", {"drum/t.flac": "audio/tabla_na_o.flac"})
    (root / "tone").mkdir()
    (root / "tone/a.wav").write_bytes(wav(1, 2, 3))
    sound = dx.ingest(root, tmp_path / "sound.colonnade")
    assert sound.schema["audio"].meaning == "audio/*" and texts(sound, "file") == ["drum/t.flac", "tone/a.wav"]
    assert bytes(sound[1]["audio"]) == wav(1, 2, 3)
    shutil.copyfile(FIXTURES / "images/made/rgb.bmp", root / "tone/b.wav")
    (root / "tone/c.wav").write_bytes(wav(1, 2, 3)[:-1])
    with pytest.raises(dx.Error, match="tone/b.wav: it is a picture, and most files are sound"):
        dx.ingest(root, tmp_path / "x.colonnade")
    (root / "tone/b.wav").unlink()
    with pytest.raises(dx.Error, match="tone/c.wav: the audio is damaged: WAV: of 6 bytes of samples, 1 are missing"):
        dx.ingest(root, tmp_path / "x.colonnade")
    with pytest.raises(dx.Error, match='the storage of "audio"|a storage is given for "audio"'):
        dx.ingest(root, tmp_path / "x.colonnade", images={"audio": "raw"}, skip_bad=True)


def test_lengths_of_sound(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("soundfile")
    root = tree(tmp_path / "sound", {"drum/t.flac": "audio/tabla_na_o.flac"})
    (root / "tone").mkdir()
    (root / "tone/a.wav").write_bytes(wav(1, 2, 3))
    sound = dx.ingest(root, tmp_path / "sound.colonnade", audio_info=True)
    info = ["audio.frames", "audio.channels", "audio.sample_rate"]
    assert list(sound.schema) == ["audio", *info, "label", "file"]
    assert [sound.dtypes[name] for name in info] == ["int64", "int32", "int32"]
    measured = sound.load_audio("audio", from_memory=True, info=True)
    assert [[int(row[name]) for name in info] for row in sound] == [row["audio"].tolist() for row in measured]
    assert sound.sort_by("audio.frames")["file"].tolist() == ["tone/a.wav", "drum/t.flac"]
    # Chosen columns, renamed ones, a folder with a table, and one of many files.
    some = dx.ingest(root, tmp_path / "some.colonnade", audio_info=True, columns=["sound=audio", "n=audio.frames"])
    assert list(some.schema) == ["sound", "n"] and some["n"].tolist() == sound["audio.frames"].tolist()
    (root / "metadata.csv").write_text("file_name,text\ntone/a.wav,tone\ndrum/t.flac,drum\n")
    table = dx.ingest(root, f"{tmp_path}/many/", audio_info=True)
    assert list(table.schema) == ["audio", *info, "text", "file"] and table["audio.frames"].tolist()[0] == 3
    (root / "metadata.csv").write_text("file_name,audio.frames\ntone/a.wav,1\ndrum/t.flac,2\n")
    with pytest.raises(dx.Error, match=r"a column audio\.frames, which is made of the files: rename it"):
        dx.ingest(root, tmp_path / "x.colonnade", audio_info=True)
    (root / "metadata.csv").unlink()

    with pytest.raises(dx.Error, match="audio_info=True is for sound, and there is none"):
        dx.ingest(tree(tmp_path / "pets"), tmp_path / "x.colonnade", audio_info=True)
    with pytest.raises(dx.Error, match="audio_info=True is for .*, and this is"):
        (tmp_path / "a.csv").write_text("x\n1\n")
        dx.ingest(tmp_path / "a.csv", tmp_path / "x.colonnade", audio_info=True)
    with pytest.raises(dx.Error, match="audio_info is for folders"):
        dx.ingest([{"x": 1}], tmp_path / "x.colonnade", audio_info=True)
    # A file that nothing decodes is bad, and is left out with the others.
    (root / "tone/b.flac").write_bytes(b"fLaC\0\0\0\x22" + bytes(80))
    with pytest.raises(dx.Error, match=r"tone/b\.flac: "):
        dx.ingest(root, tmp_path / "x.colonnade", audio_info=True)
    with pytest.warns(UserWarning, match=r"tone/b\.flac"):
        kept = dx.ingest(root, tmp_path / "x.colonnade", audio_info=True, skip_bad=True)
    assert kept["audio.frames"].tolist() == sound["audio.frames"].tolist()


def test_lengths_without_libsndfile(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "sound", {"t.flac": "audio/tabla_na_o.flac"})
    program = f"""
import colonnade as dx
try:
    dx.ingest({str(root)!r}, {str(tmp_path / "x.colonnade")!r}, audio_info=True, skip_bad=True)
except dx.Error as error:
    print(error)
"""
    environment = {**os.environ, "COLONNADE_SNDFILE": str(tmp_path / "nothing.so")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    # Not even skip_bad leaves out all files, since they are not bad.
    assert "install it, or leave out audio_info=True" in done.stdout and not (tmp_path / "x.colonnade").exists()


def damaged(root: pathlib.Path) -> dict[str, str]:
    """Adds bad files; returns them with what is wrong."""
    jpeg = (FIXTURES / "images/jpeg/video-001.jpeg").read_bytes()
    png = (FIXTURES / "images/pngsuite/basn2c08.png").read_bytes()
    files = {
        "cat/empty.jpg": b"",
        "cat/head.jpg": jpeg[:20],
        "cat/huge.png": png[:16] + struct.pack(">II", 30_000, 30_000) + png[24:],
        "cat/page.jpg": b"<!DOCTYPE html><html></html>" + b" " * 64,
        "cat/text.jpg": b"no picture" * 20,
        "cat/tiff.jpg": b"II*\0" + bytes(60),
    }
    for name, contents in files.items():
        (root / name).write_bytes(contents)
    os.symlink("nowhere", root / "dog/dangling.jpg")
    os.mkfifo(root / "dog/pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "dog/socket"))
    (root / "notes.txt").write_text("beside the classes")
    return {
        "cat/empty.jpg": "it is empty",
        "cat/head.jpg": "the picture is damaged",
        "cat/huge.png": "30000 × 30000",
        "cat/page.jpg": "it is an HTML page",
        "cat/text.jpg": "it is neither a picture",
        "cat/tiff.jpg": "it is a TIFF picture",
        "dog/dangling.jpg": "a link to a file that does not exist",
        "dog/pipe.jpg": "a pipe, a socket or a device",
        "dog/socket": "a pipe, a socket or a device",
        "notes.txt": "beside the folders of the classes",
    }


def test_bad_files(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(tmp_path / "p")
    monkeypatch.chdir(tmp_path)
    faults = damaged(pathlib.Path("p"))
    target = tmp_path / "p.colonnade"
    with pytest.raises(dx.Error, match=r"of its 14 files are bad\. Correct them, or give skip_bad=True") as raised:
        dx.ingest("p", target)
    assert "dog/pipe.jpg" in str(raised.value) and not target.exists()
    with pytest.warns(UserWarning, match="p: bad files are left out") as caught:
        pets = dx.ingest("p", target, skip_bad=True)
    assert caught[0].filename == __file__
    assert texts(pets, "file") == sorted(PICTURES, key=os.fsencode)
    # Each of them is reported with its reason, if it is the only one.
    for name, reason in faults.items():
        for other in faults:
            (pathlib.Path("all") / other).parent.mkdir(parents=True, exist_ok=True)
            if other != name and os.path.lexists(root / other):
                os.replace(root / other, pathlib.Path("all") / other)
        with pytest.raises(dx.Error, match=f"p: {name}: .*{reason}.*skip_bad=True"):
            dx.ingest("p", tmp_path / "x.colonnade")
        for other in faults:
            if other != name:
                os.replace(pathlib.Path("all") / other, root / other)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shutil.rmtree(root)
        dx.ingest(tree(root), target, overwrite=True, skip_bad=True)


def test_folders_of_another_structure(tmp_path: pathlib.Path) -> None:
    def refusal(files: list[str]) -> str:
        shutil.rmtree(tmp_path / "r", ignore_errors=True)
        (tmp_path / "r").mkdir()
        tree(tmp_path / "r", dict.fromkeys(files, "images/made/rgb.bmp"))
        with pytest.raises(dx.Error) as raised:
            dx.ingest(tmp_path / "r", tmp_path / "x.colonnade")
        return str(raised.value)

    assert "(test, train) have the names of splits and not of classes" in refusal(["train/a/1", "test/a/1"])
    assert "a/b is a folder in the folder of a class" in refusal(["a/b/1", "c/1"])
    assert "it has no files" in refusal([])
    (tmp_path / "r/a").mkdir()
    with pytest.raises(dx.Error, match="it has no files"):
        dx.ingest(tmp_path / "r", tmp_path / "x.colonnade")
    tree(tmp_path / "r", {"a/1": "images/made/rgb.bmp"})
    with pytest.raises(dx.Error, match="mask=True is for missing values, and no value of it can be missing"):
        dx.ingest(tmp_path / "r", tmp_path / "x.colonnade", mask=True)
    with pytest.raises(dx.Error, match="skip_bad is for folders"):
        dx.ingest([{"x": 1}], tmp_path / "x.colonnade", skip_bad=True)
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(dx.Error, match="images= is for .*folders of pictures or sound, and this is csv"):
        dx.ingest(tmp_path / "a.csv", tmp_path / "x.colonnade", images={"x": "raw"})


def test_names_that_are_not_text(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "n", {"a/1": "images/made/rgb.bmp"})
    os.rename(root / "a/1", os.path.join(os.fsencode(root), b"a/\xff"))
    with pytest.raises(dx.Error, match=r"the name a/\\xff is not UTF-8"):
        dx.ingest(root, tmp_path / "n.colonnade")
    assert len(dx.ingest(root, tmp_path / "n.colonnade", columns=["image", "label"])) == 1


def test_pixels(tmp_path: pathlib.Path) -> None:
    def expected(root: pathlib.Path, name: str) -> Any:
        sample = {"path": os.fsencode(root / name)}
        return dx.buffer_from_vector([sample]).load_image("path", orientation="apply")[0]["path"]

    same = tree(tmp_path / "same", {"a": "images/jpeg/video-001.jpeg", "b": "images/jpeg/video-001.progressive.jpeg"})
    fixed = dx.ingest(same, tmp_path / "s.colonnade", images={"image": "raw"})
    assert fixed.schema["image"].shape == (103, 150, 3) and fixed.metadata == {"image.storage": "raw"}
    mixed = tree(tmp_path / "mixed", {**PICTURES, "cat/o": "images/made/orientation-6.jpg"})
    ragged = dx.ingest(mixed, tmp_path / "m.colonnade", images={"image": "raw"})
    assert ragged.schema["image"].shape == (None, None, 3)
    for root, buffer in ((same, fixed), (mixed, ragged)):
        for sample in buffer:
            np.testing.assert_array_equal(sample["image"], expected(root, str(sample["file"])))


def test_smaller_jpeg_files(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "r", {"a": "images/jpeg/video-001.jpeg", "b": "images/made/rgb.bmp"})
    storage = "encoded,max-side=64,quality=80"
    small = dx.ingest(root, tmp_path / "r.colonnade", images={"image": storage})
    assert small.metadata == {"image.storage": storage} and small.schema["image"].meaning == "image/jpeg"
    (tmp_path / "a.jpg").write_bytes(bytes(small[0]["image"]))
    image = dx.buffer_from_vector([{"path": os.fsencode(tmp_path / "a.jpg")}]).load_image("path")[0]["path"]
    whole = dx.buffer_from_vector([{"path": os.fsencode(root / "a")}]).load_image("path").image_resize("path", 64, 44)
    assert image.shape == (44, 64, 3)
    assert np.abs(image.astype(int) - whole[0]["path"].astype(int)).mean() < 6
    # A JPEG file that is small enough stays as it is.
    large = dx.ingest(root, tmp_path / "l.colonnade", images={"image": "encoded,max-side=150"})
    assert bytes(large[0]["image"]) == (root / "a").read_bytes()
    shutil.copyfile(FIXTURES / "images/pngsuite/basn6a08.png", root / "c")
    with pytest.raises(dx.Error, match="c: it has transparency, which JPEG does not have"):
        dx.ingest(root, tmp_path / "x.colonnade", images={"image": storage})
    for wrong in (
        "jpeg",
        "encoded,max-side=0",
        "encoded,quality=90",
        "encoded,max-side=9,quality=101",
        "raw,max-side=9",
    ):
        with pytest.raises(dx.Error, match="is no storage of pictures"):
            dx.ingest(root, tmp_path / "x.colonnade", images={"image": wrong})
    with pytest.raises(dx.KeyMissingError, match='a storage is given for "picture"'):
        dx.ingest(root, tmp_path / "x.colonnade", images={"picture": "raw"})


def test_a_table_beside_files(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "speech"
    (root / "clips/a").mkdir(parents=True)
    for number in range(3):
        (root / f"clips/a/{number}.wav").write_bytes(wav(number, number))
    table = root / "metadata.csv"
    table.write_text(
        'text,file_name,speaker\nzero,clips/a/0.wav,7\n"one, two",./clips/a/1.wav,8\nagain,clips/a/0.wav,7\n'
    )
    with pytest.raises(dx.Error, match=r"speech: clips/a/2.wav: no row of metadata.csv names it"):
        dx.ingest(root, tmp_path / "x.colonnade")
    (root / "clips/a/2.wav").unlink()
    speech = dx.ingest(root, tmp_path / "s.colonnade", schema={"speaker": "uint8"})
    assert list(speech.schema) == ["audio", "text", "speaker", "file"] and speech.dtypes["speaker"] == "uint8"
    assert texts(speech, "text") == ["zero", "one, two", "again"]
    assert texts(speech, "file") == ["clips/a/0.wav", "clips/a/1.wav", "clips/a/0.wav"]
    assert [bytes(sample["audio"]) for sample in speech] == [wav(0, 0), wav(1, 1), wav(0, 0)]
    some = dx.ingest(root, tmp_path / "c.colonnade", columns=["audio", "y=text"])
    assert list(some.schema) == ["audio", "y"]
    with table.open("a") as file:
        file.write("none,../secret.wav,1\nabsent,clips/a/9.wav,2\n")
    with pytest.raises(dx.Error, match=r"record 4: it names \.\./secret\.wav, which is not in the folder") as raised:
        dx.ingest(root, tmp_path / "x.colonnade")
    assert "record 5: it names clips/a/9.wav" in str(raised.value)
    with pytest.warns(UserWarning, match="record 5"):
        assert len(dx.ingest(root, tmp_path / "k.colonnade", skip_bad=True)) == 3


def test_other_tables_beside_files(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "p", {"a/1.jpg": "images/jpeg/video-001.jpeg", "2.png": "images/pngsuite/basn2c08.png"})
    rows = '{"file_name": "a/1.jpg", "boxes": [[1, 2, 3, 4]]}\n{"file_name": "2.png", "boxes": []}\n'
    (root / "metadata.jsonl").write_text(rows)
    made = dx.ingest(root, tmp_path / "p.colonnade")
    assert list(made.schema) == ["image", "boxes", "file"] and made[0]["boxes"].tolist() == [[1, 2, 3, 4]]
    (root / "metadata.csv").write_text("file_name\n2.png\n")
    with pytest.raises(dx.Error, match=r"it has metadata\.csv and metadata\.jsonl: remove all tables but one"):
        dx.ingest(root, tmp_path / "x.colonnade")
    (root / "metadata.jsonl").unlink()
    (root / "metadata.csv").write_text("name,x\n2.png,1\n")
    for columns in (None, ["image", "x"]):
        with pytest.raises(dx.Error, match=r"metadata\.csv: it has no column file_name, .* row: rename one of name, x"):
            dx.ingest(root, tmp_path / "x.colonnade", columns=columns)
    (root / "metadata.csv").write_text("file_name,image\n2.png,1\na/1.jpg,2\n")
    with pytest.raises(dx.Error, match="it has a column image, which is made of the files"):
        dx.ingest(root, tmp_path / "x.colonnade")
    (root / "metadata.csv").write_text("file_name\n2.png\na/1.jpg\n")
    os.symlink("..", root / "a/loop")
    with pytest.raises(dx.Error, match="more than 32 deep, or links lead in a circle"):
        dx.ingest(root, tmp_path / "x.colonnade")
    # A table with another name, beside files and beside folders of classes.
    (root / "a/loop").unlink()
    (root / "metadata.csv").rename(root / "names.csv")
    for _ in range(2):
        with pytest.raises(
            dx.Error, match=r"names\.csv: it is a table, and one that names the files is called metadata"
        ):
            dx.ingest(root, tmp_path / "x.colonnade", columns=["image"])
        (root / "2.png").unlink(missing_ok=True)
        shutil.rmtree(root / "a", ignore_errors=True)


def test_all_options_at_once(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "p", {"a": "images/jpeg/video-001.jpeg"})
    (root / "metadata.csv").write_text("file_name,n,c\na,NA,1\n")
    made = dx.ingest(
        root,
        tmp_path / "p.colonnade",
        overwrite=True,
        columns=["image", "n", "c"],
        schema={"n": "int32"},
        fill={"n": -5, "*": {"float": 0.0}},
        mask=True,
        labels={"c": ["x", "y"]},
        images={"image": "encoded,max-side=20"},
        skip_bad=True,
        metadata={"k": "v"},
        grouping="separate",
        codec={"image": "zlib"},
        missing=["NA"],
        progress=False,
    )
    assert [int(made[0]["n"]), bool(made[0]["n.valid"]), int(made[0]["c"])] == [-5, False, 1]
    assert made.metadata == {"k": "v", "image.storage": "encoded,max-side=20,quality=90"}


def test_a_fill_of_another_column_asks_for_no_zeros(tmp_path: pathlib.Path) -> None:
    picture = "images/jpeg/video-001.jpeg"
    root = tree(tmp_path / "p", {"a": picture, "b": picture})
    (root / "metadata.csv").write_text("file_name,n\na,1\nb,\n")
    masked = dx.ingest(root, tmp_path / "m.colonnade", mask=True)
    assert list(masked.schema) == ["image", "n", "n.valid", "file"] and int(masked[1]["n"]) == 0
    with pytest.raises(dx.Error, match='record 2, column "n": 1 of 2 values is missing'):
        dx.ingest(root, tmp_path / "f.colonnade", mask=True, fill={"file": "?"})
