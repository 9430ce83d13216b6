"""Glasses: found where both eyes and the bridge have them, and drawn over in a source."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.inference.blending.face_mesh import face_mesh
from facedancer.inference.texture.face_mask import draw_source_mask, tell_face
from facedancer.inference.texture.glasses import find_glasses, find_rims, without_rims
from facedancer.utils.alignment import align_face
from facedancer.utils.images import read_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
SIDE = 256
# By the detector that ships.
COLLINS = np.array(
    [[204.8, 100.8], [247.4, 103.4], [223.6, 129.2], [202.5, 138.1], [244.2, 140.6]], np.float32
)
HOPPER = np.array(
    [[219.0, 187.6], [303.4, 186.8], [259.6, 247.2], [231.9, 273.1], [299.2, 272.7]], np.float32
)
# Of the mesh: pupils are about here, and the bridge of a nose.
EYES, BRIDGE = ((159, 145), (386, 374)), 168


def seen(name, landmarks):
    crop = align_face(read_image(PHOTOS / name), landmarks, SIDE, extends=True)[0]
    return crop, face_mesh().find_solid(crop), tell_face(crop)


@pytest.fixture(scope="module")
def hopper():
    return seen("grace_hopper/grace_hopper.jpg", HOPPER)


@pytest.fixture(scope="module")
def collins():
    return seen("eileen_collins/astronaut.png", COLLINS)


def test_hoppers_glasses_are_found_and_collins_has_none(hopper, collins):
    crop, mesh, told = hopper
    zone = find_glasses(told, mesh, SIDE)
    assert zone.shape == (SIDE, SIDE) and zone.dtype == np.float32
    assert zone.min() >= 0 and zone.max() <= 1
    x, y = mesh[BRIDGE, :2].round().astype(int)
    assert zone[y, x] > 0.5
    for lids in EYES:
        x, y = mesh[list(lids), :2].mean(axis=0).round().astype(int)
        assert zone[y, x] < 0.1
    assert not find_glasses(collins[2], collins[1], SIDE).any()


@pytest.mark.parametrize("hand", ["one side", "all over the nose"])
def test_a_hand_is_no_glasses(collins, hand):
    _, mesh, _ = collins
    told = np.ones((128, 128), np.float32)
    x, y = (mesh[BRIDGE, :2] / 2).round().astype(int)
    told[y - 20 : y + 40, x - 30 : x + (0 if hand == "one side" else 30)] = 0
    assert not find_glasses(told, mesh, SIDE).any()


def test_rims_stand_out(hopper):
    crop, mesh, told = hopper
    face = draw_source_mask(told, mesh, SIDE)
    zone = find_glasses(told, mesh, SIDE)
    rims = find_rims(crop, face, zone)
    assert 0.01 < rims.mean() < zone.mean()
    # A dark upper edge is a rim, and a cheek behind the lens is none.
    dark = (crop.max(axis=-1) < 60) & (zone > 0.9)
    assert rims[dark].mean() > 0.8
    assert not find_rims(crop, face, np.zeros_like(zone)).any()


def test_skin_is_drawn_over_a_sources_rims(hopper):
    crop, mesh, told = hopper
    face, zone = draw_source_mask(told, mesh, SIDE), find_glasses(told, mesh, SIDE)
    drawn, now = without_rims(crop, face, zone, mesh)
    assert drawn.dtype == np.uint8 and (now >= face - 1e-6).all()
    # Her rims' upper edge is black: of that, little is left.
    dark = (crop.max(axis=-1) < 60) & (zone > 0.9)
    assert dark.sum() > 100 and (drawn.max(axis=-1) < 60)[dark].mean() < 0.1
    far = cv2.dilate(zone, np.ones((9, 9))) == 0
    assert np.abs(drawn[far].astype(int) - crop[far]).max() <= 1


def test_without_glasses_nothing_is_drawn(collins):
    crop, mesh, told = collins
    face = draw_source_mask(told, mesh, SIDE)
    drawn, now = without_rims(crop, face, find_glasses(told, mesh, SIDE), mesh)
    assert drawn is crop and now is face
