"""The colour changes against NumPy and TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.augmentation import colour_transform, jitter_colours

IMAGE = np.random.default_rng(0).uniform(-0.6, 0.6, (8, 8, 3)).astype(np.float32)


def reference(image, brightness, contrast, saturation):
    """Step by step, in float64."""
    image = image.astype(np.float64) + brightness
    for channel in range(3):
        mean = image[..., channel].mean()
        image[..., channel] = (image[..., channel] - mean) * contrast + mean
    grey = 0.299 * image[..., 0] + 0.587 * image[..., 1] + 0.114 * image[..., 2]
    return np.clip(grey[..., None] * (1 - saturation) + image * saturation, -1, 1)


def test_a_picture_need_not_be_square():
    image = np.random.default_rng(1).uniform(-0.6, 0.6, (5, 7, 3)).astype(np.float32)
    result = jitter_colours(tf.constant(image), tf.constant([0.3, -0.2, 0.9]))
    np.testing.assert_allclose(result, reference(image, 0.09, 0.98, 1.09), atol=1e-6)


@pytest.mark.parametrize(
    "draws", [(0, 0, 0), (1, 0, 0), (0, -1, 0), (0, 0, 1), (-1, 1, -1), (0.3, -0.2, 0.9)]
)
def test_equals_numpy(draws):
    result = jitter_colours(tf.constant(IMAGE), tf.constant(draws, tf.float32))
    expected = reference(IMAGE, 0.3 * draws[0], 1 + 0.1 * draws[1], 1 + 0.1 * draws[2])
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_no_change():
    np.testing.assert_allclose(jitter_colours(IMAGE, tf.zeros(3)), IMAGE, atol=1e-6)


def test_contrast_is_tensorflows():
    result = jitter_colours(IMAGE, tf.constant([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(result, tf.image.adjust_contrast(IMAGE, 1.1), atol=1e-6)


def test_grey_has_no_saturation_to_change():
    grey = np.repeat(IMAGE[..., :1], 3, axis=-1)
    np.testing.assert_allclose(jitter_colours(grey, tf.constant([0.0, 0.0, 1.0])), grey, atol=1e-6)


def test_clipped():
    result = jitter_colours(np.full((4, 4, 3), 0.9, np.float32), tf.constant([1.0, 0.0, 0.0]))
    np.testing.assert_array_equal(result, np.ones((4, 4, 3)))


@pytest.mark.parametrize("seed", range(3))
def test_the_transform_is_its_single_changes_one_after_the_other(seed):
    rng = np.random.default_rng(seed)
    draws, mean, colours = (
        tf.constant(rng.uniform(-1, 1, shape), tf.float32) for shape in (3, 3, (3, 5))
    )
    matrix, offset = colour_transform(draws, mean)
    together = matrix @ colours + offset[:, None]
    for single in tf.linalg.diag(draws):
        matrix, offset = colour_transform(single, mean)
        colours = matrix @ colours + offset[:, None]
        # The next one sees the mean of what this one made.
        mean = tf.linalg.matvec(matrix, mean) + offset
    np.testing.assert_allclose(together, colours, atol=1e-6)
