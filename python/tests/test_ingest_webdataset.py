# SPDX-License-Identifier: Apache-2.0
"""Tests of WebDataset tar shards as sources of `ingest`."""

from __future__ import annotations

import io
import json
import pathlib
import tarfile
import wave
from collections.abc import Iterable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures"
JPEG = (FIXTURES / "images/jpeg/video-001.jpeg").read_bytes()
GRAY = (FIXTURES / "images/jpeg/video-005.gray.jpeg").read_bytes()
PNG = (FIXTURES / "images/pngsuite/basn2c08.png").read_bytes()


def shard(path: pathlib.Path, members: Iterable[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> pathlib.Path:
    with tarfile.open(path, "w", format=form) as archive:
        for name, contents in members:
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            archive.addfile(member, io.BytesIO(contents))
    return path


def array(values: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(values))
    return file.getvalue()


def sample(key: str, number: int, **more: bytes) -> list[tuple[str, bytes]]:
    about = {"caption": f"text {number}", "size": [number, 2], "from": {"id": number}}
    return [
        (f"{key}.jpg", JPEG if number % 2 else GRAY),
        (f"{key}.CLS", f"{number}\n".encode()),
        (f"{key}.txt", f"é {number}\n".encode()),
        (f"{key}.json", json.dumps(about, indent=1).encode()),
        (f"{key}.emb.npy", array(np.arange(number + 1, dtype=">f4"))),
        *((f"{key}.{name}", contents) for name, contents in more.items()),
    ]


def test_samples_of_several_shards(tmp_path: pathlib.Path) -> None:
    notes = [("__index__", b"?"), ("a/.DS_Store", b"?")]
    shards = [
        shard(tmp_path / "0.tar", [*notes, *sample("a/0.5", 0), *sample("a/1", 1)], tarfile.GNU_FORMAT),
        shard(tmp_path / "1.tar", sample("x" * 120, 2)),
    ]
    # The key ends at the first dot of the name, not of the path.
    shard(shards[0], [*notes, *sample("a.b/0", 0), *sample("a.b/1", 1)], tarfile.GNU_FORMAT)
    made = dx.ingest(shards, tmp_path / "w.colonnade", labels={"cls": ["none", "one", "two"]})
    assert list(made.schema) == [
        "jpg", "cls", "txt", "emb.npy", "__key__", "json.caption", "json.size", "json.from.id",
    ]  # fmt: skip
    assert made.schema["jpg"].meaning == "image/jpeg" and made.dtypes["cls"] == "int64"
    assert made.schema["emb.npy"].shape == (None,) and made.dtypes["emb.npy"] == "float32"
    assert made.schema["cls"].meaning == ["none", "one", "two"]
    assert [str(row["__key__"]) for row in made] == ["a.b/0", "a.b/1", "x" * 120]
    for number, row in enumerate(made):
        assert bytes(row["jpg"]) == (JPEG if number % 2 else GRAY)
        assert int(row["cls"]) == number and str(row["txt"]) == f"é {number}\n"
        assert str(row["json.caption"]) == f"text {number}" and row["json.size"].tolist() == [number, 2]
        assert int(row["json.from.id"]) == number
        np.testing.assert_array_equal(row["emb.npy"], np.arange(number + 1, dtype=np.float32))
    some = dx.ingest(shards, tmp_path / "s.colonnade", columns=["image=jpg", "text=json.caption", "y=cls"])
    assert list(some.schema) == ["image", "text", "y"] and str(some[2]["text"]) == "text 2"
    raw = dx.ingest(shards, tmp_path / "r.colonnade", columns=["jpg"], images={"jpg": "raw"})
    assert raw.schema["jpg"].shape == (103, 150, 3) and raw.metadata == {"jpg.storage": "raw"}


@pytest.mark.parametrize(
    "member, reason",
    [
        (("2.jpg", b"no picture" * 9), r"\.jpg: it is neither a picture"),
        (("2.jpg", JPEG[:30]), r"\.jpg: the picture is damaged"),
        (("2.jpg", b""), r"\.jpg: it is empty"),
        (("2.cls", b"2.5"), r'\.cls: it has "2\.5", which is no integer'),
        (
            ("2.cls", b"-99999999999999999999\n"),
            r"\.cls: it has the integer -9{20}, which is out of range for int64 \(",
        ),
        (("2.json", b'{"caption": '), r"\.json: byte 13"),
        (("2.txt", b"\xff"), r"\.txt: it is not UTF-8"),
        (("2.emb.npy", array([1, 2])), r"\.emb\.npy: it is int64\[2\], and those before are float32\[\?\]"),
        (("2.emb.npy", array([1.0])[:-1]), r"\.emb\.npy: its header says"),
        (("/2.jpg", JPEG), "its name leads out of the archive"),
        (("a/../2.jpg", JPEG), "its name leads out of the archive"),
        (("2", b"?"), "its name has no extension"),
    ],
)
def test_bad_samples(tmp_path: pathlib.Path, member: tuple[str, bytes], reason: str) -> None:
    others = [each for each in sample("2", 2) if each[0].lower() != member[0]]
    bad = shard(tmp_path / "b.tar", [*sample("0", 0), *sample("1", 1), *others, member])
    with pytest.raises(dx.Error, match=reason) as raised:
        dx.ingest(bad, tmp_path / "b.colonnade")
    assert "skip_bad=True" in str(raised.value) and not (tmp_path / "b.colonnade").exists()
    with pytest.warns(UserWarning, match=f"bad files are left out:\n.*b.tar/.*2: {reason}"):
        made = dx.ingest(bad, tmp_path / "b.colonnade", skip_bad=True)
    assert [str(row["json.caption"]) for row in made][:2] == ["text 0", "text 1"]
    assert len(made) == (2 if member[0].startswith("2.") else 3)


def test_incomplete_samples(tmp_path: pathlib.Path) -> None:
    files = shard(tmp_path / "i.tar", [*sample("0", 0), *sample("1", 1), ("2.jpg", JPEG), ("2.cls", b"2")])
    with pytest.raises(dx.Error, match=r"the sample 2 has no member \.txt, \.json, \.emb\.npy, and others have it"):
        dx.ingest(files, tmp_path / "i.colonnade")
    assert len(dx.ingest(files, tmp_path / "i.colonnade", columns=["jpg", "cls"])) == 3
    with pytest.warns(UserWarning, match="i.tar/2: it lacks a member that others have"):
        assert len(dx.ingest(files, tmp_path / "k.colonnade", skip_bad=True)) == 2
    apart = shard(tmp_path / "apart.tar", [("0.jpg", JPEG), ("1.jpg", JPEG), ("0.cls", b"1"), ("1.cls", b"2")])
    with pytest.raises(dx.Error, match="follow each other in the archive"):
        dx.ingest(apart, tmp_path / "x.colonnade")
    twice = shard(tmp_path / "twice.tar", [("0.jpg", JPEG), ("0.jpg", PNG)])
    with pytest.raises(dx.Error, match=r"two members have its name and \.jpg"):
        dx.ingest(twice, tmp_path / "x.colonnade")


def test_archives_that_are_refused(tmp_path: pathlib.Path) -> None:
    def refusal(path: pathlib.Path, **options: Any) -> str:
        with pytest.raises(dx.Error) as raised:
            dx.ingest(path, tmp_path / "x.colonnade", **options)
        return str(raised.value)

    link = tarfile.TarInfo("1.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "0.jpg"
    path = shard(tmp_path / "l.tar", [("0.jpg", JPEG)])
    with tarfile.open(path, "a") as archive:
        archive.addfile(link)
    assert '"1.jpg" is a symbolic link, a device or a pipe' in refusal(path)
    link.type = tarfile.LNKTYPE
    with tarfile.open(shard(path, [("0.jpg", JPEG)]), "a") as archive:
        archive.addfile(link)
    assert [bytes(row["jpg"]) for row in dx.ingest(path, tmp_path / "hard.colonnade")] == [JPEG, JPEG]
    path.write_bytes(path.read_bytes()[:10_000])
    assert "truncated" in refusal(path)
    folder, link.name, link.linkname = tarfile.TarInfo("f"), "2.jpg", "f"
    folder.type = tarfile.DIRTYPE
    with tarfile.open(shard(path, [("0.jpg", JPEG)]), "a") as archive:
        archive.addfile(folder)
        archive.addfile(link)
    assert '"2.jpg" is a hard link to "f", which is a folder, a symbolic link, a device or a pipe' in refusal(path)
    assert "extension .pyd" in refusal(shard(tmp_path / "p.tar", [("0.pyd", b"?")]))
    assert "it has no members that are taken" in refusal(shard(tmp_path / "e.tar", []))
    with tarfile.open(tmp_path / "z.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("0.txt"))
    assert "compressed by gzip" in refusal(tmp_path / "z.tar.gz")
    missing = shard(tmp_path / "m.tar", [("0.json", b'{"a": "x"}'), ("1.json", b'{"a": null, "b": true}')])
    assert "missing" in refusal(missing)
    filled = dx.ingest(missing, tmp_path / "m.colonnade", fill={"json.a": "none", "json.b": False})
    assert [str(row["json.a"]) for row in filled] == ["x", "none"]
    assert [bool(row["json.b"]) for row in filled] == [False, True]


def test_masks_and_fills_of_members(tmp_path: pathlib.Path) -> None:
    files = shard(
        tmp_path / "m.tar",
        [("0.cls", b"1"), ("0.json", b'{"a": 1, "b": "x"}'), ("1.cls", b"2"), ("1.json", b'{"a": null, "b": "y"}')],
    )
    masked = dx.ingest(files, tmp_path / "m.colonnade", mask=True)
    assert list(masked.schema) == ["cls", "__key__", "json.a", "json.a.valid", "json.b", "json.b.valid"]
    assert [int(row["json.a"]) for row in masked] == [1, 0]
    # With the fill of another column, masks imply no zeros for the rest.
    with pytest.raises(dx.Error, match=r'm\.tar/1, column "json\.a": 1 of 2 values is missing'):
        dx.ingest(files, tmp_path / "f.colonnade", mask=True, fill={"cls": 0})
    filled = dx.ingest(files, tmp_path / "f.colonnade", mask=True, fill={"cls": 0, "json.a": 5})
    assert (
        list(filled.schema) == ["cls", "__key__", "json.a", "json.a.valid", "json.b"] and int(filled[1]["json.a"]) == 5
    )


def test_empty_texts(tmp_path: pathlib.Path) -> None:
    files = shard(tmp_path / "e.tar", [("0.txt", b""), ("0.cls", b"1"), ("1.txt", b"one"), ("1.cls", b"2")])
    made = dx.ingest(files, tmp_path / "e.colonnade")
    assert [str(row["txt"]) for row in made] == ["", "one"]
    for name in ("cls", "json", "npy", "jpg"):
        bad = shard(tmp_path / "b.tar", [(f"0.{name}", b"")])
        with pytest.raises(dx.Error, match=rf"\.{name}: it is empty"):
            dx.ingest(bad, tmp_path / "b.colonnade")


@pytest.mark.parametrize(
    "bad",
    [
        [("2.jpg", JPEG[:30]), ("2.json", b'{"a": null, "c": 1}'), ("2.npy", array([[1.5]]))],
        [("2.json", b'{"a": "text", "": 1}'), ("2.jpg", JPEG), ("2.npy", array([1]))],
        [("2.jpg", JPEG), ("2.json", b'{"a": 0.5}')],
        [("2.png", PNG[:20]), ("2.json", b'{"a": 0.5}'), ("2.jpg", JPEG), ("2.npy", array([1]))],
    ],
    ids=["damaged in the second half", "empty key", "incomplete", "another member"],
)
def test_samples_that_are_left_out_decide_nothing(tmp_path: pathlib.Path, bad: list[tuple[str, bytes]]) -> None:
    good = [
        (f"{key}.{name}", contents)
        for key in ("0", "1", "3")
        for name, contents in (("jpg", JPEG), ("json", b'{"a": 7}'), ("npy", array([1, 2])))
    ]
    alone = dx.ingest(shard(tmp_path / "g.tar", good), tmp_path / "g.colonnade")
    for place, order in enumerate(([*bad, *good], [*good[:6], *bad, *good[6:]])):
        with pytest.warns(UserWarning, match="/2: ") as warned:
            made = dx.ingest(shard(tmp_path / "b.tar", order), tmp_path / f"{place}.colonnade", skip_bad=True)
        assert str(warned[0].message).count("b.tar/2: ") == 1
        assert dict(made.schema) == dict(alone.schema) and made.dtypes["json.a"] == "int64"
        assert [str(row["__key__"]) for row in made] == ["0", "1", "3"]


def test_errors_name_shard_sample_and_member(tmp_path: pathlib.Path) -> None:
    shards = [
        shard(tmp_path / f"{number}.tar", [(f"{number}{key}.meta.json", contents) for key, contents in members])
        for number, members in enumerate(
            [
                [("a", b'{"n": 1, "t": "x"}'), ("b", b'{"n": 2, "t": "y"}')],
                [("a", b'{"n": 3, "t": "z"}'), ("b", b'{"n": 400, "t": null}')],
            ]
        )
    ]
    with pytest.raises(dx.Error, match=r'/1\.tar/1b, column "meta\.json\.t": .*missing'):
        dx.ingest(shards, tmp_path / "x.colonnade")
    # Found only when the values are converted.
    with pytest.raises(dx.Error, match=r'/1\.tar/1b, column "meta\.json\.n": .*400'):
        dx.ingest(shards, tmp_path / "x.colonnade", schema={"meta.json.n": "uint8"}, fill={"meta.json.t": ""})
    assert not (tmp_path / "x.colonnade").exists()


def test_bad_files_are_counted_once(tmp_path: pathlib.Path) -> None:
    folders = []
    for number, age in enumerate(("1", "0.5")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "metadata.csv").write_text(f"file_name,age\na.png,{age}\nb.png,{age}\n")
        (folder / "a.png").write_bytes(PNG)
        (folder / "b.png").write_bytes(PNG[:20])
        folders.append(folder)
    with pytest.warns(UserWarning, match="left out") as warned:
        made = dx.ingest(folders, tmp_path / "f.colonnade", mask=True, skip_bad=True)
    assert str(warned[0].message).count("b.png: ") == 2 and "more" not in str(warned[0].message)
    assert [float(row["age"]) for row in made] == [1, 0.5]


def test_lengths_of_sound(tmp_path: pathlib.Path) -> None:
    def wav(frames: int) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setparams((2, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(4 * frames))
        return file.getvalue()

    members = [
        member for n in (5, 2) for member in ((f"{n}.wav", wav(n)), (f"{n}.cls", b"1"), (f"{n}.json", b'{"a": 1}'))
    ]
    made = dx.ingest([shard(tmp_path / "0.tar", members)], tmp_path / "w.colonnade", audio_info=True)
    assert list(made.schema) == [
        "wav", "wav.frames", "wav.channels", "wav.sample_rate", "cls", "__key__", "json.a",
    ]  # fmt: skip
    assert made["wav.frames"].tolist() == [5, 2] and made["wav.channels"].tolist() == [2, 2]
    assert made["wav.sample_rate"].tolist() == [8000, 8000] and made["json.a"].tolist() == [1, 1]
    with pytest.raises(dx.Error, match="audio_info=True is for sound, and there is none"):
        dx.ingest([shard(tmp_path / "1.tar", sample("a", 1))], tmp_path / "x.colonnade", audio_info=True)


def test_too_many_keys_name_their_sample(tmp_path: pathlib.Path) -> None:
    members = [(f"{part}.json", json.dumps({f"k{n}": 1 for n in range(part, 70_000, 2)}).encode()) for part in range(2)]
    with pytest.raises(dx.Error, match=r"1\.tar/1: there are more than 65535 different keys"):
        dx.ingest(
            [shard(tmp_path / "0.tar", members[:1]), shard(tmp_path / "1.tar", members[1:])], tmp_path / "x.colonnade"
        )
