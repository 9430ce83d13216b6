"""Views that teach: alike for a swap and its target, others for another batch, differentiable."""

import numpy as np
import tensorflow as tf

from facedancer.training.encoder_view import encoder_view

FACES = tf.random.stateless_uniform([8, 24, 24, 3], [1, 2], -1.0, 1.0)


def number(value):
    return tf.constant(value, tf.int64)


def test_a_swap_is_seen_in_the_view_of_its_target():
    changed = tf.tensor_scatter_nd_update(FACES, [[3]], FACES[:1])
    target_view, swap_view = (encoder_view(x, 0.7, 0, number(4)) for x in (FACES, changed))
    differs = np.abs(target_view - swap_view).max((1, 2, 3)) > 0
    np.testing.assert_array_equal(differs, np.arange(8) == 3)


def test_another_batch_gets_other_views():
    first, second = (encoder_view(FACES, 0.7, 0, number(n)) for n in (4, 5))
    assert (np.abs(first - second).max((1, 2, 3)) > 0.1).all()


def test_range_is_kept():
    view = encoder_view(tf.sign(FACES), 1.0, 0, number(0)).numpy()
    assert view.min() >= -1
    assert view.max() <= 1


def test_no_strength_gives_the_very_images():
    assert encoder_view(FACES, 0.0, 0, number(0)) is FACES


def test_the_gradient_comes_back_to_where_the_view_was_taken_from():
    spot = np.zeros([16, 32, 32, 3], np.float32)
    spot[:, 14:18, 14:18] = 0.5
    spot = tf.constant(spot)
    with tf.GradientTape() as tape:
        tape.watch(spot)
        view = encoder_view(spot, 0.3, 0, number(0))
        # What is brightest in the view, which is the spot wherever no patch lies.
        value = tf.reduce_sum(tf.where(view > tf.reduce_max(view, (1, 2, 3), True) - 0.1, view, 0))
    slope = tf.reduce_sum(tape.gradient(value, spot), -1).numpy()
    near = slope[:, 12:20, 12:20].sum((1, 2)) / slope.sum((1, 2))
    assert np.median(near) > 0.9
