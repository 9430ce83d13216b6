"""The encoders' gradient without colours and fine detail, against OpenCV's blur."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.grey_gradient import grey_gradient


def gradient_of(slope: np.ndarray, dtype: str = "float32") -> np.ndarray:
    images = tf.zeros(slope.shape, dtype)
    with tf.GradientTape() as tape:
        tape.watch(images)
        seen = grey_gradient(images)
    return tape.gradient(seen, images, tf.constant(slope, dtype)).numpy()


@pytest.mark.parametrize(("side", "sigma"), [(128, 1.0), (256, 2.0)])
def test_it_is_the_blurred_mean_of_the_colours(side, sigma):
    slope = np.random.default_rng(0).normal(size=(1, side, side, 3)).astype(np.float32)
    size = 2 * int(3 * sigma + 0.5) + 1
    expected = cv2.GaussianBlur(
        slope[0].mean(-1), (size, size), sigma, borderType=cv2.BORDER_CONSTANT
    )
    found = gradient_of(slope)[0]
    for channel in range(3):
        np.testing.assert_allclose(found[..., channel], expected, atol=1e-5)


def test_colours_alone_and_the_finest_pattern_come_to_almost_nothing():
    colour = np.zeros((1, 128, 128, 3), np.float32)
    colour[..., 0], colour[..., 1] = 1.0, -1.0
    assert np.abs(gradient_of(colour)).max() < 1e-6
    board = np.indices((128, 128)).sum(0) % 2 * 2.0 - 1.0
    fine = np.repeat(board[None, ..., None], 3, -1).astype(np.float32)
    assert np.abs(gradient_of(fine)[:, 8:-8, 8:-8]).max() < 0.02
    assert gradient_of(np.ones((1, 128, 128, 3), np.float32))[0, 64, 64, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_pictures_pass_as_they_are_in_16_bits_too(dtype):
    images = tf.cast(tf.random.stateless_uniform([2, 16, 16, 3], [0, 1], -1.0, 1.0), dtype)
    assert np.array_equal(grey_gradient(images), images)
    assert gradient_of(np.ones((1, 16, 16, 3)), dtype).dtype == images.dtype.as_numpy_dtype
