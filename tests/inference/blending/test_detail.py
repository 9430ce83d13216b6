"""Faces larger than the crop: the target's detail where structures agree, its grain elsewhere."""

import cv2
import numpy as np
import pytest

from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.blending.detail import structure_kept
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import align_face, template

SIDE, MIDDLE = 64, 200
# Well within the soft box, in a picture of twice MIDDLE.
WITHIN = slice(MIDDLE - 50, MIDDLE + 50)


def photograph(seed=0, noise=6.0):
    """Soft large shapes, and grain of the picture's own size."""
    rng = np.random.default_rng(seed)
    shapes = cv2.resize(rng.uniform(60, 190, (12, 12, 3)), (2 * MIDDLE, 2 * MIDDLE))
    grain = rng.normal(0, noise, shapes.shape)
    return np.clip(shapes + grain, 0, 255).astype(np.uint8)


def swapped(picture, change, scale=4.0, shift=(0.0, 0.0)):
    """A face ``scale`` times as large as its crop, which ``change`` makes another of."""
    landmarks = (template(SIDE) - SIDE / 2) * scale + MIDDLE + np.array(shift)
    crop, matrix = align_face(picture, landmarks, SIDE, extends=True)
    changed = np.clip(np.rint(change(crop.astype(np.float32))), 0, 255).astype(np.uint8)
    box = np.concatenate([landmarks.min(0), landmarks.max(0)]).astype(np.float32)
    return SwappedFace(Face(box, landmarks.astype(np.float32), 1.0), matrix, crop, changed)


def brighter(crop):
    return crop + 30


def another(crop):
    """Other shapes of the same contrast, without the old ones."""
    return photograph(seed=1, noise=0)[:SIDE, :SIDE].astype(np.float32)


def both(picture, face):
    """The picture with the face in it, with detail and without, float32."""
    pasted = (
        blend(picture, [face], Blending("box", "off", detail=name)) for name in ("target", "off")
    )
    return tuple(one.astype(np.float32) for one in pasted)


def fineness(picture):
    fine = picture.astype(np.float32) - cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0)
    return fine[WITHIN, WITHIN].std()


def test_a_swap_that_keeps_all_structure_keeps_all_detail():
    picture = photograph()
    wanted = picture.astype(np.float32) + 30
    errors = [
        np.abs(one - wanted)[WITHIN, WITHIN].mean()
        for one in both(picture, swapped(picture, brighter))
    ]
    assert errors[0] < 1.0 < 4.0 < errors[1]


def test_grain_lies_over_what_moved():
    picture = photograph()
    detailed, plain = both(picture, swapped(picture, another))
    assert fineness(plain) < 0.1 * fineness(picture)
    assert 0.8 * fineness(picture) < fineness(detailed) < 1.1 * fineness(picture)


def test_an_edge_that_moved_away_leaves_no_ghost():
    picture = np.full((2 * MIDDLE, 2 * MIDDLE, 3), 170, np.uint8)
    # A brow of the target, which the swap has elsewhere.
    cv2.line(picture, (MIDDLE - 60, MIDDLE), (MIDDLE + 60, MIDDLE), (40, 40, 40), 9)
    face = swapped(picture, lambda crop: np.roll(crop, 8, axis=0))
    detailed, plain = both(picture, face)
    assert np.abs(detailed - plain)[WITHIN, WITHIN].max() <= 12
    kept = structure_kept(face.crop, face.changed)
    assert kept[32, 24:40].max() < 0.01 and kept[40, 24:40].max() < 0.2 and kept[20, 32] > 0.95


@pytest.mark.parametrize("scale", [0.4, 1.0])
def test_a_face_no_larger_than_its_crop_stays_as_it_was(scale):
    picture = photograph()
    detailed, plain = both(picture, swapped(picture, another, scale))
    np.testing.assert_array_equal(detailed, plain)


def test_detail_comes_by_degrees_as_a_face_grows():
    picture = photograph()
    added = [
        np.abs(np.subtract(*both(picture, swapped(picture, another, scale)))).mean()
        for scale in (1.01, 1.1, 1.25, 1.5)
    ]
    assert added == sorted(added) and added[0] < 0.05 * added[-1]


def test_what_lies_outside_of_the_mask_stays():
    picture = photograph()
    face = swapped(picture, another)
    detailed, plain = both(picture, face)
    untouched = np.all(plain == picture, axis=2)
    assert untouched[:100].all() and np.all(detailed[:100] == picture[:100])


def test_a_face_that_moves_takes_its_detail_along():
    """Films: what is added moves with the face, and wavering landmarks do not make it flicker."""
    picture = photograph()
    moved = np.roll(picture, (8, 4), (0, 1))
    first = blend(picture, [swapped(picture, another)], Blending())
    second = blend(moved, [swapped(moved, another, shift=(4, 8))], Blending())
    np.testing.assert_allclose(
        second[WITHIN, WITHIN].astype(int),
        np.roll(first, (8, 4), (0, 1))[WITHIN, WITHIN],
        atol=1,
    )
    still = [both(picture, swapped(picture, brighter, shift=(x, 0))) for x in (0.0, 0.4)]
    flicker = [np.abs(still[0][one] - still[1][one])[WITHIN, WITHIN].mean() for one in (0, 1)]
    assert flicker[0] < 1.1 * flicker[1] + 0.1
