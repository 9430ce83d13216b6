"""Shapes in meshes: turned, scaled and filtered."""

import numpy as np
import pytest

from facedancer.inference.texture import face_shape as module
from facedancer.inference.texture.face_shape import FaceShape, face_shape, fit_similarity
from facedancer.utils.errors import UserError

POINTS = 40


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def turned(mesh, yaw, pitch, scale, shift):
    a, b = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return scale * (mesh @ about_y @ about_x) + shift


def shape_of(rng, people=None):
    mean = rng.normal(0, 1, (POINTS, 3))
    mean -= mean.mean(0)
    basis = np.linalg.qr(rng.normal(0, 1, (3 * POINTS, 12)))[0]
    people = np.eye(12) if people is None else people
    return FaceShape(mean, basis, people, np.array([[0, 1, 2]], np.int32), np.arange(POINTS))


def test_a_similarity_is_found_again_and_never_a_mirror(rng):
    onto = rng.normal(0, 1, (POINTS, 3))
    moved = np.stack([turned(onto, 30, -20, 2.5, [4, 5, 6]), turned(onto, -70, 10, 0.2, 1)])
    turn, scale, shift = fit_similarity(moved, onto)
    assert np.allclose(scale, [0.4, 5.0])
    assert np.allclose(scale[:, None, None] * (moved @ turn) + shift, onto)
    assert np.allclose(np.linalg.det(fit_similarity(onto[None] * [-1, 1, 1], onto)[0]), 1)


def test_the_own_shape_in_another_pose_changes_nothing(rng):
    shape = shape_of(rng)
    target = turned(shape.mean + 0.05, 25, 10, 30, [60, 70, 3])
    source = turned(shape.mean + 0.05, -40, 5, 90, [10, 20, 0])
    assert np.allclose(shape.with_shape_of(target, source), target)


def test_the_other_shape_comes_in_the_targets_pose(rng):
    shape = shape_of(rng)
    # A difference that no turn nor scale takes up.
    along = shape.basis @ rng.normal(0, 0.02, 12)
    other = shape.mean + along.reshape(-1, 3)
    target, source = turned(shape.mean, 25, 10, 30, [60, 70, 3]), turned(other, -40, 5, 90, 7)
    wanted = turned(other, 25, 10, 30, [60, 70, 3])
    before, after = (
        np.abs(one - wanted).max() for one in (target, shape.with_shape_of(target, source))
    )
    assert after < 0.25 * before


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_filter_says_how_much_of_it(rng, share):
    whole, part = shape_of(np.random.default_rng(3)), shape_of(rng, share * np.eye(12))
    other = whole.mean + (whole.basis @ rng.normal(0, 0.02, 12)).reshape(-1, 3)
    target = turned(whole.mean, 25, 10, 30, [60, 70, 3])
    all_of_it = whole.with_shape_of(target, other) - target
    assert np.allclose(part.with_shape_of(target, other) - target, share * all_of_it)


def test_the_one_that_ships_is_whole():
    shape = face_shape()
    assert shape.mean.shape == (468, 3) and shape.triangles.max() == 467
    assert len(np.unique(shape.triangles)) == 468
    assert np.allclose(shape.basis.T @ shape.basis, np.eye(shape.basis.shape[1]), atol=2e-3)
    # Of no difference does it make more than there was.
    assert 0.3 < np.linalg.norm(shape.people, 2) < 1.2
    corners = shape.mean[shape.triangles][..., :2]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    assert (first[:, 0] * second[:, 1] > first[:, 1] * second[:, 0]).all()


def test_opposite_points_are_opposite():
    shape, numbers = face_shape(), np.arange(468)
    assert np.array_equal(shape.mirror[shape.mirror], numbers)
    # Corners of eyes, mouth and cheeks; nose and chin are in the middle.
    assert np.array_equal(shape.mirror[[33, 133, 61, 234]], [263, 362, 291, 454])
    assert np.array_equal(shape.mirror[[4, 10, 152]], [4, 10, 152])
    flipped = shape.mean[shape.mirror] * [-1, 1, 1]
    turn, scale, shift = fit_similarity(flipped[None], shape.mean)
    found = scale[0] * (flipped @ turn[0]) + shift[0]
    assert np.linalg.norm(found - shape.mean, axis=1).max() < 0.02


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_a_missing_or_damaged_file_is_told(tmp_path, content):
    path = tmp_path / "face_shape.npz"
    if content:
        path.write_bytes(content)
    with pytest.raises(UserError, match="is not a face shape"):
        module.face_shape(path)
