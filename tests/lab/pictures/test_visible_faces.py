"""Masks of rendered faces: skin is face; glasses, hair and what is held before it are not."""

import numpy as np

from facedancer.lab.drawing.occluders import Occluder
from facedancer.lab.pictures.render import face_region
from facedancer.lab.pictures.scene import draw_scene, picture_rng
from facedancer.lab.pictures.visible_faces import visible_face, visible_faces

SIDE = 64


def first(is_hidden):
    """The first person whose picture has, or has not, something before it."""
    return next(
        person
        for person in range(200)
        if (draw_scene(picture_rng(0, person, 0)).occluder is not Occluder.NONE) == is_hidden
    )


def test_the_middle_of_a_free_face_is_face():
    crop, mask = visible_face(0, SIDE, first(is_hidden=False))
    assert crop.shape == (SIDE, SIDE, 3) and mask.shape == (SIDE, SIDE)
    assert crop.dtype == mask.dtype == np.uint8
    assert 0.15 < (mask > 127).mean() < 0.9
    middle = mask[SIDE // 3 : 2 * SIDE // 3, SIDE // 3 : 2 * SIDE // 3]
    assert (middle > 127).mean() > 0.6


def test_what_is_held_before_a_face_is_not(monkeypatch):
    person = first(is_hidden=True)
    hidden = visible_face(0, SIDE, person)[1]
    monkeypatch.setattr(
        "facedancer.lab.pictures.visible_faces._occluded",
        lambda seed, identity, index, side: np.zeros((side, side), np.float32),
    )
    free = visible_face(0, SIDE, person)[1]
    assert (free.astype(int) >= hidden).all()
    assert face_region(0, person, 0, SIDE).max() == 1


def test_many_come_in_order():
    crops, masks = visible_faces(0, SIDE, range(2), workers=1)
    for number in range(2):
        crop, mask = visible_face(0, SIDE, number)
        assert np.array_equal(crops[number], crop) and np.array_equal(masks[number], mask)
