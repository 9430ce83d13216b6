"""A face in another one's light: what is coarse is the other's, what is fine its own."""

import cv2
import numpy as np
import pytest

from facedancer.inference.texture.lighting import recolour, relight

SIDE = 128


@pytest.fixture(scope="module")
def face():
    noise = np.random.default_rng(0).normal(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
    fine = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return np.clip(140 + 60 * fine, 0, 255).astype(np.uint8)


ALL = np.ones((SIDE, SIDE), np.float32)


def test_the_own_light_changes_nothing(face):
    assert np.abs(relight(face, face, ALL) - face).max() < 1


def test_colours_become_the_others(face):
    warm = np.clip(face * [0.9, 0.7, 0.5], 0, 255).astype(np.uint8)
    assert np.abs(relight(face, warm, ALL).mean((0, 1)) - warm.mean((0, 1))).max() < 2


def test_a_shadow_falls_and_what_is_fine_stays(face):
    shade = np.linspace(1.0, 0.5, SIDE)[None, :, None]
    other = np.clip(np.full_like(face, 150) * shade, 0, 255).astype(np.uint8)
    lit = relight(face, other, ALL)
    left, right = lit[:, 16:40].mean(), lit[:, -40:-16].mean()
    # As a whole face's light does; what is as fine as a feature is the face's own.
    assert right / left < 0.9
    fine = [x - cv2.GaussianBlur(x, (0, 0), 3) for x in (lit, face.astype(np.float32))]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] > 0.9


def test_only_the_weighted_part_is_compared(face):
    other = face.copy()
    other[:, SIDE // 2 :] = 0
    weight = ALL.copy()
    weight[:, SIDE // 2 :] = 0
    lit, left = relight(face, other, weight), np.s_[:, : SIDE // 2 - 8]
    assert np.abs(lit[left] - face[left]).max() < 2


def test_without_weight_the_face_stays(face):
    assert np.array_equal(relight(face, 255 - face, 0 * ALL), face)


def test_teeth_and_eyes_get_their_own_colours_again():
    picture = np.full((32, 32, 3), (200, 120, 100), np.uint8)  # Red skin,
    picture[8:24, 8:24] = 200  # white teeth
    picture[12:20, 12:20] = (120, 60, 40)  # and something brown.
    lit = np.clip(picture - np.float32([60, 10, -20]), 0, 255)  # As if all were made pale.
    target = np.full_like(picture, 150)
    where = np.zeros((32, 32), np.float32)
    where[8:24, 8:24] = 1
    again = recolour(lit, picture, target, where)
    assert np.abs(again - lit)[where == 0].max() < 0.5
    white, brown = again[9, 9], again[16, 16]
    # The target's mean is grey: white next to brown is a little blue, but less than it was made.
    assert white[2] - white[0] < lit[9, 9, 2] - lit[9, 9, 0]
    assert brown[0] > brown[2] + 20 > lit[16, 16, 0] - lit[16, 16, 2]
    lightness = [cv2.cvtColor(np.float32(x) / 255, cv2.COLOR_RGB2Lab)[..., 0] for x in (again, lit)]
    assert np.abs(lightness[0] - lightness[1]).max() < 0.5
    assert recolour(lit, picture, target, np.zeros_like(where)) is lit
