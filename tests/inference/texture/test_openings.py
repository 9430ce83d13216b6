"""Openings: a source gives those that its photograph shows open enough, and seen."""

import numpy as np
import pytest

from facedancer.inference.blending.regions import LEFT_EYE, MOUTH, RIGHT_EYE
from facedancer.inference.texture.openings import filled, is_mouth_open, openness, own_openings

SIDE = 200
KNOWN = np.ones((SIDE, SIDE), np.float32)
MIDDLES = {LEFT_EYE: (60, 70), RIGHT_EYE: (140, 70), MOUTH: (100, 150)}


def face(left=6.0, right=6.0, mouth=8.0, turn=0.0):
    """A mesh whose openings are ellipses of these half heights, and 20 pixels of half length."""
    mesh = np.zeros((468, 3))
    for loop, tall in ((LEFT_EYE, left), (RIGHT_EYE, right), (MOUTH, mouth)):
        angles = np.pi * (1 + 2 * np.arange(len(loop)) / len(loop))
        round_it = np.stack([20 * np.cos(angles), -tall * np.sin(angles)], axis=1)
        if loop == RIGHT_EYE:  # Its first point is the outer corner too.
            round_it[:, 0] *= -1
        mesh[list(loop), :2] = MIDDLES[loop] + round_it
    way = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    mesh[:, :2] = (mesh[:, :2] - SIDE / 2) @ way.T + SIDE / 2
    return mesh


@pytest.mark.parametrize("turn", [0, 0.4, -1.2])
def test_openness_is_measured_across(turn):
    mesh = face(5, 6, 9, turn)
    assert openness(mesh, LEFT_EYE) == pytest.approx(10 / 40, rel=0.02)
    assert openness(mesh, RIGHT_EYE) == pytest.approx(12 / 40, rel=0.02)
    assert openness(mesh, MOUTH) == pytest.approx(18 / 40, rel=0.02)
    # The eyes' outer corners are 120 pixels apart, and the lips 18 or 2.
    assert is_mouth_open(mesh) and not is_mouth_open(face(mouth=1))


def own(target, source, known=KNOWN):
    """The parts of the left eye, the right one and, if it is one, the mouth that are its own."""
    return [round(part, 3) for part in own_openings(target, source, face(), known).values()]


def test_openings_alike_are_the_sources():
    assert list(own_openings(face(), face(), face(), KNOWN)) == [LEFT_EYE, RIGHT_EYE, MOUTH]
    assert own(face(), face()) == [1, 1, 1]


def test_what_a_source_shows_closed_stays():
    assert own(face(), face(left=2)) == [0, 0, 1]
    assert own(face(), face(mouth=3)) == [1, 1, 0]
    # Nearly as high for its length as the target's, it is the source's; a cry is no smile.
    assert own(face(), face(mouth=7)) == [1, 1, 1]
    assert own(face(), face(mouth=14)) == [1, 1, 0]


def test_eyes_that_are_shut_stay_shut():
    assert own(face(right=2), face()) == [0, 0, 1]


def test_between_open_and_shut_it_is_a_part():
    heights = np.linspace(3.5, 5.5, 9)
    eyes = [own(face(left=height), face())[0] for height in heights]
    assert eyes == sorted(eyes) and eyes[0] == 0 and eyes[-1] == 1
    assert any(0.1 < part < 0.9 for part in eyes)
    assert 0.1 < own(face(), face(mouth=5.6))[2] < 0.9


def test_a_closed_mouth_of_the_target_is_no_opening():
    assert own(face(mouth=1), face(mouth=0.5)) == [1, 1]


def test_what_is_hidden_stays():
    known = KNOWN.copy()
    known[:, 100:] = 0
    assert own(face(), face(), known) == [0, 0, 0]


def test_loops_are_filled():
    mask = filled(face(), [LEFT_EYE], SIDE)
    assert mask.shape == (SIDE, SIDE) and set(np.unique(mask)) == {0, 1}
    assert mask.sum() == pytest.approx(np.pi * 20 * 6, rel=0.25)
    assert mask[70, 60] == 1 and mask[70, 140] == 0
    assert not filled(face(), [], SIDE).any()
