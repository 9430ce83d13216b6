"""Tests the way of a photograph's faces, with a search of known answers and with the real one."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from facedancer.dataset.crops.cropping import crop_photographs
from facedancer.dataset.crops.photograph_list import Photograph
from facedancer.dataset.crops.settings import CropSettings
from facedancer.retinaface.detector import Face, load_detector
from facedancer.retinaface.search import FaceSearch
from facedancer.utils.alignment import align_face, template
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
IMAGE = np.random.default_rng(0).integers(0, 256, (120, 110, 3), np.uint8)


def face(landmarks, score=0.9):
    landmarks = np.asarray(landmarks, np.float32)
    low, high = landmarks.min(0), landmarks.max(0)
    return Face(box=np.concatenate([low, high]), landmarks=landmarks, score=score)


SMALL = face(template(40) + (5, 5), score=0.99)
LARGE = face(template(64) + (30, 20), score=0.7)
UNSURE = face(template(100), score=0.3)
TURNED = face(template(64) + (30, 20) + np.float32([[0, 0], [0, 0], [12, 0], [0, 0], [0, 0]]))
CUT_OFF = face(template(64) + (75, 20))
POINT = Face(box=np.float32([0, 0, 9, 9]), landmarks=np.full((5, 2), 50, np.float32), score=0.9)


class Known:
    """Finds the same faces in every picture."""

    def __init__(self, *faces):
        self.faces = faces

    def find(self, images):
        return [SimpleNamespace(faces=self.faces, found_by="turned 90") for _ in images]


def crop(*faces, image=IMAGE, photograph=None, **settings):
    settings = CropSettings(**{"side": 64, "min_size": 100, "suffix": ".png"} | settings)
    photograph = photograph or Photograph("ada/deep/two.jpg", "ada/deep/two.png")
    [outcome] = crop_photographs([photograph], [image], Known(*faces), settings)
    return outcome


def test_the_largest_face_is_cropped_and_all_are_reported():
    outcome = crop(SMALL, UNSURE, LARGE)
    [(found, pixels)] = outcome.crops
    # The larger face, not the surer one; cut out where it lies without any resampling.
    np.testing.assert_array_equal(pixels, IMAGE[20:84, 30:94])
    np.testing.assert_allclose(found.landmarks, template(64), atol=1e-3)
    np.testing.assert_allclose(found.matrix, [[1, 0, -30], [0, 1, -20]], atol=1e-3)
    np.testing.assert_allclose(found.box, LARGE.box, atol=1e-3)
    assert (found.path, found.source_path) == ("ada/deep/two.png", "ada/deep/two.jpg")
    assert (found.identity, found.score, found.found_by) == ("ada", 0.7, "turned 90")
    assert (found.side, found.shrink_factor, found.labels) == (64, 1.0, {})
    assert abs(found.yaw) < 1 and found.sharpness > 0

    report = outcome.report
    assert (report["photograph"], report["outcome"]) == ("ada/deep/two.jpg", "cropped")
    assert (report["width"], report["height"], report["found_by"]) == (110, 120, "turned 90")
    assert [(entry["outcome"], entry["why"], entry["score"]) for entry in report["faces"]] == [
        ("score too low", "score 0.3 < --min_score=0.6", 0.3),
        ("cropped", "", 0.7),
        ("not the largest", "--faces=largest", 0.99),
    ]
    entry = report["faces"][1]
    assert (entry["crop"], entry["yaw"], entry["sharpness"]) == (
        *(found.path, found.yaw, found.sharpness),
    )
    assert entry["size"] == pytest.approx(np.ptp(template(64), axis=0).min(), abs=0.1)


def test_all_faces():
    photograph = Photograph("two.jpg", "two_3.png", {"pose": [1.0, 2.0]})
    outcome = crop(SMALL, UNSURE, LARGE, photograph=photograph, faces="all")
    crops = [found for found, _ in outcome.crops]
    assert [found.path for found in crops] == ["two_3.png", "two_3_face2.png"]
    assert [found.score for found in crops] == [0.7, 0.99]
    assert [found.labels for found in crops] == [{"pose": [1.0, 2.0]}, {}]
    assert [found.identity for found in crops] == ["", ""]


def test_folders_that_name_nobody():
    [(found, _)] = crop(LARGE, identities=False).crops
    assert (found.identity, found.source_path) == ("", "ada/deep/two.jpg")


REJECTED = {
    "score too low": ((UNSURE,), {}, "score 0.3 < --min_score=0.6"),
    "face too small": ((LARGE,), {"min_face": 30}, "size 20.1 px < --min_face=30"),
    "cut off": ((CUT_OFF,), {}, "lie outside the photograph"),
    "turned away": ((TURNED,), {"max_yaw": 20}, "degrees > --max_yaw=20"),
    "blurred": (
        (LARGE,),
        {"image": cv2.GaussianBlur(IMAGE, (0, 0), 5), "min_sharpness": 8},
        "< --m",
    ),
    "landmarks cannot be aligned": ((POINT,), {}, "coincide"),
    "no face found": ((), {}, ""),
    "photograph too small": ((LARGE,), {"min_size": 111}, "110 x 120 px < --min_photograph=111"),
    "not a readable image": ((LARGE,), {"image": "cut short"}, "cut short"),
}


@pytest.mark.parametrize("reason", REJECTED)
def test_rejects_name_the_threshold_and_the_number(reason):
    faces, settings, why = REJECTED[reason]
    outcome = crop(*faces, **settings)
    assert (outcome.report["outcome"], outcome.crops) == (reason, ())
    assert why in outcome.report["why"]
    entries = outcome.report["faces"]
    assert [entry["outcome"] for entry in entries] == [reason] * len(entries)
    assert all("crop" not in entry for entry in entries)


def test_a_rejected_largest_face_is_not_replaced_by_a_smaller_one():
    outcome = crop(SMALL, TURNED, max_yaw=20)
    assert outcome.report["outcome"] == "turned away"
    assert [entry["outcome"] for entry in outcome.report["faces"]] == [
        *("turned away", "not the largest"),
    ]
    outcome = crop(SMALL, TURNED, max_yaw=20, faces="all")
    assert outcome.report["outcome"] == "cropped"
    assert [found.path for found, _ in outcome.crops] == ["ada/deep/two.png"]


def test_landmarks_are_where_the_crop_shows_them():
    """A real face is no exact copy of the template: its own points are kept, not the template's."""
    own = template(64) + np.float32([[30, 20], [30, 24], [33, 20], [28, 20], [30, 19]])
    [(found, _)] = crop(face(own), shrink_factor=0.7).crops
    matrix = np.array(found.matrix)
    np.testing.assert_allclose(found.landmarks, own @ matrix[:, :2].T + matrix[:, 2], atol=2e-3)
    assert np.abs(np.array(found.landmarks) - template(64, 0.7)).max() > 1


