"""The loss of the face's shape: a hinge at the regressor's own error."""

import numpy as np
import tensorflow as tf

from facedancer.losses.shape import shape_loss

ERROR = tf.constant([[0.1, 0.2]] * 3)


def test_only_what_is_farther_than_the_error_counts():
    source = tf.zeros([3, 2])
    changed = tf.constant([[0.1, -0.2], [0.3, 0.0], [0.0, -0.5]])
    # The first is within the error; the others are beyond it by 2 and 1.5 errors in one number.
    np.testing.assert_allclose(shape_loss(source, changed, ERROR), (2 + 1.5) / 6, rtol=1e-5)
    assert shape_loss(source, source, tf.zeros([3, 2])) == 0


def test_the_swap_alone_is_pulled():
    source, changed = tf.zeros([3, 2]), tf.constant([[0.05, 0.0], [0.3, 0.0], [0.0, -0.5]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([source, changed])
        loss = shape_loss(source, changed, ERROR)
    assert tape.gradient(loss, source) is None
    slope = np.sign(tf.convert_to_tensor(tape.gradient(loss, changed)))
    np.testing.assert_array_equal(slope, [[0, 0], [1, 0], [0, -1]])
