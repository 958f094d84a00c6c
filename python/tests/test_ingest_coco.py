# SPDX-License-Identifier: Apache-2.0
"""Tests of annotations in the form of COCO as sources of `ingest`."""

from __future__ import annotations

import json
import pathlib
import shutil
import wave
from typing import Any

import colonnade as dx
import pytest

IMAGES = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures/images"


def annotation(number: int, image: int, category: int, **more: Any) -> dict[str, Any]:
    box = [number + 0.5, 2, 3.25, 4]
    return {
        "id": 100 + number,
        "image_id": image,
        "category_id": category,
        "bbox": box,
        "area": 13.0,
        "iscrowd": 0,
        **more,
    }


def coco(**changes: Any) -> dict[str, Any]:
    return {
        "info": {"year": 2026},
        "images": [{"id": 7, "file_name": "b.jpg", "width": 150}, {"id": 3, "file_name": "in/a.png", "license": 1}],
        "annotations": [annotation(0, 3, 90), annotation(1, 3, 18, iscrowd=1)],
        "categories": [{"id": 90, "name": "owl"}, {"id": 18, "name": "cat", "supercategory": "animal"}],
        **changes,
    }


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "val/in").mkdir(parents=True)
    shutil.copyfile(IMAGES / "jpeg/video-001.jpeg", tmp_path / "val/b.jpg")
    shutil.copyfile(IMAGES / "pngsuite/basn2c08.png", tmp_path / "val/in/a.png")
    return tmp_path


def ingested(folder: pathlib.Path, contents: Any, **options: Any) -> dx.Buffer:
    (folder / "instances.json").write_text(contents if isinstance(contents, str) else json.dumps(contents, indent=1))
    target = folder / "val.colonnade"
    return dx.ingest(folder / "instances.json", target, image_root=folder / "val", overwrite=True, **options)


def test_boxes_and_pictures(folder: pathlib.Path) -> None:
    made = ingested(folder, coco())
    assert list(made.schema) == ["image", "boxes", "labels", "area", "iscrowd", "annotation_id", "image_id", "file"]
    assert made.schema["labels"].meaning == ["cat", "owl"] and made.schema["image"].meaning == "image/*"
    assert made.schema["boxes"].shape == (None, 4) and made.dtypes["boxes"] == "float32"
    none, two = made
    assert bytes(none["image"]) == (folder / "val/b.jpg").read_bytes() and none["boxes"].shape == (0, 4)
    assert two["boxes"].tolist() == [[0.5, 2, 3.25, 4], [1.5, 2, 3.25, 4]]
    assert two["labels"].tolist() == [1, 0] and two["iscrowd"].tolist() == [False, True]
    assert two["area"].tolist() == [13, 13] and two["annotation_id"].tolist() == [100, 101]
    assert (int(none["image_id"]), str(none["file"]), str(two["file"])) == (7, "b.jpg", "in/a.png")
    raw = ingested(folder, coco(), images={"image": "raw"}, columns=["image", "boxes"])
    assert raw[1]["image"].shape == (32, 32, 3) and list(raw.schema) == ["image", "boxes"]


