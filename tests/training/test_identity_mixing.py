"""Mixed identities: others' difference is added, and known answers keep theirs."""

import numpy as np
import tensorflow as tf

from facedancer.training.identity_mixing import mix_identities

PEOPLE = tf.random.stateless_normal([512, 8], [1, 2])


def test_they_vary_more_by_what_is_said():
    mixed = mix_identities(PEOPLE, 0.7, tf.zeros([512]))
    ratio = np.var(mixed) / np.var(PEOPLE)
    np.testing.assert_allclose(ratio, 1 + 2 * 0.7**2, rtol=0.1)
    np.testing.assert_allclose(np.mean(mixed, 0), np.mean(PEOPLE, 0), atol=1e-5)


def test_pairs_with_an_answer_keep_theirs():
    kept = tf.constant([1.0, 0.0] * 256)
    mixed = mix_identities(PEOPLE, 0.7, kept).numpy()
    is_moved = (np.abs(mixed - PEOPLE) > 0).any(1)
    np.testing.assert_array_equal(is_moved, kept.numpy() == 0)


def test_no_strength_gives_the_very_embeddings():
    assert mix_identities(PEOPLE, 0.0, tf.zeros([512])) is PEOPLE
