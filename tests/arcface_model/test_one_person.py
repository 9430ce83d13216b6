"""Tests which faces are held for one person's, by the two photographs that ship."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.one_person import one_person_cosine
from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.faces.identity import unit
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.swap_run import swap_choice
from facedancer.utils.alignment import align_face
from facedancer.utils.images import read_image, uint8_to_signed
from facedancer.utils.weights.published import MODEL_ZOO

PHOTOS = Path(__file__).resolve().parents[2] / "assets" / "photos"
COLLINS = [(205, 101), (247, 103), (224, 129), (203, 138), (244, 141)]
HOPPER = [(219, 188), (303, 187), (260, 247), (232, 273), (299, 273)]


def encoder_of(side):
    return SimpleNamespace(input_shape=(None, side, side, 3))


def test_dlibs_encoder_does_not_take_two_women_for_one():
    encoder = load_encoder(MODEL_ZOO / "dlib" / "encoder.keras")
    crops = [
        align_face(read_image(PHOTOS / name), np.array(points, np.float32), 162)[0]
        for name, points in (
            ("eileen_collins/astronaut.png", COLLINS),
            ("grace_hopper/grace_hopper.jpg", HOPPER),
        )
    ]
    collins, hopper = encode(encoder, uint8_to_signed(np.stack(crops)))["embedding"].numpy()
    cosine = float(unit(collins) @ unit(hopper))
    assert Choice.threshold < cosine < one_person_cosine(encoder)
    choice = swap_choice(SwapFlags(), [Role(hopper, collins)], encoder)
    assert choice.recognise(choice.likeness([collins, hopper])) == [0, None]
    assert choice.recognise(choice.likeness([hopper])) == [None]


@pytest.mark.parametrize(
    ("given", "side", "expected"), [(None, 112, 0.3), (None, 162, 0.5), (0.4, 162, 0.4)]
)
def test_what_the_user_gives_counts_more(given, side, expected):
    role = Role(np.ones(512), np.ones(512))
    choice = swap_choice(SwapFlags(match_threshold=given), [role], encoder_of(side))
    assert choice.threshold == expected
