"""A camera's losses: what they change, that they repeat, and that 0 is nothing."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.camera import degrade

SIDE = 32


@pytest.fixture(scope="module")
def image():
    rows, columns = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) - 0.5
    return tf.constant(np.stack([rows, columns, rows * columns], -1), tf.float32)


@pytest.fixture(scope="module")
def taken(image):
    """The picture, taken 60 times: ``[60, S, S, 3]``."""
    keys = tf.stack([tf.fill([60], 5), tf.range(60)], 1)
    take = tf.function(lambda key: degrade(image, 1.0, tf.cast(key, tf.int64)), autograph=False)
    return np.stack([take(key) for key in keys])


def test_none_is_the_very_image(image):
    assert degrade(image, 0.0, tf.constant([1, 2], tf.int64)) is image


def test_the_same_key_does_the_same(image, taken):
    again = degrade(image, 1.0, tf.constant([5, 7], tf.int64))
    np.testing.assert_allclose(again, taken[7], atol=1e-5)
    assert np.abs(taken[8] - taken[7]).max() > 0.05


def test_results_are_pictures(taken):
    assert taken.shape == (60, SIDE, SIDE, 3) and taken.dtype == np.float32
    assert taken.min() >= -1 and taken.max() <= 1 and np.isfinite(taken).all()


def test_light_and_noise_differ_from_picture_to_picture(image, taken):
    tint = (taken - image.numpy()).mean((1, 2))
    # White balance: whatever the tone curve does to all, red and blue go against each other.
    tint -= tint.mean(1, keepdims=True)
    assert np.corrcoef(tint[:, 0], tint[:, 2])[0, 1] < -0.3
    noise = np.diff(taken, 2, axis=2).std((1, 2, 3))
    assert noise.max() > 5 * noise.min()


def test_some_pictures_are_more_vivid_and_some_paler(image, taken):
    """In light of one colour: else a tint alone would add colour."""

    def chroma(pictures):
        colours = pictures - pictures.mean((1, 2), keepdims=True)
        return np.abs(colours - colours.mean(-1, keepdims=True)).mean((1, 2, 3))

    ratios = chroma(taken) / chroma(image.numpy()[None])
    assert ratios.min() < 0.7 and ratios.max() > 1.4


def test_half_the_strength_changes_less(image, taken):
    keys = [tf.constant([5, number], tf.int64) for number in range(20)]
    weak = np.mean([np.abs(degrade(image, 0.3, key) - image.numpy()) for key in keys])
    assert 0 < weak < 0.6 * np.abs(taken[:20] - image.numpy()).mean()
