# SPDX-License-Identifier: Apache-2.0
"""Rows that are added to a data set, and buffers that are joined, need one meaning of equal values."""

from __future__ import annotations

import datetime
import json
import pathlib
import shutil
import subprocess
from typing import Any

import colonnade as dx
import numpy as np
import pytest

JPEG = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures/images/jpeg/video-001.jpeg"
HWC, CHW = "(height, width, channels)", "(channels, height, width)"


def ppm(height: int, width: int, gray: bool) -> bytes:
    header = f"P{5 if gray else 6} {width} {height} 255 "
    return header.encode() + bytes(range(height * width * (1 if gray else 3)))


def pictures(*, rgb: bool = False) -> dx.Buffer:
    """Returns decoded pictures of several sizes; the second one is gray unless `rgb`."""
    files = [{"image": ppm(height, width, row == 1)} for row, (height, width) in enumerate([(4, 6), (3, 7), (9, 5)])]
    return dx.buffer_from_vector(files).load_image("image", from_memory=True, **({"channels": "rgb"} if rgb else {}))


def made(way: str, rows: Any, path: pathlib.Path, **options: Any) -> pathlib.Path:
    dx.ingest(rows, f"{path}/" if way == "fragment" else path, **options)
    return path


def added(way: str, path: pathlib.Path, rows: Any) -> dx.Buffer:
    """Adds rows to a data set in one of the ways."""
    if way == "fragment":
        job = str(len(dx.open(path)))
        dx.write_fragment(path, rows, job=job, task=0)
        return dx.commit(path, job)
    with dx.Writer(path, append=True) as writer:
        writer.extend(rows)
    return dx.open(path)


def larger(x: Any) -> Any:
    """Returns pictures whose dimensions show which one has the channels."""
    return np.repeat(x, 6, 0 if x.shape[2] < 4 else 2)


both = pytest.mark.parametrize("way", ["writer", "fragment"])


@both
def test_pictures_are_added_with_the_layout_of_the_data_set(tmp_path: pathlib.Path, way: str) -> None:
    hwc = pictures()
    chw = hwc.image_layout("image", "chw")
    rows = [{"image": np.zeros((20, 30, 3), "uint8")}], [{"image": np.zeros((3, 20, 30), "uint8")}]
    for number, (data, other) in enumerate([(hwc, chw), (chw, hwc)]):
        path = made(way, data, tmp_path / f"{number}.colonnade")
        before = path.read_bytes() if way == "writer" else None
        for wrong in (other, other.to_stream(), rows[1 - number], other.key_transform("image", larger)):
            with pytest.raises(dx.Error, match="image_layout") as caught:
                added(way, path, wrong)
            assert HWC in str(caught.value) and CHW in str(caught.value)
            assert len(dx.open(path)) == 3
        assert before is None or before == path.read_bytes()
        count = 3
        for right in (list(data), rows[number], data.to_stream()):
            result = added(way, path, right)
            expected = list(data) if isinstance(right, dx.Stream) else right
            assert len(result) == count + len(expected)
            for row, sample in enumerate(expected):
                assert np.array_equal(result[count + row]["image"], sample["image"])
            count = len(result)


