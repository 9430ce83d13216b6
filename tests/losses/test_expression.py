"""The loss of the expression, against NumPy."""

import numpy as np
import tensorflow as tf

from facedancer.losses.expression import expression_loss

RNG = np.random.default_rng(0)
TARGET, CHANGED = (tf.constant(RNG.normal(size=(3, 8)), tf.float32) for _ in range(2))


def test_the_angle_counts():
    a, b = TARGET.numpy(), CHANGED.numpy()
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(expression_loss(TARGET, CHANGED), 1 - cosine.mean(), rtol=1e-5)
    np.testing.assert_allclose(expression_loss(TARGET, 5.0 * TARGET), 0, atol=1e-6)


def test_the_swap_alone_is_pulled():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([TARGET, CHANGED])
        loss = expression_loss(TARGET, CHANGED)
    assert tape.gradient(loss, TARGET) is None
    assert np.abs(tape.gradient(loss, CHANGED)).max() > 0
