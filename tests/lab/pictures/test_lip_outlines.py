"""Outlines of rendered lips: they lie where the picture's landmarks do."""

import numpy as np

from facedancer.lab.pictures.lip_outlines import lip_outline, lip_outlines
from facedancer.lab.pictures.render import render
from facedancer.utils.alignment import similarity_transform, template

SIDE = 64


def test_corners_are_the_pictures_landmarks():
    for identity in (3, 11):
        labels = render(0, identity, 0, 96)[1]
        landmarks = np.array(labels["landmarks"], np.float32).reshape(5, 2)
        matrix = similarity_transform(landmarks, template(SIDE))
        corners = landmarks[3:] @ matrix[:, :2].T + matrix[:, 2]
        outline = lip_outline(0, SIDE, identity)
        assert outline.shape == (20, 2)
        # Labels are rounded, and say left and right as the picture does.
        assert np.allclose(np.sort(outline[[0, 6]], axis=0), np.sort(corners, axis=0), atol=0.05)


def test_the_opening_lies_within_the_lips():
    outlines = lip_outlines(0, SIDE, range(20, 26), workers=1)
    assert outlines.shape == (6, 20, 2)
    assert np.array_equal(outlines[2], lip_outline(0, SIDE, 22))
    upper, lower = outlines[:, 3, 1], outlines[:, 9, 1]
    assert (upper < outlines[:, 14, 1]).all() and (outlines[:, 18, 1] < lower).all()
    assert (outlines[:, 14, 1] <= outlines[:, 18, 1] + 1e-3).all()
