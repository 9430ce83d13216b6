"""Tests that a flickering swap becomes steady, without a blur and without memory over a cut."""

import numpy as np
import pytest

from facedancer.inference.core.flow import Motion
from facedancer.inference.core.frames import Frame, Observation, PlannedFace, SwappedFrame
from facedancer.inference.core.steadying import STEADY_FRAMES, steadied
from facedancer.inference.core.swapped_face import SwappedFace
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template

SIDE = 64
RNG = np.random.default_rng(0)
# Smooth enough to be followed, detailed enough to have a motion.
WORLD = np.kron(RNG.integers(40, 160, (40, 40, 3)), np.ones((4, 4, 1))).astype(np.float32)
TEXTURE = np.kron(RNG.integers(-30, 30, (40, 40, 1)), np.ones((4, 4, 3))).astype(np.float32)
SOURCE = np.ones(512, np.float32)


def view(picture, number):
    """A window that moves to the right by two pixels a frame."""
    return picture[20 : 20 + SIDE, 10 + 2 * number : 10 + 2 * number + SIDE]


def frame(number, flicker=0.0, track=0, source=SOURCE, is_swapped=True):
    """A face on the move; the swap adds a texture that moves along, and a level that jumps."""
    crop = view(WORLD, number).astype(np.uint8)
    added = view(TEXTURE, number) + flicker * (-1) ** number
    changed = np.clip(crop + added, 0, 255).astype(np.uint8)
    face = Face(np.array([0, 0, SIDE, SIDE], np.float32), template(SIDE), 0.9)
    one = SwappedFace(face, np.eye(2, 3), crop, changed) if is_swapped else None
    origin = Frame(crop, number, number / 25)
    planned = PlannedFace(face, source, track=track, source=source)
    return SwappedFrame(origin, Observation.of(origin, [face]), (planned,), (one,), crop)


def added_to(frames):
    return [one.faces[0].changed.astype(float) - one.faces[0].crop for one in frames]


def test_the_flow_goes_back_to_where_a_pixel_was():
    now, before = (view(WORLD, n).astype(np.uint8) for n in (1, 0))
    motion = Motion(now, before)
    inside = np.s_[8:-8, 8:-8]
    came = motion.carry(before.astype(np.float32))
    assert (
        np.abs(came - now)[inside].mean() < 0.3 * np.abs(before.astype(float) - now)[inside].mean()
    )
    assert motion.trust[inside].mean() > 0.7
    # Of two pictures that have nothing to do with each other nothing is believed.
    assert Motion(now, 255 - now).trust.mean() < 0.2


def test_flicker_goes_and_detail_stays():
    flickering = [frame(n, flicker=12.0) for n in range(12)]
    before, after = added_to(flickering), added_to(steadied(flickering))
    inside = np.s_[8:-8, 8:-8]
    levels = [np.array([one[inside].mean() for one in some])[4:] for some in (before, after)]
    assert np.abs(np.diff(levels[1])).mean() < 0.35 * np.abs(np.diff(levels[0])).mean()
    # The texture of the swap is as sharp as it was.
    assert after[-1][inside].std() > 0.9 * before[-1][inside].std()


def test_what_is_steady_stays_as_it_is():
    before = [frame(n) for n in range(8)]
    for old, new in zip(added_to(before), added_to(steadied(before)), strict=True):
        assert np.abs(old - new)[8:-8, 8:-8].mean() < 2


@pytest.mark.parametrize(
    "change",
    [{"track": 1}, {"source": 2 * SOURCE}, {"is_swapped": False}],
    ids=["a cut", "another source", "an absence"],
)
def test_nothing_is_carried_over(change):
    frames = [frame(0, 30), frame(1, 30), frame(2, 30, **change), frame(3, 30)]
    if change.get("is_swapped", True):
        frames = [*frames[:3], frame(3, 30, **change)]
    first = 3 if not change.get("is_swapped", True) else 2
    *_, alone = steadied(frames[first:])
    *_, behind = steadied(frames)
    np.testing.assert_array_equal(behind.faces[0].changed, alone.faces[0].changed)


def test_the_past_is_short_so_that_a_run_can_go_on():
    frames = [frame(n, flicker=12.0) for n in range(14)]
    *_, whole = steadied(frames)
    *_, late = steadied(frames[-1 - STEADY_FRAMES :])
    np.testing.assert_array_equal(whole.faces[0].changed, late.faces[0].changed)
