"""Our MobileNet detector against the original network, as record_expectation.py recorded it."""

from pathlib import Path

import numpy as np
import pytest

EXPECTATION = dict(np.load(Path(__file__).with_name("mobilenet_expectation.npz")))


def test_every_scene_was_recorded(scenes):
    assert set(scenes) == set(EXPECTATION)
    assert sum(len(rows) for rows in EXPECTATION.values()) == 9


@pytest.mark.parametrize("scene", EXPECTATION)
def test_same_faces_as_the_original_network(detector, scenes, scene):
    picture = scenes[scene]
    # One pass: `detect` looks again at large faces, as the original does not.
    [faces] = detector.detect_in(picture[None], [(0, 0, picture.shape[1], picture.shape[0])])
    faces = sorted(faces, key=lambda face: face.box[0])
    expected = EXPECTATION[scene]
    expected = expected[np.argsort(expected[:, 0])]
    assert len(faces) == len(expected)
    for face, row in zip(faces, expected, strict=True):
        np.testing.assert_allclose(face.box, row[:4], rtol=0, atol=0.05)
        np.testing.assert_allclose(face.landmarks.ravel(), row[4:14], rtol=0, atol=0.05)
        assert face.score == pytest.approx(row[14], abs=1e-3)
