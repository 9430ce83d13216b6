"""Shrinking averages, and does not skip."""

import numpy as np

from facedancer.evaluation.resizing import resize, resize_exactly


def test_fine_patterns_become_grey():
    # Every other column white: whoever samples one pixel in four sees black or white.
    stripes = np.zeros((1, 256, 256, 3), np.uint8)
    stripes[:, :, ::2] = 255
    small = resize_exactly(stripes, 64)
    np.testing.assert_allclose(small[:, 4:-4, 4:-4], 127.5, atol=2)


def test_a_ramp_keeps_its_places_and_fractions():
    ramp = np.repeat(np.arange(128, dtype=np.uint8)[None, None, :, None], 128, 1)
    ramp = np.repeat(ramp, 3, -1)
    expected = 2 * np.arange(64) + 0.5
    np.testing.assert_allclose(resize_exactly(ramp, 64)[0, 5, 4:-4, 1], expected[4:-4], atol=0.01)
    assert resize(ramp, 64).dtype == np.uint8
    assert resize(ramp, 128) is ramp


def test_overshoot_is_cut_off_in_bytes_only():
    edge = np.zeros((1, 64, 64, 3), np.uint8)
    edge[:, :, 32:] = 255
    assert resize_exactly(edge, 128).max() > 255
    assert resize(edge, 128).max() == 255
