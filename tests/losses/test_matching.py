"""The rivals' terms: weak feature matching and the attributes, against NumPy."""

import numpy as np
import tensorflow as tf

from facedancer.losses.attributes import attributes_loss
from facedancer.losses.matching import matching_loss


def maps(seed):
    rng = np.random.default_rng(seed)
    shapes = ((3, 4, 4, 2), (3, 2, 2, 8))
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def test_matching_is_the_sum_of_the_maps_mean_distances():
    target, changed = maps(0), maps(1)
    expected = sum(np.abs(a - b).mean() for a, b in zip(target, changed, strict=True))
    np.testing.assert_allclose(matching_loss(target, changed), expected, rtol=1e-5)
    assert matching_loss(target, target) == 0


def test_matching_pulls_the_swap_alone():
    target, changed = map(tf.constant, (maps(0)[0], maps(1)[0]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([target, changed])
        loss = matching_loss([target], [changed])
    assert tape.gradient(loss, target) is None
    assert np.abs(tape.gradient(loss, changed)).min() > 0


def test_attributes_are_half_the_squared_distance_and_both_learn():
    target, changed = maps(0), maps(1)
    expected = sum(np.square(a - b).mean() for a, b in zip(target, changed, strict=True)) / 2
    np.testing.assert_allclose(attributes_loss(target, changed), expected, rtol=1e-5)
    half = [tf.cast(one, tf.bfloat16) for one in target]
    assert attributes_loss(half, changed).dtype == tf.float32
    variables = [tf.Variable(one) for one in (*target, *changed)]
    with tf.GradientTape() as tape:
        loss = attributes_loss(variables[:2], variables[2:])
    gradients = tape.gradient(loss, variables)
    np.testing.assert_allclose(gradients[0], -gradients[2], rtol=1e-5)
