"""The margin heads against their papers' formulae, and where arc cosines are dangerous."""

import math

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.choices import HEADS
from facedancer.arcface_model.margins import (
    arcface_logits,
    cosface_logits,
    cosines_of,
    margin_head,
    margin_loss,
)

LABELS = np.array([0, 2])


def cosines_at(angle):
    """Two faces of three identities; the true one's angle is given."""
    cosines = np.full((2, 3), 0.1, np.float32)
    cosines[np.arange(2), LABELS] = math.cos(angle)
    return cosines


@pytest.mark.parametrize("angle", [0.05, 1.0, 2.0, math.pi - 0.51])
def test_arcface_adds_the_margin_to_the_true_angle_alone(angle):
    logits = arcface_logits(cosines_at(angle), LABELS, margin=0.5, scale=64.0).numpy()
    expected = 64.0 * cosines_at(angle)
    expected[np.arange(2), LABELS] = 64.0 * math.cos(angle + 0.5)
    np.testing.assert_allclose(logits, expected, atol=2e-3)


def test_arcface_falls_with_the_angle_all_the_way():
    angles = np.linspace(0.01, math.pi - 0.01, 400)
    logits = [arcface_logits(cosines_at(a), LABELS, 0.5, 1.0).numpy()[0, 0] for a in angles]
    # cos(theta + m) itself would rise from theta = pi - m on.
    assert (np.diff(logits) < 0).all()
    assert np.diff(np.cos(angles + 0.5)).max() > 0


def test_cosface_takes_the_margin_off_the_true_cosine_alone():
    logits = cosface_logits(cosines_at(1.0), LABELS, margin=0.35, scale=30.0).numpy()
    expected = 30.0 * cosines_at(1.0)
    expected[np.arange(2), LABELS] = 30.0 * (math.cos(1.0) - 0.35)
    np.testing.assert_allclose(logits, expected, rtol=1e-5)


@pytest.mark.parametrize("head", HEADS)
def test_without_a_margin_both_are_the_normalised_softmax(head):
    cosines = cosines_at(0.7)
    np.testing.assert_allclose(margin_head(head)(cosines, LABELS, 0.0, 8.0), 8 * cosines, rtol=1e-5)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("angle", [0.0, math.pi])
def test_gradients_are_finite_where_vectors_are_parallel(head, angle):
    weights = tf.constant(np.eye(4, 3), tf.float32)
    embeddings = tf.Variable(math.cos(angle) * tf.gather(tf.transpose(weights), LABELS))
    with tf.GradientTape() as tape:
        logits = margin_head(head)(cosines_of(embeddings, weights), LABELS, 0.5, 64.0)
        loss = tf.reduce_sum(margin_loss(logits, LABELS))
    assert np.isfinite(loss)
    assert np.isfinite(tape.gradient(loss, embeddings)).all()


def test_cosines_are_float32_and_blind_to_lengths():
    rng = np.random.default_rng(0)
    embeddings, weights = rng.normal(size=(5, 16)), rng.normal(size=(16, 7))
    lengths = np.linalg.norm(embeddings, axis=1)[:, None] * np.linalg.norm(weights, axis=0)
    cosines = cosines_of(tf.constant(3 * embeddings, tf.float32), tf.constant(weights, tf.float32))
    np.testing.assert_allclose(cosines, embeddings @ weights / lengths, atol=1e-5)
    assert cosines_of(tf.constant(embeddings, tf.bfloat16), weights).dtype == tf.float32


def test_a_few_steps_separate_identities():
    rng = np.random.default_rng(0)
    labels = np.arange(8) % 4
    embeddings = tf.Variable(rng.normal(size=(8, 16)).astype(np.float32))
    weights = tf.Variable(rng.normal(size=(16, 4)).astype(np.float32))
    for _ in range(100):
        with tf.GradientTape() as tape:
            logits = arcface_logits(cosines_of(embeddings, weights), labels, 0.5, 16.0)
            loss = tf.reduce_mean(margin_loss(logits, labels))
        for variable, gradient in zip(
            (embeddings, weights), tape.gradient(loss, (embeddings, weights)), strict=True
        ):
            variable.assign_sub(0.5 * gradient)
    cosines = cosines_of(embeddings, weights).numpy()
    np.testing.assert_array_equal(cosines.argmax(1), labels)
    others = np.where(np.eye(4)[labels] > 0, -1, cosines).max(1)
    assert (np.arccos(others) - np.arccos(cosines.max(1))).min() > 0.5
