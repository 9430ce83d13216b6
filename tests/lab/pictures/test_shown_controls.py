"""The pictures of the controls: what stands in them."""

import numpy as np
import pytest

from facedancer.inference.faces.choosing import Role
from facedancer.inference.swapper import Swapper
from facedancer.lab.pictures.shown_controls import (
    show_nobody,
    show_padding,
    show_regions,
    show_strength,
)
from facedancer.networks.loading.generator import Generator
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError

PICTURE = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)


class Detector:
    def __init__(self, *faces):
        self.faces = list(faces)

    def detect(self, picture):
        return self.faces


class Stub(Swapper):
    """Tells identities by brightness, without an encoder."""

    def identity_of_crop(self, crop):
        return np.full(512, crop.mean(), np.float32)

    def likeness_of(self, face, identity):
        return type("Likeness", (), {"to_source": 0.5, "to_target": 0.1})

    def nobody(self, seed=0):
        return Role(np.full(512, seed + 1, np.float32))


@pytest.fixture
def swapper():
    face = Face(np.array([8, 8, 72, 72], np.float32), template(64) + 8, 0.9)
    encoder = type("Encoder", (), {"input_shape": (None, 64, 64, 3)})
    return Stub(
        Generator(64, "a stand-in", lambda target, identity: -target), encoder, Detector(face)
    )


def test_a_row_for_each_pair_and_picture(swapper):
    sheet = show_strength(swapper, [(PICTURE, PICTURE[::-1].copy())])
    assert sheet.shape == (144 + 2 * 17 + 12, 9 * 150 + 6, 3) and sheet.dtype == np.uint8
    assert show_strength(swapper, [(PICTURE, PICTURE)] * 2).shape[0] == 2 * 184 + 6
    assert show_nobody(swapper, [PICTURE]).shape == (190, 6 * 150 + 6, 3)
    assert show_regions(swapper, [PICTURE]).shape == (144 + 17 + 12, 7 * 150 + 6, 3)
    padded = show_padding(swapper, PICTURE, PICTURE)
    assert padded.shape == (2 * (144 + 17 + 6) + 6, 6 * 150 + 6, 3)
    # The more is taken off, the less is bright.
    whole, *_, least = (padded[6:150, 6 + n * 150 : 150 + n * 150].mean() for n in range(6))
    assert least < 0.8 * whole


def test_without_a_face(swapper):
    swapper.detector = Detector()
    for show in (show_nobody, show_regions):
        with pytest.raises(UserError, match="no face"):
            show(swapper, [PICTURE])
