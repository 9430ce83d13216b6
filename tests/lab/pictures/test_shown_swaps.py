import numpy as np
import pytest

from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.inference.swap_result import SwapResult
from facedancer.lab.pictures import shown_swaps
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError


class Swapper:
    """Paints each face in its source's mean colour."""

    def __init__(self, finds=True):
        self.finds = finds
        self.detector = self

    def detect(self, image):
        side = image.shape[0]
        return [Face(np.array([0, 0, side, side], np.float32), template(side), 1.0)]

    def identity_of(self, image):
        return image.mean(axis=(0, 1))

    def swap(self, image, identity):
        crop = np.full([64, 64, 3], image.mean(axis=(0, 1)), np.uint8)
        changed = np.full_like(crop, identity)
        face = SwappedFace(self.detect(image)[0], np.eye(2, 3), crop, changed)
        return SwapResult(image, (face,) if self.finds else (), image)


def plain(colour):
    return np.full([96, 96, 3], colour, np.uint8)


def labels(yaw=0.0, pitch=0.0, occluder=0.0, glasses=0.0, hat=0.0):
    points = template(96).ravel().tolist()
    return {
        "pose": [yaw, pitch, 0.0],
        "occluder": [occluder],
        "glasses": [glasses],
        "worn": [hat, 0.0, 1.0],
        "landmarks": points,
    }


def test_target_source_and_swap_stand_below_each_other():
    sheet = shown_swaps.show_swaps(Swapper(), [(plain(40), plain(200)), (plain(90), plain(160))])
    height, width = sheet.shape[:2]
    rows, columns = [height // 6, height // 2, height * 5 // 6], [width // 4, width * 3 // 4]
    shown = [[int(sheet[row, column, 0]) for column in columns] for row in rows]
    assert shown == [[40, 90], [200, 160], [200, 160]]


def test_a_target_without_a_face_is_refused():
    with pytest.raises(UserError, match="target of pair 1"):
        shown_swaps.show_swaps(Swapper(finds=False), [(plain(40), plain(200))])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"yaw": -30.0}, False),
        ({"pitch": 20.0}, False),
        ({"occluder": 2.0}, False),
        ({"glasses": 3.0}, False),
        ({"hat": 1.0}, False),
    ],
)
def test_plain_faces(given, expected):
    assert shown_swaps.is_plain(labels(**given)) is expected


def test_the_sharpest_plain_picture_is_chosen(monkeypatch):
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 255, [96, 96, 3], np.uint8)
    pictures = {3: (sharp, labels()), 5: (sharp[::-1].copy(), labels(yaw=50.0))}
    flat = (plain(99), labels())
    monkeypatch.setattr(shown_swaps, "render", lambda *given: pictures.get(given[2], flat))
    assert np.array_equal(shown_swaps.choose_picture(7), sharp)
