"""Lips of a mesh: they go where the network says, and the rest of the face stays."""

from pathlib import Path

import numpy as np
import pytest

from facedancer.inference.blending.face_mesh import face_mesh
from facedancer.inference.texture import lips as module
from facedancer.inference.texture.lips import MOUTH_SHARE, with_lips
from facedancer.inference.texture.openings import is_mouth_open
from facedancer.networks.lips import LIP_POINTS, LIPS_SIDE
from facedancer.utils.alignment import ARCFACE_TEMPLATE, align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

SIDE = 256
SEEN = np.ones((SIDE, SIDE), np.float32)
# By the detector that ships.
COLLINS = np.array(
    [[204.8, 100.8], [247.4, 103.4], [223.6, 129.2], [202.5, 138.1], [244.2, 140.6]], np.float32
)
# Of the mesh: a nose's tip, the outer corners of the eyes, a chin.
NOSE, EYES, CHIN = 4, (33, 263), 152


@pytest.fixture
def crop():
    return np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8)


@pytest.fixture
def mesh():
    """Points all over the crop, but for lips about their place."""
    mesh = np.random.default_rng(1).uniform(0, SIDE / 2, (468, 3))
    turn = np.pi * (1 + np.arange(20) / 10)
    for number, ring in enumerate(module._RINGS):
        radii = np.array([40, 14]) * (1 - number / 6)
        mesh[list(ring), :2] = [128, 190] + radii * np.stack([np.cos(turn), np.sin(turn)], 1)
    mesh[NOSE, :2], mesh[CHIN, :2] = (128, 140), (128, 250)
    mesh[list(EYES), :2] = [(80, 100), (176, 100)]
    return mesh


def say(monkeypatch, mesh, moves):
    """Makes the network see the mesh's own points, moved."""
    seen = []
    around = np.array(module._RINGS[0])[list(module._AROUND)]
    opening = np.array(module._RINGS[3])[list(module._OPENING)]
    places = np.concatenate([mesh[around, :2], mesh[opening, :2]]) + moves
    middle = mesh[around, :2].mean(axis=0)
    scale = LIPS_SIDE / (MOUTH_SHARE * SIDE)

    def network(mouth):
        seen.append(mouth)
        return (scale * (places - middle) + LIPS_SIDE / 2) / LIPS_SIDE

    monkeypatch.setattr(module, "load_network", lambda path: (network, LIPS_SIDE))
    return seen


def test_lips_that_are_right_stay(monkeypatch, crop, mesh):
    seen = say(monkeypatch, mesh, np.zeros((LIP_POINTS, 2)))
    assert np.allclose(with_lips(crop, mesh, SEEN), mesh, atol=1e-6)
    assert seen[0].shape == (LIPS_SIDE, LIPS_SIDE, 3) and seen[0].dtype == np.uint8


def test_lips_move_whole_and_eyes_do_not(monkeypatch, crop, mesh):
    say(monkeypatch, mesh, np.full((LIP_POINTS, 2), (3.0, 7.0)))
    moved = with_lips(crop, mesh, SEEN) - mesh
    assert np.allclose(moved[np.array(module._RINGS)], [3, 7, 0], atol=1e-6)
    assert np.abs(moved[list(EYES)]).max() < 0.01
    assert np.abs(moved[NOSE]).max() < 1 and (moved[:, 2] == 0).all()


def test_only_the_opening_moves_if_only_it_is_wrong(monkeypatch, crop, mesh):
    moves = np.zeros((LIP_POINTS, 2))
    moves[17:, 1] = 6  # The lower lip's edge.
    say(monkeypatch, mesh, moves)
    moved = with_lips(crop, mesh, SEEN) - mesh
    outer, *_, inner = module._RINGS
    assert np.abs(moved[list(outer)]).max() < 1e-6 and abs(moved[CHIN]).max() < 1e-6
    assert np.allclose(moved[[14, 87, 317], 1], 6) and np.abs(moved[[13, 78, 308]]).max() < 1e-6
    # Rings between go part of the way.
    assert np.allclose(moved[[16, 15], 1], [2, 4])
    assert sorted(np.abs(moved[list(inner), 1]) > 0.1).count(True) == 9


def test_a_wild_guess_moves_nothing_far(monkeypatch, crop, mesh):
    say(monkeypatch, mesh, np.full((LIP_POINTS, 2), (0.0, 500.0)))
    moved = with_lips(crop, mesh, SEEN) - mesh
    assert np.linalg.norm(moved, axis=1).max() <= 0.12 * SIDE + 1e-6


def test_lips_behind_a_hand_stay(monkeypatch, crop, mesh):
    say(monkeypatch, mesh, np.full((LIP_POINTS, 2), (3.0, 7.0)))
    seen = SEEN.copy()
    seen[:, : SIDE // 2] = 0
    assert np.allclose(with_lips(crop, mesh, seen), mesh)
    seen[:] = 0.875  # Half way between hidden and shown.
    moved = with_lips(crop, mesh, seen) - mesh
    assert np.allclose(moved[13], [1.5, 3.5, 0], atol=1e-6)


def test_a_smile_of_a_photograph_is_opened():
    photo = Path(__file__).parents[3] / "assets" / "photos" / "eileen_collins" / "astronaut.png"
    crop = align_face(read_image(photo), COLLINS, SIDE, extends=True)[0]
    mesh = face_mesh().find_solid(crop)
    mended = with_lips(crop, mesh, SEEN)
    assert is_mouth_open(mended)
    # The mesh draws her lower lip on her teeth.
    assert mended[17, 1] > mesh[17, 1] + 0.01 * SIDE
    corners = ARCFACE_TEMPLATE[3:] * SIDE / 112
    assert np.abs(mended[[61, 291], :2] - corners).max() < 0.05 * SIDE


def test_its_file_is_told_if_it_cannot_be_read(monkeypatch, tmp_path, crop, mesh):
    monkeypatch.setattr(module, "LIPS", tmp_path / "lips.keras")
    with pytest.raises(UserError, match="install facedancer again"):
        with_lips(crop, mesh, SEEN)
