"""Tests which files count as photographs, and what their crops are called."""

import json
import os

import pytest

from facedancer.dataset.crops.photograph_list import crop_paths, list_photographs
from facedancer.utils.errors import UserError


def make(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def listed(folder):
    return [photograph.path for photograph in list_photographs(folder, ".jpg")]


@pytest.mark.parametrize(
    ("paths", "crops"),
    [
        (["a/x.jpg", "b/x.jpg"], ["a/x.png", "b/x.png"]),
        (["a/x.jpeg", "a/x.jpg", "a/x.png"], ["a/x.png", "a/x_2.png", "a/x_3.png"]),
        (["a/x.jpg", "a/x.png", "a/x_2.jpg"], ["a/x.png", "a/x_2.png", "a/x_2_2.png"]),
        (["a/X.jpg", "a/x.jpg"], ["a/X.png", "a/x_2.png"]),
        (["a/v1.0.jpg", "a/v1.1.jpg"], ["a/v1.0.png", "a/v1.1.png"]),
        # What x's second face would be called is kept free, whichever comes first.
        (["a/x.jpg", "a/x_face2.jpg"], ["a/x.png", "a/x_face2_2.png"]),
        (["a/X_FACE3.jpg", "a/x.jpg"], ["a/X_FACE3.png", "a/x_2.png"]),
        (["a/x_face2.jpg", "b/x.jpg", "a/x.jpg"], ["a/x_face2.png", "b/x.png", "a/x_2.png"]),
        (["a/_face2.jpg"], ["a/_face2.png"]),
        # A folder may be called like an image.
        (["a.jpg", "a.png/b.jpg"], ["a_2.png", "a.png/b.png"]),
        (["sheet.jpg"], ["sheet_2.png"]),
    ],
)
def test_no_two_photographs_share_a_crop(paths, crops):
    assert crop_paths(paths, ".png", taken=["sheet.png"]) == crops


def test_long_names_are_cut_and_stay_apart():
    paths = ["a/" + "é" * 120 + f"{number}.jpg" for number in range(3)]
    crops = crop_paths(paths, ".png")
    assert len(set(crops)) == 3
    assert all(len(os.fsencode(crop)) < 215 and crop.startswith("a/éé") for crop in crops)


def test_files_folders_and_their_order(tmp_path):
    make(tmp_path, "b/x.JPG", "a-1/x.png", "a/deep/x.webp", "a/x.tif", "c.jpg/y.bmp", "z.jpeg")
    make(tmp_path, "a/notes.txt", "a/.hidden.jpg", ".cache/x.jpg", "a/.jpg")
    (tmp_path / "a" / "broken.jpg").symlink_to("nowhere.jpg")
    assert listed(tmp_path) == [
        *("a/broken.jpg", "a/deep/x.webp", "a/x.tif", "a-1/x.png"),
        *("b/x.JPG", "c.jpg/y.bmp", "z.jpeg"),
    ]


def test_links_to_folders_are_followed_once(tmp_path):
    make(tmp_path / "elsewhere", "x.jpg")
    photos = make(tmp_path / "photos", "a/x.jpg")
    (photos / "b").symlink_to(tmp_path / "elsewhere")
    (photos / "a" / "above").symlink_to(photos)
    (photos / "A").symlink_to(photos / "a")  # Comes first, and yet the picture stays in its folder.
    (photos / "self.jpg").symlink_to("self.jpg")
    assert listed(photos) == ["a/x.jpg", "b/x.jpg", "self.jpg"]


def test_odd_names(tmp_path):
    names = [
        "new\nline.jpg",
        'quote".jpg',
        "空.jpg",
        os.fsdecode(b"\xff\xfe.jpg"),
        "-f.jpg",
        " .jpg",
    ]
    make(tmp_path, *names)
    photographs = list_photographs(tmp_path, ".jpg")
    assert {photograph.path for photograph in photographs} == set(names)
    assert [photograph.crop_path for photograph in photographs] == [p.path for p in photographs]


def test_a_folder_that_cannot_be_listed_stands_for_its_pictures(tmp_path, monkeypatch):
    make(tmp_path, "a/x.jpg", "secret/y.jpg")
    scandir = os.scandir

    def refuse(path):
        if path == tmp_path / "secret":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert listed(tmp_path) == ["a/x.jpg", "secret"]


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        listed(tmp_path / "nowhere")
    with pytest.raises(UserError, match="no images"):
        listed(make(tmp_path, "a/notes.txt"))


def test_labels(tmp_path):
    make(tmp_path, "a/x.png", "a/y.png")
    line = {"path": "a/y.png", "labels": {"yaw": [12.5], "shape": [1, 2]}}
    (tmp_path / "labels.jsonl").write_text(json.dumps(line) + "\n")
    plain, labelled = list_photographs(tmp_path, ".jpg")
    assert plain.labels == {}
    assert labelled.labels == {"yaw": [12.5], "shape": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1 is damaged"),
        ('{"path": "a.png"}', "line 1 is damaged"),
        ('{"path": "a.png", "labels": {"yaw": 3}}', "line 1 is damaged"),
        ('{"path": "other/a.png", "labels": {}}', "names none of the images below"),
    ],
)
def test_bad_labels_are_named(tmp_path, line, message):
    make(tmp_path, "a.png")
    (tmp_path / "labels.jsonl").write_text(line + "\n")
    with pytest.raises(UserError, match=message):
        list_photographs(tmp_path, ".jpg")
