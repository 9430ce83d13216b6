"""From photographs to crops: with a detector of known answers, then with the real one."""

import json
from pathlib import Path, PurePath

import numpy as np
import pytest

from facedancer.dataset.crop_list import read_crop_list
from facedancer.dataset.cropping import CropSettings, crop_folder, crop_names
from facedancer.dataset.sharding import shard_folder
from facedancer.retinaface.detector import Face, load_detector
from facedancer.utils.alignment import template
from facedancer.utils.cli import UserError
from facedancer.utils.images import read_image, write_image

PHOTOS = Path(__file__).parents[2] / "assets" / "photos"
SETTINGS = CropSettings(side=64, min_size=100, suffix=".png")


def face(landmarks, score=0.9):
    landmarks = np.asarray(landmarks, np.float32)
    low, high = landmarks.min(0), landmarks.max(0)
    return Face(box=np.concatenate([low, high]), landmarks=landmarks, score=score)


class KnownFaces:
    """A stand-in detector: a picture's first pixel says how many faces it has."""

    small = face(template(40) + (5, 5), score=0.99)
    large = face(template(64) + (30, 20), score=0.7)

    def detect(self, image):
        return [self.small, self.large][: image[0, 0, 0]]


def photograph(path, faces, size=(120, 110)):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*size, 3), np.uint8)
    image[0, 0] = faces
    write_image(path, image)
    return image


def test_crops_list_and_report(tmp_path):
    photos, target = tmp_path / "photos", tmp_path / "crops"
    image = photograph(photos / "ada" / "deep" / "two.png", 2)
    photograph(photos / "ada" / "one.png", 1)
    photograph(photos / "loose.png", 1)
    photograph(photos / "bob" / "none.png", 0)
    photograph(photos / "bob" / "tiny.png", 2, size=(99, 200))
    (photos / "bob" / "broken.jpg").write_bytes(b"nothing")
    outcomes = crop_folder(photos, target, KnownFaces(), SETTINGS)
    assert outcomes == {
        "cropped": 3,
        "no face found": 1,
        "smaller than 100 px": 1,
        "not a readable image": 1,
    }
    files = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    crops = {"ada/deep/two.png", "ada/one.png", "loose.png"}
    assert files == crops | {"crops.jsonl", "report.jsonl"}

    report = [json.loads(line) for line in (target / "report.jsonl").read_text().splitlines()]
    assert [(line["photograph"], line["outcome"]) for line in report] == [
        ("ada/deep/two.png", "cropped"),
        ("ada/one.png", "cropped"),
        ("bob/broken.jpg", "not a readable image"),
        ("bob/none.png", "no face found"),
        ("bob/tiny.png", "smaller than 100 px"),
        ("loose.png", "cropped"),
    ]

    listed = read_crop_list(target)
    assert set(listed) == crops
    assert {path: crop.identity for path, crop in listed.items()} == {
        "ada/deep/two.png": "ada",
        "ada/one.png": "ada",
        "loose.png": "",
    }
    # The larger face, not the surer one; cut out where it lies without any resampling.
    crop = listed["ada/deep/two.png"]
    np.testing.assert_array_equal(read_image(target / crop.path), image[20:84, 30:94])
    np.testing.assert_allclose(crop.landmarks, template(64), atol=1e-4)
    np.testing.assert_allclose(crop.matrix, [[1, 0, -30], [0, 1, -20]], atol=1e-4)
    np.testing.assert_allclose(crop.box, KnownFaces.large.box)
    assert crop.score == pytest.approx(0.7)
    assert (crop.side, crop.shrink_factor) == (64, 1.0)


def test_landmarks_are_where_the_crop_shows_them(tmp_path):
    """A real face is no exact copy of the template: its own points are kept, not the template's."""
    own = template(64) + np.float32([[30, 20], [30, 24], [33, 20], [28, 20], [30, 19]])

    class OneFace:
        def detect(self, image):
            return [face(own)]

    photograph(tmp_path / "photos" / "a.png", 1)
    settings = CropSettings(side=64, shrink_factor=0.7, min_size=100)
    crop_folder(tmp_path / "photos", tmp_path / "crops", OneFace(), settings)
    [crop] = read_crop_list(tmp_path / "crops").values()
    matrix = np.array(crop.matrix)
    np.testing.assert_allclose(crop.landmarks, own @ matrix[:, :2].T + matrix[:, 2], atol=1e-4)
    assert np.abs(np.array(crop.landmarks) - template(64, 0.7)).max() > 1


