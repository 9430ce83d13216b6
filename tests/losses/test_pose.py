"""The loss of the head's pose, against NumPy."""

import numpy as np
import tensorflow as tf

from facedancer.losses.pose import pose_loss

TARGET = tf.constant([[10.0, -5.0, 0.0], [-30.0, 2.0, 4.0]])
CHANGED = tf.constant([[10.5, -5.0, 9.0], [-30.0, 32.0, 3.0]])


def test_what_is_far_counts_by_its_distance_and_what_is_near_by_its_square():
    away = (TARGET - CHANGED).numpy() / 3.0
    expected = (np.sqrt(1 + away**2) - 1).mean()
    np.testing.assert_allclose(pose_loss(TARGET, CHANGED), expected, rtol=1e-5)
    assert pose_loss(TARGET, TARGET) == 0
    np.testing.assert_allclose(pose_loss(TARGET, TARGET + 0.1), 0.1**2 / 3**2 / 2, rtol=1e-2)
    np.testing.assert_allclose(pose_loss(TARGET, TARGET + 300.0), 99.0, rtol=1e-2)


def test_the_swap_alone_is_pulled():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([TARGET, CHANGED])
        loss = pose_loss(TARGET, CHANGED)
    assert tape.gradient(loss, TARGET) is None
    slope = np.sign(tf.convert_to_tensor(tape.gradient(loss, CHANGED)))
    np.testing.assert_array_equal(slope, [[1, 0, 1], [0, 1, -1]])