def test_tasks_of_one_job_have_one_layout(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.colonnade"
    dx.write_fragment(path, pictures(), job="j", task=0, tasks=2)
    with pytest.raises(dx.Error, match="image_layout"):
        dx.write_fragment(path, pictures().image_layout("image", "chw"), job="j", task=1, tasks=2)
    dx.write_fragment(path, pictures(), job="j", task=1, tasks=2)
    assert dx.commit(path, "j").metadata == {"image.storage": "raw"}


def test_a_new_file_has_one_layout(tmp_path: pathlib.Path) -> None:
    samples = [*pictures(), {"image": np.zeros((3, 20, 30), "uint8")}]
    with pytest.raises(dx.Error, match='row 3, column "image": .*image_layout'):
        dx.ingest(samples, tmp_path / "x.colonnade", metadata={"image.storage": "raw"})
    assert not (tmp_path / "x.colonnade").exists()
    # Nothing tells what the dimensions of arrays are.
    assert len(dx.ingest(samples, tmp_path / "x.colonnade")) == 4


def test_the_command_appends_pictures_with_the_layout_of_the_data_set(tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, gray in (("a", False), ("b", True)):
        (tmp_path / f"folder/{name}.ppm").write_bytes(ppm(5, 6 + gray, gray))
    row = {"image": np.zeros((5, 6, 3), "uint8"), "file": "x"}
    texts = [{"image": sample["image"], "file": "x"} for sample in pictures()]
    for name, storage in (("hwc", "raw"), ("chw", "raw,chw")):
        rows = (
            [*texts, row] if name == "hwc" else [{**each, "image": each["image"].transpose(2, 0, 1)} for each in texts]
        )
        path = tmp_path / f"{name}.colonnade"
        dx.ingest(rows, path, metadata={"image.storage": storage})
        command = ["colonnade", "append", path, tmp_path / "folder", "--image", "image=raw"]
        done = subprocess.run(command, capture_output=True, text=True)
        if name == "hwc":
            assert done.returncode == 0 and len(dx.open(path)) == len(rows) + 2, done.stderr
            assert np.array_equal(dx.open(path)[-1]["image"].ravel(), np.arange(35))
        else:
            assert done.returncode != 0 and HWC in done.stderr and CHW in done.stderr
            assert len(dx.open(path)) == len(rows)


@pytest.mark.parametrize("rgb", [False, True])
def test_buffers_and_streams_with_other_layouts_are_not_joined(tmp_path: pathlib.Path, rgb: bool) -> None:
    hwc = pictures(rgb=rgb)
    chw = hwc.image_layout("image", "chw")
    stored = dx.ingest(chw, tmp_path / "chw.colonnade")
    for first, second in ((hwc, chw), (chw, hwc), (hwc, stored)):
        for join in (
            lambda first, second: dx.concat([first, second]),
            lambda first, second: first.append(second),
            lambda first, second: dx.concat([first, second], labels="drop"),
            lambda first, second: first.to_stream().mix(second.to_stream(), weights=[1, 1], seed=1),
        ):
            with pytest.raises(dx.Error, match="image_layout") as caught:
                join(first, second)
            assert HWC in str(caught.value) and CHW in str(caught.value)
    joined = dx.concat([hwc, stored.image_layout("image", "hwc")])
    assert [sample["image"].shape[2] for sample in joined] == ([3] * 6 if rgb else [3, 1, 3] * 2)
    assert len(dx.concat([chw, stored])) == 6


def test_pixels_of_one_number_of_channels_keep_no_layout_that_is_not_theirs(tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder").mkdir()
    for number in range(2):
        (tmp_path / f"folder/{number}.ppm").write_bytes(ppm(5 + number, 6 + number, False))
    raw = dx.ingest(tmp_path / "folder", tmp_path / "raw.colonnade", images={"image": "raw"}, columns=["image"])
    assert raw.schema["image"].shape == (None, None, 3) and raw.metadata == {"image.storage": "raw"}
    moved = dx.ingest(raw.image_layout("image", "chw"), tmp_path / "chw.colonnade")
    assert moved.schema["image"].shape == (3, None, None) and moved.metadata == {}
    assert moved.batch(2)[0]["image"].shape == (2, 3, 6, 7)
    with pytest.raises(dx.Error, match="image_layout"):
        dx.concat([raw, raw.image_layout("image", "chw")])


@both
def test_equal_numbers_mean_the_same_classes_and_times(tmp_path: pathlib.Path, way: str) -> None:
    def labelled(name: str, names: list[str] | None) -> dx.Buffer:
        return dx.ingest([{"x": 0}, {"x": 1}], tmp_path / f"{name}.colonnade", labels={"x": names} if names else None)

    def timed(name: str, kind: str) -> dx.Buffer:
        return dx.ingest([{"x": np.datetime64("2026-01-02", kind)}], tmp_path / f"{name}.colonnade")

    cases = [
        (labelled("a", ["cat", "dog"]), labelled("b", ["dog", "cat"]), 'class 0 is "dog", and "cat" in the data set'),
        (labelled("c", ["cat", "dog"]), labelled("d", ["cat", "dog", "owl"]), 'class 2 is "owl", and nothing'),
        (labelled("e", None), labelled("f", ["cat", "dog"]), "2 classes: cat, dog, and int64 in the data set"),
        (timed("g", "s"), timed("h", "ms"), r"timestamp\[ms\], and int64, timestamp\[s\] in the data set"),
    ]
    for number, (data, other, message) in enumerate(cases):
        path = made(way, data, tmp_path / f"to{number}.colonnade")
        for wrong in (other, other.to_stream()):
            with pytest.raises(dx.Error, match=message):
                added(way, path, wrong)
        assert len(dx.open(path)) == len(data)
        # Bare numbers, and those of the same meaning, are taken.
        bare = other.key_transform("x", lambda x: x)
        assert len(added(way, path, bare)) == len(data) + len(other)
        assert len(added(way, path, data)) == 2 * len(data) + len(other)
    # The zone of points in time does not change which ones they are.
    moment = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    zones = [
        dx.ingest([{"x": moment}], tmp_path / f"z{number}.colonnade", schema={"x": f"timestamp[us, {zone}]"})
        for number, zone in enumerate(["Europe/Berlin", "UTC"])
    ]
    joined = added(way, made(way, zones[0], tmp_path / "zones.colonnade"), zones[1])
    assert joined["x"].tolist() == 2 * [int(moment.timestamp() * 10**6)]


@both
def test_encoded_pictures_have_the_storage_of_the_data_set(tmp_path: pathlib.Path, way: str) -> None:
    (tmp_path / "folder").mkdir()
    shutil.copyfile(JPEG, tmp_path / "folder/a.jpg")
    small = dx.ingest(tmp_path / "folder", tmp_path / "s.colonnade", images={"image": "encoded,max-side=4,quality=90"})
    path = made(way, tmp_path / "folder", tmp_path / "to.colonnade")
    with pytest.raises(
        dx.Error, match="stored as encoded, and these as encoded,max-side=4,quality=90: .*images= of ingest"
    ):
        added(way, path, small)
    assert len(added(way, path, dx.open(path))) == 2


def test_features_of_arrow_data_have_the_classes_of_the_data_set(tmp_path: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    path = made("fragment", [{"x": 0}, {"x": 1}], tmp_path / "x.colonnade", labels={"x": ["cat", "dog"]})

    def table(*names: str) -> Any:
        features = {"info": {"features": {"x": {"names": names, "_type": "ClassLabel"}}}}
        return pa.table({"x": [1, 0]}).replace_schema_metadata({"huggingface": json.dumps(features)})

    with pytest.raises(dx.Error, match='class names of "x" .*: class 0 is "dog", and "cat" in the data set.*labels='):
        dx.write_fragment(path, table("dog", "cat"), job="a", task=0)
    # The names of the data set may be given for numbers that are its own.
    dx.write_fragment(path, table("dog", "cat"), job="b", task=0, labels={"x": ["cat", "dog"]})
    dx.write_fragment(path, table("cat", "dog"), job="c", task=0)
    dx.write_fragment(path, pa.table({"x": [1]}), job="d", task=0)
    for job in "bcd":
        dx.commit(path, job)
    assert dx.open(path)["x"].tolist() == [0, 1, 1, 0, 1, 0, 1]