def test_landmarks_in_one_point_are_reported(tmp_path):
    class Confused:
        def detect(self, image):
            return [face(np.full((5, 2), 50.0))]

    photograph(tmp_path / "photos" / "a.png", 1)
    outcomes = crop_folder(tmp_path / "photos", tmp_path / "crops", Confused(), SETTINGS)
    assert outcomes == {"landmarks cannot be aligned": 1}
    assert read_crop_list(tmp_path / "crops") == {}


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["a/x.jpg", "b/x.jpg"], ["a/x.png", "b/x.png"]),
        (["a/x.jpeg", "a/x.jpg", "a/x.png"], ["a/x.png", "a/x_2.png", "a/x_3.png"]),
        (["a/x.jpg", "a/x.png", "a/x_2.jpg"], ["a/x.png", "a/x_2.png", "a/x_2_2.png"]),
        (["a/X.jpg", "a/x.jpg"], ["a/X.png", "a/x_2.png"]),
        (["a/v1.0.jpg", "a/v1.1.jpg"], ["a/v1.0.png", "a/v1.1.png"]),
    ],
)
def test_no_two_photographs_share_a_crop(sources, names):
    assert [str(n) for n in crop_names([PurePath(s) for s in sources], ".png")] == names


def test_a_second_run_replaces_the_first(tmp_path):
    photograph(tmp_path / "photos" / "a.png", 1)
    for side in (64, 32):
        settings = CropSettings(side=side, min_size=100, suffix=".jpg")
        crop_folder(tmp_path / "photos", tmp_path / "crops", KnownFaces(), settings)
    assert read_image(tmp_path / "crops" / "a.jpg").shape == (32, 32, 3)
    assert read_crop_list(tmp_path / "crops")["a.jpg"].side == 32


def test_an_interrupted_run_is_not_mistaken_for_a_whole_one(tmp_path):
    class Interrupted(KnownFaces):
        def detect(self, image):
            if image[0, 0, 0] == 2:
                raise KeyboardInterrupt
            return super().detect(image)

    photograph(tmp_path / "photos" / "a.png", 1)
    photograph(tmp_path / "photos" / "b.png", 2)
    with pytest.raises(KeyboardInterrupt):
        crop_folder(tmp_path / "photos", tmp_path / "crops", Interrupted(), SETTINGS)
    with pytest.raises(UserError, match=r"did not finish; run dataset/crop_align\.py again"):
        shard_folder(tmp_path / "crops", tmp_path / "shards", "a")
    crop_folder(tmp_path / "photos", tmp_path / "crops", KnownFaces(), SETTINGS)
    assert shard_folder(tmp_path / "crops", tmp_path / "shards", "a").count == 2


def test_crops_never_go_among_the_photographs(tmp_path):
    photograph(tmp_path / "a.png", 1)
    for target in (tmp_path, tmp_path / "crops"):
        with pytest.raises(UserError, match="lies in --data_dir.*choose a folder outside"):
            crop_folder(tmp_path, target, KnownFaces(), SETTINGS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"side": 8}, "--im_size=8"), ({"shrink_factor": 0.0}, r"--shrink_factor=0\.0")],
)
def test_impossible_settings(settings, message):
    with pytest.raises(UserError, match=message):
        CropSettings(**settings)


def test_the_real_detector_on_real_photographs(tmp_path):
    outcomes = crop_folder(PHOTOS, tmp_path, load_detector(), CropSettings(side=112))
    assert outcomes == {"cropped": len(list(PHOTOS.glob("*/*.[jp]*g")))}
    for crop in read_crop_list(tmp_path).values():
        assert crop.score > 0.9
        # Faces differ from the template; a wrong order of the points or a turned face by far more.
        assert np.linalg.norm(np.array(crop.landmarks) - template(112), axis=1).max() < 10
