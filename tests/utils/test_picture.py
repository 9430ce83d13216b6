"""Tests what changes in a file's own numbers when what people see of it changes."""

import numpy as np
import pytest

from facedancer.utils.picture import Picture

from .icc import wide_gamut

NOISE = np.random.default_rng(5).integers(0, 256, (300, 40, 3), np.uint8)
RAMP = np.tile(np.linspace(0, 255, 40).astype(np.uint8), (300, 1))


def test_a_plain_picture_is_what_is_seen():
    picture = Picture.of(NOISE, None, None)
    assert picture.seen is picture.colours is NOISE
    changed = picture.changed_to(255 - NOISE)
    np.testing.assert_array_equal(changed.colours, 255 - NOISE)


def test_transparency_is_seen_over_white_and_the_change_goes_below_it():
    picture = Picture.of(NOISE, RAMP, None)
    share = RAMP[..., None] / 255
    np.testing.assert_allclose(picture.seen, NOISE * share + 255 * (1 - share), atol=0.51)
    wanted = np.clip(picture.seen.astype(int) - 20, 0, 255).astype(np.uint8)
    changed = picture.changed_to(wanted)
    assert changed.alpha is RAMP
    np.testing.assert_array_equal(changed.colours[:, 0], NOISE[:, 0], "nothing is seen there")
    again = Picture.of(changed.colours, RAMP, None)
    # Where the colour below cannot become darker, the picture cannot either.
    reachable = (changed.colours > 0) & (RAMP > 0)[..., None]
    np.testing.assert_allclose(again.seen[reachable], wanted[reachable], atol=1)


def test_a_profile_is_followed_and_numbers_of_what_stays_stay():
    picture = Picture.of(NOISE, None, wide_gamut())
    assert np.abs(picture.seen.astype(int) - NOISE).mean() > 3, "its red is redder than sRGB's"
    np.testing.assert_array_equal(picture.changed_to(picture.seen.copy()).colours, NOISE)
    wanted = picture.seen.copy()
    wanted[100:200] = 120
    changed = picture.changed_to(wanted)
    np.testing.assert_array_equal(changed.colours[:100], NOISE[:100])
    np.testing.assert_array_equal(changed.colours[200:], NOISE[200:])
    grey = Picture.of(np.full_like(NOISE, 120), None, wide_gamut())
    inside = grey.changed_to(np.full_like(NOISE, 90))
    np.testing.assert_allclose(Picture.of(inside.colours, None, wide_gamut()).seen, 90, atol=1)


@pytest.mark.parametrize("profile", [None, wide_gamut()])
@pytest.mark.parametrize("alpha", [None, RAMP])
def test_two_side_by_side(alpha, profile):
    both = Picture.of(NOISE, alpha, profile).twice()
    for half in (both.seen[:, :40], both.seen[:, 40:]):
        np.testing.assert_array_equal(half, Picture.of(NOISE, alpha, profile).seen)
    assert both.changed_to(both.seen.copy()).colours.shape == (300, 80, 3)