@pytest.mark.parametrize("scale", [0.4, 1, 3, 11])
@pytest.mark.parametrize("place", [(0, 0), (420, 300)])
def test_the_crop_is_the_whole_photographs(scale, place):
    """However much is cut away first, in the picture's middle and over its edge."""
    texture = np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)
    image = cv2.resize(texture, (1300, 1200), interpolation=cv2.INTER_CUBIC)
    found = face((template(64) * scale + place) @ [[0.98, 0.2], [-0.2, 0.98]])
    [(_, pixels)] = crop(found, image=image).crops
    whole, _ = align_face(image, found.landmarks, 64)
    difference, shift = (
        np.abs(pixels.astype(int) - other).mean() for other in (whole, np.roll(whole, 1, axis=1))
    )
    assert difference < 2 and difference <= 0.3 * shift


def test_several_photographs_keep_their_order():
    class Counting:
        def find(self, images):
            assert [image.shape[1] for image in images] == [110, 130]
            return [SimpleNamespace(faces=f, found_by="upright") for f in ((), (LARGE,))]

    wide = np.zeros((120, 130, 3), np.uint8)
    images = [IMAGE, "broken", IMAGE[:50], wide]
    photographs = [Photograph(f"{number}.jpg", f"{number}.png") for number in range(4)]
    outcomes = crop_photographs(photographs, images, Counting(), CropSettings(min_size=100))
    assert [(outcome.report["photograph"], outcome.report["outcome"]) for outcome in outcomes] == [
        ("0.jpg", "no face found"),
        ("1.jpg", "not a readable image"),
        ("2.jpg", "photograph too small"),
        ("3.jpg", "cropped"),
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"side": 8}, "--image_size=8"),
        ({"shrink_factor": 0.0}, r"--shrink_factor=0\.0"),
        ({"min_score": 1.5}, r"--min_score=1\.5"),
        ({"max_yaw": 0}, "--max_yaw=0"),
        ({"batch_size": 0}, "--batch_size=0"),
    ],
)
def test_impossible_settings(settings, message):
    with pytest.raises(UserError, match=message):
        CropSettings(**settings)


def test_the_real_detector_on_real_photographs():
    paths = sorted(path for path in PHOTOS.glob("*/*") if path.suffix in (".jpg", ".png"))
    photographs = [Photograph(path.name, path.name) for path in paths]
    images = [read_image(path) for path in paths]
    settings = CropSettings(side=112, min_sharpness=15, max_yaw=15, min_face=90)
    search = FaceSearch(load_detector(), settings.batch_size)
    for outcome in crop_photographs(photographs, images, search, settings):
        [(found, _)] = outcome.crops
        assert found.score > 0.9
        # Faces differ from the template; a wrong order of points or a turned face by far more.
        assert np.linalg.norm(np.array(found.landmarks) - template(112), axis=1).max() < 10
