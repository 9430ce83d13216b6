"""Masks of the face that is seen, from a network's answer that the test gives."""

from pathlib import Path

import numpy as np
import pytest

from facedancer.inference.blending.face_mesh import face_mesh
from facedancer.inference.texture.face_mask import draw_source_mask, draw_target_mask, tell_face
from facedancer.utils.alignment import align_face
from facedancer.utils.images import read_image

PHOTO = Path(__file__).parents[3] / "assets" / "photos" / "eileen_collins" / "astronaut.png"
LANDMARKS = np.array(
    [[204.8, 100.8], [247.4, 103.4], [223.6, 129.2], [202.5, 138.1], [244.2, 140.6]], np.float32
)
SIDE = 256


@pytest.fixture(scope="module")
def crop():
    return align_face(read_image(PHOTO), LANDMARKS, SIDE)[0]


@pytest.fixture(scope="module")
def mesh(crop):
    return face_mesh().find_solid(crop)


@pytest.fixture
def answer():
    """``[SIDE, SIDE]``, to be filled in: what the network says."""
    return np.ones((SIDE, SIDE), np.float32)


def at(mesh, number):
    return tuple(mesh[number, 1::-1].round().astype(int))


def test_skin_is_seen_and_hair_is_not(crop, mesh):
    told = tell_face(crop)
    for draw in (draw_source_mask, draw_target_mask):
        mask = draw(told, mesh, SIDE)
        assert mask.shape == (SIDE, SIDE) and mask.dtype == np.float32
        assert mask.min() >= 0 and mask.max() <= 1
        assert mask[at(mesh, 4)] > 0.9 and mask[: SIDE // 12].mean() < 0.2


def test_a_doubtful_forehead_is_left_out_of_a_source(mesh, answer):
    forehead, cheek = at(mesh, 151), at(mesh, 50)
    answer[:] = 0.5
    source, target = draw_source_mask(answer, mesh, SIDE), draw_target_mask(answer, mesh, SIDE)
    assert source[forehead] < 0.05 < 0.3 < source[cheek]
    assert target[forehead] > 0.7


def test_next_to_a_fringe_nothing_is_taken(mesh, answer):
    row = at(mesh, 151)[0]
    answer[:row] = 0
    below = 1
    column = at(mesh, 151)[1]
    assert draw_source_mask(answer, mesh, SIDE)[row + below, column] < 0.2
    assert draw_target_mask(answer, mesh, SIDE)[row + below, column] > 0.9


def test_lashes_taken_for_frames_are_closed_and_frames_are_not(mesh, answer):
    x, y = mesh[[159, 145], :2].mean(0).round().astype(int)  # The middle of an eye.
    answer[y - 1 : y + 2, x - 4 : x + 5] = 0
    below = y + round(0.1 * SIDE)
    answer[below - 1 : below + 2, x - 4 : x + 5] = 0
    for mask in (draw_source_mask(answer, mesh, SIDE), draw_target_mask(answer, mesh, SIDE)):
        assert mask[y, x] > 0.9 and mask[below, x] < 0.1
