"""Tests what every loss is built of: a distance for each image, a mean over the global batch."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.distances import cosine_distance, l1_distance
from facedancer.losses.reduction import batch_mean, flagged_mean

HALF_PRECISION = [tf.bfloat16, tf.float16]


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(3, 5), (3, 4, 4, 2)])
def test_distances_equal_numpy(shape):
    a, b = random(*shape), random(*shape, seed=1)
    flat_a, flat_b = (x.reshape(3, -1).astype(np.float64) for x in (a, b))
    norms = np.linalg.norm(flat_a, axis=1) * np.linalg.norm(flat_b, axis=1)
    np.testing.assert_allclose(l1_distance(a, b), np.abs(flat_a - flat_b).mean(1), rtol=1e-5)
    np.testing.assert_allclose(
        cosine_distance(a, b), 1 - (flat_a * flat_b).sum(1) / norms, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("dtype", HALF_PRECISION)
@pytest.mark.parametrize("distance", [l1_distance, cosine_distance])
def test_distances_compute_in_float32(distance, dtype):
    # A plain float16 sum of 70,000 squares would overflow, a bfloat16 one stop growing at 256.
    a, b = tf.cast(random(1, 70_000), dtype), tf.cast(random(1, 70_000, seed=1), dtype)
    found = distance(a, b)
    assert found.dtype == tf.float32
    expected = distance(tf.cast(a, tf.float32), tf.cast(b, tf.float32))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_cosine_of_a_zero_vector_is_1_with_zero_gradient():
    a, b = (
        tf.constant([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]]),
        tf.constant([[0.0, 0.0], [1, 2], [4, 3]]),
    )
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        distance = cosine_distance(a, b)
    np.testing.assert_allclose(distance, [1, 1, 1 - 24 / 25], rtol=1e-5)
    for gradient in tape.gradient(distance, [a, b]):
        assert np.isfinite(gradient).all()
        assert not np.any(gradient[:2])
        assert np.any(gradient[2])


@pytest.mark.parametrize("distance", [l1_distance, cosine_distance])
def test_distances_refuse_to_broadcast(distance):
    with pytest.raises(ValueError, match="one shape"):
        distance(tf.zeros([2, 4, 4, 3]), tf.zeros([1, 4, 4, 3]))


@pytest.mark.parametrize("shape", [(6,), (6, 4)])
def test_batch_mean_equals_numpy(shape):
    values = random(*shape)
    np.testing.assert_allclose(batch_mean(values), values.mean(0), rtol=1e-5)
    assert batch_mean(tf.cast(values, tf.bfloat16)).dtype == tf.float32


@pytest.mark.parametrize(
    ("profile", "flags", "expected"),
    [
        ("paper", [1, 0, 1, 0], (2 + 8) / 2),
        ("released", [1, 0, 1, 0], (2 + 8) / 2.001),
        ("paper", [0, 0, 0, 0], 0.0),
        ("released", [0, 0, 0, 0], 0.0),
    ],
)
def test_flagged_mean(profile, flags, expected):
    found = flagged_mean(tf.constant([2.0, 4.0, 8.0, 16.0]), tf.constant(flags), profile)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_flags_must_have_one_axis():
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        flagged_mean(tf.zeros([4]), tf.zeros([4, 1]), "paper")


def test_unknown_profile_lists_the_known_ones():
    with pytest.raises(ValueError, match="'leaked': one of paper, released"):
        flagged_mean(tf.zeros([4]), tf.zeros([4]), "leaked")
