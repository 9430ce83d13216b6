import cv2
import numpy as np
import pytest

from facedancer.inference.blending.colour import match_colours
from facedancer.inference.blending.even_skin import limit_skin
from facedancer.utils.alignment import template


@pytest.mark.parametrize("side", [64, 256])
def test_skin_changes_by_less_than_twelve_and_features_as_they_like(side):
    old = np.full((side, side, 3), [60, 10, 10], np.float32)
    for change in (-40.0, 40.0):
        limited = limit_skin(old + change, old) - old
        assert np.abs(limited).max() <= 40
        left_eye, right_eye, nose, left, right = np.rint(template(side)).astype(int)
        for x, y in (left_eye, right_eye, nose, (left + right) // 2):
            np.testing.assert_allclose(limited[y, x], change, rtol=0.05)
        # A cheek, next to the mouth and below the eye; and the forehead.
        cheek = (left_eye[0] - side // 16, (nose[1] + left[1]) // 2)
        for x, y in (cheek, ((left_eye + right_eye)[0] // 2, side // 10)):
            assert 11 < limited[y, x, 0] * np.sign(change) < 16


def test_small_changes_stay():
    old = np.full((64, 64, 3), 50, np.float32)
    change = np.random.default_rng(0).uniform(-2, 2, old.shape).astype(np.float32)
    np.testing.assert_allclose(limit_skin(old + change, old), old + change, atol=0.02)


def test_a_patch_on_the_cheek_becomes_pale_and_an_eye_stays():
    rng = np.random.default_rng(0)
    crop = rng.normal([180, 140, 120], 20, (128, 128, 3)).clip(0, 255).astype(np.uint8)
    changed, mask = crop.copy(), np.ones((128, 128), np.float32)
    left_eye, _, nose, left, _ = np.rint(template(128)).astype(int)
    cheek = (int(left_eye[0]) - 8, int(nose[1] + left[1]) // 2)
    for place in (cheek, left_eye.tolist()):
        cv2.circle(changed, place, 5, (40, 30, 30), cv2.FILLED)

    def darkness(result, place):
        x, y = place
        part = np.s_[y - 2 : y + 3, x - 2 : x + 3]
        return crop[part].mean() - result[part].mean()

    even, lab = (match_colours(changed, crop, mask, how) for how in ("even", "lab"))
    assert darkness(lab, cheek) > 80 and darkness(even, cheek) < 0.5 * darkness(lab, cheek)
    assert darkness(even, left_eye) > 0.95 * darkness(lab, left_eye)