def test_other_keys_are_dropped_on_request(folder: pathlib.Path) -> None:
    contents = coco(annotations=[annotation(0, 3, 90, segmentation=[[1, 2]], keypoints=[1])])
    with pytest.raises(dx.Error, match="its annotations have keypoints, segmentation, which is not stored") as raised:
        ingested(folder, contents)
    assert "columns=" in str(raised.value)
    assert list(ingested(folder, contents, columns=["image", "boxes", "labels"]).schema) == ["image", "boxes", "labels"]


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"annotations": [annotation(0, 4, 90)]}, "annotation 0 is of the image 4, which is not in the list"),
        ({"annotations": [annotation(0, 3, 91)]}, "annotation 0 has a category_id that is no id of a category"),
        ({"annotations": [annotation(0, 3, 90, bbox=[1, 2, 3])]}, "a bbox that is no list of 4 numbers"),
        ({"annotations": [annotation(0, 3, 90, bbox=[1, 2, 3, "4"])]}, "a bbox that is no list of 4 numbers"),
        (
            {"annotations": [annotation(0, 3, 90, bbox=[1, 2, 3, 1e300])]},
            "a bbox with a number beyond the range of float32",
        ),
        ({"annotations": [annotation(0, 3, 90, bbox=[1, 2, 3, -4])]}, "a bbox with the negative width or height -4"),
        ({"annotations": [annotation(0, 3, 90, area=2**24 + 1)]}, r"leave the column area out \(columns=\)"),
        ({"images": [{"id": 3, "file_name": "b.jpg", "width": 151}]}, "tell of a width of 151 pixels"),
        ({"annotations": [annotation(0, 3, 90, iscrowd=2)]}, "an? iscrowd that is neither 0 nor 1"),
        ({"annotations": [annotation(0, 3, 90), {"image_id": 3}]}, "annotation 1 has no bbox, and others have"),
        ({"annotations": [{"image_id": 3}, annotation(0, 3, 90)]}, "annotation 0 has no bbox, and annotation 1 has"),
        ({"images": [{"id": 3, "file_name": "b.jpg"}] * 2}, "two images have the id 3"),
        ({"categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}]}, "two categories have one name"),
        ({"images": {}}, "has the lists images, annotations and categories, and this lacks one"),
        ({"images": [{"id": 3, "file_name": "../b.jpg"}], "annotations": []}, "its path leads out of the folder"),
        ({"images": [{"id": 3, "file_name": "/b.jpg"}], "annotations": []}, "its path leads out of the folder"),
        ({"images": [{"id": 3, "file_name": "c.jpg"}], "annotations": []}, "c.jpg"),
    ],
)
def test_what_is_refused(folder: pathlib.Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises((dx.Error, dx.MissingFileError), match=reason):
        ingested(folder, coco(**changes))
    assert not (folder / "val.colonnade").exists()


def test_options_that_do_not_fit(folder: pathlib.Path) -> None:
    with pytest.raises(dx.Error, match="the text ends within an object"):
        ingested(folder, json.dumps(coco())[:-2])
    (folder / "a.csv").write_text("x\n1\n")
    with pytest.raises(dx.Error, match="image_root= is for COCO, and this is csv"):
        dx.ingest(folder / "a.csv", folder / "x.colonnade", image_root=folder)
    (folder / "one.json").write_text(json.dumps(coco()))
    with pytest.raises(dx.Error, match="annotations of COCO, name the folder of their pictures with image_root="):
        dx.ingest(folder / "one.json", folder / "x.colonnade")
    shutil.copyfile(IMAGES / "made/rgb.bmp", folder / "val/c.jpg")
    missing = coco(images=[*coco()["images"], {"id": 1, "file_name": "d.jpg"}, {"id": 2, "file_name": "c.jpg"}])
    with pytest.warns(UserWarning, match="d.jpg"):
        assert len(ingested(folder, missing, skip_bad=True)) == 3


def test_pictures_without_objects_have_the_same_columns(folder: pathlib.Path) -> None:
    empty = ingested(folder, coco(annotations=[]))
    assert {"boxes", "labels", "area", "iscrowd", "annotation_id"} <= set(empty.schema)
    assert empty[0]["boxes"].shape == (0, 4)


def test_links_out_of_the_folder_and_sound_are_refused(folder: pathlib.Path) -> None:
    (folder / "val/b.jpg").rename(folder / "b.jpg")
    (folder / "val/b.jpg").symlink_to(folder / "b.jpg")
    with pytest.raises(dx.Error, match="b.jpg: its path leads out of the folder, or a link does"):
        ingested(folder, coco())
    (folder / "val/b.jpg").unlink()
    (folder / "b.jpg").rename(folder / "val/b.jpg")
    for name in ["b.jpg", "in/a.png"]:
        with wave.open(str(folder / "val" / name), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(16))
    with pytest.raises(dx.Error, match="COCO describes pictures"):
        ingested(folder, coco())
