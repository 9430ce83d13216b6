"""The identity that a swap should have, against NumPy."""

import numpy as np
import tensorflow as tf

from facedancer.losses.wanted_identity import wanted_identity

SOURCE, TARGET, ANSWER = np.random.default_rng(0).normal(size=(3, 4, 16)).astype(np.float32)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_a_known_answer_takes_the_sources_place_and_leaves_the_target_behind():
    found = wanted_identity(SOURCE, 3 * TARGET, 2 * ANSWER, [True, False, True, False]).numpy()
    beyond = unit(2 * unit(ANSWER) - unit(TARGET))
    np.testing.assert_allclose(found[::2], beyond[::2], atol=1e-6)
    np.testing.assert_allclose(found[1::2], unit(SOURCE)[1::2], atol=1e-6)
    assert np.all((found * unit(TARGET)).sum(1)[::2] < (unit(ANSWER) * unit(TARGET)).sum(1)[::2])


def test_what_target_and_answer_share_is_asked_for_as_it_is():
    found = wanted_identity(SOURCE, ANSWER, ANSWER, tf.ones([4]))
    np.testing.assert_allclose(found, unit(ANSWER), atol=1e-6)


def test_nothing_of_it_learns():
    pictures = [tf.constant(one) for one in (SOURCE, TARGET, ANSWER)]
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        total = tf.reduce_sum(wanted_identity(*pictures, tf.constant([1.0, 0.0, 1.0, 0.0])))
    assert tape.gradient(total, pictures) == [None, None, None]
