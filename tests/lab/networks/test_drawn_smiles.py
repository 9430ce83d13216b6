"""Drawn smiles: the picture and its lips' points move together."""

import numpy as np
import pytest

from facedancer.lab.networks.drawn_smiles import open_mouth

SIDE, LINE = 128, 100
# Lips that are closed: 40 pixels wide, five above and below the line.
_ALONG = np.linspace(0, 1, 7)
OUTLINE = np.array(
    [(44 + 40 * x, LINE - 5 * np.sin(np.pi * x)) for x in _ALONG]
    + [(84 - 40 * x, LINE + 5 * np.sin(np.pi * x)) for x in _ALONG[1:-1]]
    + [(46, LINE), (55, LINE), (64, LINE), (73, LINE), (82, LINE), (73, LINE), (64, LINE)]
    + [(55, LINE)],
    np.float32,
)
UPPER, LOWER = (13, 14, 15), (19, 18, 17)


@pytest.fixture
def face():
    """Red above the line between the lips, blue below: neither is ever in a mouth."""
    face = np.zeros((SIDE, SIDE, 3), np.float32)
    face[:LINE, :, 0], face[LINE:, :, 2] = 255, 255
    return face


@pytest.mark.parametrize("seed", range(12))
def test_above_the_upper_lip_is_what_was_above_and_below_what_was_below(face, seed):
    crop, points = open_mouth(face, OUTLINE, np.random.default_rng(seed))
    assert crop.shape == face.shape and points.shape == OUTLINE.shape
    for upper, lower in zip(UPPER, LOWER, strict=True):
        assert points[upper, 1] <= points[lower, 1] + 1e-3
        above, below = points[upper] - [0, 3], points[lower] + [0, 3]
        red, _, blue = crop[round(float(above[1])), round(float(above[0]))]
        assert red > blue
        if below[1] < SIDE - 1:
            red, _, blue = crop[round(float(below[1])), round(float(below[0]))]
            assert blue > red


def test_it_opens_and_shows_something(face):
    gaps, greens = [], []
    for seed in range(20):
        crop, points = open_mouth(face, OUTLINE, np.random.default_rng(seed))
        gaps.append(points[18, 1] - points[14, 1])
        middle = np.rint(points[[14, 18]].mean(axis=0)).astype(int)
        if gaps[-1] > 4 and middle[1] < SIDE:
            greens.append(crop[middle[1], middle[0], 1])
    assert 4 < np.mean(gaps) < 25
    assert greens and np.mean(greens) > 20  # The face has no green; teeth do.


def test_a_mouth_from_its_edge_stays():
    outline = OUTLINE.copy()
    outline[:, 0] = 60
    outline[12], outline[16] = (60, LINE), (61, LINE)
    crop = np.full((SIDE, SIDE, 3), 99, np.float32)
    drawn, points = open_mouth(crop, outline, np.random.default_rng(0))
    assert np.array_equal(drawn, crop) and np.array_equal(points, outline)
