"""Gaze: drawn irises move along drawn eyes, and nothing else does."""

import cv2
import numpy as np
import pytest

from facedancer.inference.blending.regions import LEFT_EYE, RIGHT_EYE
from facedancer.inference.texture.gaze import with_gaze_of

SIDE, LONG, TALL = 256, 24, 9
MIDDLES = {LEFT_EYE: (80, 110), RIGHT_EYE: (176, 110)}


@pytest.fixture
def mesh():
    mesh = np.full((468, 3), 10.0)
    for loop, middle in MIDDLES.items():
        angles = np.pi * (1 + np.arange(16) / 8)
        outline = np.stack([LONG * np.cos(angles), -TALL * np.sin(angles)], axis=1)
        if loop == RIGHT_EYE:
            outline[:, 0] *= -1
        mesh[list(loop), :2] = middle + outline
    return mesh


def looking(where, skin=170, iris=40):
    """A picture of both eyes, with lashes, whose irises are ``where`` pixels from the middle."""
    picture = np.full((SIDE, SIDE, 3), skin, np.uint8)
    for middle in MIDDLES.values():
        eye = np.zeros((SIDE, SIDE), np.uint8)
        cv2.ellipse(eye, middle, (LONG, TALL), 0, 0, 360, 1, -1)
        picture[eye > 0] = 235
        disc = cv2.circle(np.zeros_like(eye), (middle[0] + where, middle[1]), 8, 1, -1)
        picture[(eye & disc) > 0] = iris
        cv2.ellipse(picture, middle, (LONG, TALL), 0, 180, 360, (20, 20, 20), 2)
    return picture


def place(picture, middle):
    """The distance of an iris's pixels from its eye's middle."""
    x, y = middle
    row = picture[y, x - LONG + 7 : x + LONG - 6].mean(axis=-1)
    dark = np.nonzero(row < 120)[0]
    return dark.mean() - (LONG - 7)


@pytest.mark.parametrize(("here", "there"), [(0, 8), (-6, 6), (8, 0), (5, 5), (0, -9)])
def test_irises_come_to_where_the_targets_are(mesh, here, there):
    # The target has other colours: only where it is dark counts.
    moved = with_gaze_of(looking(here), looking(there, skin=120, iris=90), mesh)
    for middle in MIDDLES.values():
        assert place(looking(here), middle) == pytest.approx(here, abs=1)
        assert place(moved, middle) == pytest.approx(there, abs=2.5)


def test_skin_and_corners_stay(mesh):
    before = looking(-6)
    moved = with_gaze_of(before, looking(6), mesh)
    away = np.ones((SIDE, SIDE), bool)
    for x, y in MIDDLES.values():
        away[y - TALL - 6 : y + TALL + 7, x - LONG - 6 : x + LONG + 7] = False
        assert np.abs(moved[y, x - LONG].astype(int) - before[y, x - LONG]).max() < 40
    assert np.array_equal(moved[away], before[away])


def test_the_same_gaze_changes_nothing(mesh):
    before = looking(4)
    assert np.abs(with_gaze_of(before, before, mesh).astype(int) - before).max() <= 1


def test_eyes_too_small_to_see_stay(mesh):
    before = looking(4)
    assert with_gaze_of(before, looking(-4), mesh * 0.01) is before
