"""The share of the way between two shapes, whatever place, size and pose the faces have."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from facedancer.evaluation.metrics.mesh_shape import shape_way

POINTS = np.random.default_rng(0).normal(size=(6, 20, 3))


def posed(points, seed=1):
    """Each face turned by up to some 20 degrees, scaled and shifted."""
    rng = np.random.default_rng(seed)
    turned = points @ Rotation.from_euler("xyz", rng.normal(0, 10, (6, 3)), True).as_matrix()
    size, place = rng.uniform(0.5, 2, (6, 1, 1)), rng.normal(size=(6, 1, 3))
    return (size * turned + place).reshape(6, -1)


@pytest.fixture
def faces():
    """Targets and sources that differ across the face, by little."""
    moved = np.random.default_rng(2).normal(0, 0.1, POINTS.shape)
    return POINTS, POINTS + moved


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0, 1.2])
def test_the_share_is_found_in_any_pose(faces, share):
    target, source = faces
    changed = (1 - share) * target + share * source
    found = shape_way(target.reshape(6, -1), posed(changed), posed(source, 3))
    # Another size fits best where the shape is another: nearly, not wholly, the share.
    np.testing.assert_allclose(found, share, atol=0.02)


def test_a_target_that_is_turned_is_still_the_target(faces):
    target, source = faces
    found = shape_way(target.reshape(6, -1), posed(target), source.reshape(6, -1))
    np.testing.assert_allclose(found, 0, atol=1e-9)


def test_no_face_and_no_way_are_no_number(faces):
    target, changed, source = (one.reshape(6, -1).copy() for one in (*faces, faces[1]))
    changed[1] = np.nan
    source[2] = posed(POINTS)[2]
    found = shape_way(target, changed, source)
    assert np.isnan(found).tolist() == [False, True, True, False, False, False]
