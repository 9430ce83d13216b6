"""An evaluation puts swaps back by the very function that swaps do."""

import numpy as np

from facedancer.evaluation.swaps.pasting import put_back
from facedancer.inference.blending import masks
from facedancer.inference.swapper import Swapper
from facedancer.networks.loading.generator import Generator
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import align_face, template

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
