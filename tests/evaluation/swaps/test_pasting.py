"""An evaluation puts swaps back by the very function that swaps do."""

from pathlib import Path

import numpy as np

from facedancer.evaluation.swaps.pasting import put_back, weight_of
from facedancer.inference.blending import masks
from facedancer.inference.swapper import Swapper
from facedancer.networks.loading.generator import Generator
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import align_face, template
from facedancer.utils.images import read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
SIDE = 64


class Detector:
    def detect(self, image):
        return [Face(np.array([30, 30, 90, 90], np.float32), template(SIDE) + 30, 0.9)]


def swapped(picture):
    """By the Python API, with a generator that turns colours over."""
    negative = Generator(SIDE, "negative", lambda target, identity: -target)
    swapper = Swapper(negative, None, Detector())
    return swapper.swap(picture, np.ones(512, np.float32)).image


def test_as_the_swap_does_to_the_bit(monkeypatch):
    picture = np.random.default_rng(0).integers(1, 256, (120, 130, 3), np.uint8)
    landmarks = template(SIDE) + 30
    crop, matrix = align_face(picture, landmarks, SIDE)

    def evaluated():
        return put_back(picture, crop, 255 - crop, matrix, landmarks)

    np.testing.assert_array_equal(evaluated(), swapped(picture))
    before = evaluated()
    # Another default mask is one for both.
    smaller = masks.Mask("smaller", lambda face: masks.soft_box(SIDE) ** 4)
    monkeypatch.setitem(masks.MASKS, masks.DEFAULT_MASK, smaller)
    assert (evaluated() != before).any()
    np.testing.assert_array_equal(evaluated(), swapped(picture))


def test_the_weight_is_that_of_the_face_in_the_crop():
    picture = read_image(PHOTOS / "eileen_collins" / "astronaut.png")
    landmarks = np.array(
        [[204.8, 100.8], [247.4, 103.4], [223.6, 129.2], [202.5, 138.1], [244.2, 140.6]], np.float32
    )
    crop, matrix = align_face(picture, landmarks, SIDE)
    weight = weight_of(picture.shape, crop, matrix, landmarks)
    assert weight.shape == picture.shape and weight.dtype == np.uint8 and weight.max() == 255
    # What has no weight stays; a swap whose colours are those of the old face shows all the rest.
    new = put_back(picture, crop, crop[::-1], matrix, landmarks)
    np.testing.assert_array_equal(new[weight == 0], picture[weight == 0])
    assert (new != picture)[weight > 128].mean() > 0.9
    # The mesh has found her face: the mask is not the one of flat pixels.
    flat = weight_of(picture.shape, np.zeros_like(crop), matrix, landmarks)
    assert np.abs(weight.astype(int) - flat)[100:140, 190:250].mean() < 2
    assert np.abs(weight.astype(int) - flat).max() > 128
