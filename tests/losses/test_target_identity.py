"""The target's identity in a swap, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.facts import Embeddings
from facedancer.losses.target_identity import target_identity_loss


def embeddings(seed, length):
    rng = np.random.default_rng(seed)
    return Embeddings(*(tf.constant(rng.normal(size=(5, length)), tf.float32) for _ in range(3)))


def cosine(a, b):
    a, b = a.numpy(), b.numpy()
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_what_exceeds_the_likeness_of_source_and_target_counts_by_every_encoder():
    both = [embeddings(0, 8), embeddings(1, 128)]
    expected = 0.0
    for source, target, changed in both:
        excess = cosine(changed, target) - cosine(source, target)
        assert excess.min() < 0 < excess.max(), "both sides of the hinge"
        expected += np.maximum(excess, 0).mean()
    np.testing.assert_allclose(target_identity_loss(both), expected, rtol=1e-5)


@pytest.mark.parametrize("answer", ["source", "opposite"])
def test_nothing_is_left_to_lose_where_the_swap_is_no_nearer_than_the_source(answer):
    source, target, _ = embeddings(2, 16)
    changed = source if answer == "source" else -target
    assert target_identity_loss([Embeddings(source, target, changed)]) == 0


def test_the_whole_target_costs_what_the_two_people_differ():
    source, target, _ = embeddings(3, 16)
    loss = target_identity_loss([Embeddings(source, target, target)])
    np.testing.assert_allclose(loss, (1 - cosine(source, target)).mean(), rtol=1e-5)


def test_the_swap_alone_learns():
    source, target, changed = embeddings(4, 16)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([source, target, changed])
        loss = target_identity_loss([Embeddings(source, target, changed + target)])
    assert tape.gradient(loss, source) is None
    assert np.abs(tape.gradient(loss, changed)).max() > 0
    with tf.GradientTape() as tape:
        tape.watch(target)
        loss = target_identity_loss([Embeddings(source, target, changed)])
    assert tape.gradient(loss, target) is None
