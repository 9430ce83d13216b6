"""Tests how far a face goes from its own identity to the source's, and beyond."""

import numpy as np
import pytest

from facedancer.inference.core.frames import Observation
from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.faces.planning import PicturePlanner, VideoPlanner
from facedancer.inference.faces.strength import steer
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError

RNG = np.random.default_rng(0)
OWN, SOURCE = RNG.normal(size=512).astype(np.float32), 3 * RNG.normal(size=512).astype(np.float32)


def angle(a, b):
    return np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))


@pytest.mark.parametrize("strength", [0.0, 0.25, 0.6, 1.2, 1.5])
def test_the_way_is_a_great_circle_of_the_sources_length(strength):
    given = steer(OWN, SOURCE, strength)
    whole = angle(OWN, SOURCE)
    assert given.dtype == np.float32
    assert angle(OWN, given) == pytest.approx(strength * whole, abs=1e-3)
    assert angle(given, SOURCE) == pytest.approx(abs(1 - strength) * whole, abs=1e-3)
    assert np.linalg.norm(given) == pytest.approx(np.linalg.norm(SOURCE), rel=1e-5)


def test_ends():
    np.testing.assert_array_equal(steer(OWN, SOURCE, 1.0), SOURCE)
    # The same person, or the very opposite: there is no one way between them.
    np.testing.assert_array_equal(steer(2 * SOURCE, SOURCE, 0.5), SOURCE)
    np.testing.assert_array_equal(steer(-SOURCE, SOURCE, 0.5), SOURCE)
    # Beyond the source the way goes no further than to the opposite of the face's own.
    far = -OWN + 0.5 * RNG.normal(size=512).astype(np.float32)
    assert angle(OWN, steer(OWN, far, 1.5)) == pytest.approx(np.pi, abs=1e-3)


def seen(number, own):
    box = np.array([0, 0, 80, 80], np.float32)
    face = Face(box, template(80), 0.9)
    return Observation(number, number / 25, (face,), own[None], np.zeros(192, np.float32))


def test_a_picture_goes_from_the_faces_own_identity():
    choice = Choice([Role(SOURCE)], strength=0.5)
    assert choice.needs_embeddings and not choice.has_references
    [[plan]] = PicturePlanner(choice).push(seen(0, OWN))
    np.testing.assert_allclose(plan.identity, steer(OWN, SOURCE, 0.5))
    assert choice.fingerprint() != Choice([Role(SOURCE)]).fingerprint()


def test_in_a_video_a_bad_sight_does_not_show():
    planner = VideoPlanner(Choice([Role(SOURCE)], strength=0.5))
    looks = [OWN if n != 12 else RNG.normal(size=512).astype(np.float32) for n in range(24)]
    plans = [plan for n, own in enumerate(looks) for plan in planner.push(seen(n, own))]
    plans += planner.finish()
    assert len(plans) == 24
    for [one] in plans:
        np.testing.assert_allclose(one.identity, steer(OWN, SOURCE, 0.5), atol=1e-4)


@pytest.mark.parametrize("strength", [-0.1, 1.6, float("nan")])
def test_beyond_the_range(strength):
    with pytest.raises(UserError, match="strength must be 0 to 1.5"):
        Choice([Role(SOURCE)], strength=strength)
