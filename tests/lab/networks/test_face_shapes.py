"""Fits of people's shapes: what differs between people is told from what differs within one."""

import numpy as np
import pytest

from facedancer.lab.networks import face_shapes as module
from facedancer.lab.networks.face_shapes import find_mirror, fit_face_shape
from facedancer.utils.errors import UserError

POINTS, PEOPLE, EACH = 30, 60, 6


@pytest.fixture
def made(monkeypatch):
    """Meshes of people who differ along one direction, and whose moments do along another."""
    monkeypatch.setattr(module, "_DIRECTIONS", 4)
    monkeypatch.setattr(module, "_FEWEST_MESHES", 20)
    rng = np.random.default_rng(0)
    mean = rng.normal(0, 1, (POINTS, 3))
    directions = np.linalg.qr(rng.normal(0, 1, (3 * POINTS, 2)))[0].T.reshape(2, POINTS, 3)
    people = np.repeat(np.arange(PEOPLE), EACH)
    size = rng.normal(0, 0.3, PEOPLE)[people]
    mood = rng.normal(0, 0.3, len(people))
    meshes = mean + size[:, None, None] * directions[0] + mood[:, None, None] * directions[1]
    return meshes + rng.normal(0, 1e-3, meshes.shape), people, mean, directions


def test_the_peoples_direction_passes_and_the_moments_does_not(made):
    meshes, people, mean, directions = made
    shape, kept = fit_face_shape(meshes, people)
    assert kept > 0.8

    def passed(direction):
        # A similarity takes a part of any direction up; of what is left, the share that comes.
        other = mean + 0.2 * direction
        gone = shape.with_shape_of(mean, other) - mean
        return np.linalg.norm(gone) / 0.2

    assert passed(directions[0]) > 0.6
    assert passed(directions[1]) < 0.3 * passed(directions[0])


def test_meshes_that_were_not_found_are_left_out(made):
    meshes, people, _, _ = made
    more = np.concatenate([meshes, np.full((5, POINTS, 3), np.nan)])
    shape, _ = fit_face_shape(more, np.concatenate([people, np.arange(5)]))
    assert np.isfinite(shape.people).all() and np.isfinite(shape.mean).all()


@pytest.mark.parametrize("people", [np.zeros(5), np.arange(PEOPLE * EACH)])
def test_too_few_are_refused(made, people):
    with pytest.raises(UserError, match="do not tell people's shapes"):
        fit_face_shape(made[0][: len(people)], people)


def test_a_turned_meshs_opposite_points_are_found():
    half = np.random.default_rng(2).uniform(0.1, 1, (12, 3))
    middle = np.array([[0, 1, 0.2], [0, -1, 0.1], [0, 0.1, 0.8]])
    mesh = np.concatenate([half, half * [-1, 1, 1], middle])
    angle = np.radians(8)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    wanted = [*range(12, 24), *range(12), 24, 25, 26]
    assert np.array_equal(find_mirror(mesh @ turn), wanted)
