"""The picture of a saved identity: what stands in it."""

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.lab.pictures.shown_identities import show_saved_identity
from facedancer.networks.loading.generator import Generator
from facedancer.utils.errors import UserError

from .test_shown_controls import PICTURE, Detector, swapper  # noqa: F401 - the fixture


def test_swaps_by_the_file_and_by_each_picture(swapper):  # noqa: F811 - the fixture
    swapper.encoder_path = UNTRAINED_SMALL
    pictures = [np.full_like(PICTURE, 30 * number) for number in range(1, 7)]
    identities = []
    swapper.generator = Generator(
        64, "a stand-in", lambda target, identity: identities.append(identity) or -target
    )
    sheet = show_saved_identity(swapper, PICTURE, pictures)
    assert sheet.shape == (2 * (144 + 2 * 17 + 6) + 6, 6 * 150 + 6, 3)
    *by_each, by_file = (float(one[0, 0]) for one in identities)
    assert by_file == pytest.approx(sum(by_each) / 4, rel=0.1) and len(set(by_each)) == 4
    swapper.detector = Detector()
    with pytest.raises(UserError, match="face"):
        show_saved_identity(swapper, PICTURE, pictures)
