"""The penalty against its formula, and in float16, where a plain inner gradient would vanish."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.facts import Verdict
from facedancer.losses.gradient_penalty import gradient_penalty, penalised_images
from facedancer.losses.objective import discriminator_objective
from facedancer.losses.terms import LossWeights

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.uniform(-1, 1, (2, 3, 4, 4, 3)).astype(np.float32)
MIX = np.array([0.0, 0.25, 1.0], np.float32)
CURVATURE = RNG.normal(size=(4, 4, 3)).astype(np.float32)


def quadratic(weight):
    """D(x) = sum(w x^2) / 2 -> slope w x."""
    return lambda x, training: tf.reduce_sum(weight * x**2, [1, 2, 3], keepdims=True)[:, 0, 0] / 2


def slopes(profile):
    share = MIX[:, None, None, None]
    at = REAL if profile == "released" else share * REAL + (1 - share) * FAKE
    return at, (CURVATURE * at).reshape(3, -1).astype(np.float64)


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_value_and_weight_gradient(profile):
    weight = tf.Variable(CURVATURE)
    with tf.GradientTape() as tape:
        images = penalised_images(REAL, FAKE, profile, MIX)
        penalty, logits = gradient_penalty(quadratic(weight), images, profile)
    at, slope = slopes(profile)
    norm = np.linalg.norm(slope, axis=1)
    if profile == "released":
        expected = (0.5 * norm**2).mean()
        upstream = slope / 3
    else:
        expected = ((norm - 1) ** 2).mean()
        upstream = 2 * (1 - 1 / norm[:, None]) * slope / 3
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)
    assert penalty.dtype == tf.float32
    np.testing.assert_allclose(logits[:, 0], (CURVATURE * at**2).sum((1, 2, 3)) / 2, rtol=1e-4)
    expected_gradient = (upstream.reshape(at.shape) * at).sum(0)
    np.testing.assert_allclose(
        tape.gradient(penalty, weight), expected_gradient, rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_a_flat_discriminator_has_finite_gradients(profile):
    weight = tf.Variable(tf.zeros([4, 4, 3]))
    with tf.GradientTape() as tape:
        images = penalised_images(REAL, FAKE, profile, MIX)
        penalty, _ = gradient_penalty(quadratic(weight), images, profile)
    np.testing.assert_allclose(penalty, {"paper": 1.0, "released": 0.0}[profile], atol=1e-5)
    assert np.isfinite(tape.gradient(penalty, weight)).all()


def test_paper_needs_random_numbers():
    with pytest.raises(ValueError, match="mix"):
        penalised_images(REAL, FAKE, "paper")


def test_float16_keeps_slopes_below_its_smallest_number():
    # Two layers of weight 2e-4 and 1e-4: a slope of 2e-8 along every pixel, which float16 calls 0.
    first, second, pixels = 2e-4, 1e-4, 32 * 32 * 3
    discriminator = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten()])
    for value in (first, second):
        start = keras.initializers.Constant(value)
        layer = keras.layers.Dense(
            1, use_bias=False, kernel_initializer=start, dtype="mixed_float16"
        )
        discriminator.add(layer)
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)), tf.float32)

    def penalty_and_gradients(loss_scale):
        with tf.GradientTape() as tape:
            penalty, _ = gradient_penalty(discriminator, images, "released", loss_scale)
            scaled = 10 * penalty * loss_scale
        gradients = tape.gradient(scaled, discriminator.trainable_variables)
        return penalty.numpy(), [float(tf.reduce_sum(g)) / 10 / loss_scale for g in gradients]

    assert penalty_and_gradients(1.0)[0] == 0, "the case must be one that needs the scale"
    penalty, gradients = penalty_and_gradients(2.0**15)
    # slope = first * second; penalty = pixels * slope^2 / 2
    np.testing.assert_allclose(penalty, pixels * (first * second) ** 2 / 2, rtol=0.05)
    # d/d first, summed over the pixels' weights; d/d second
    expected = [pixels * first * second**2, pixels * first**2 * second]
    np.testing.assert_allclose(gradients, expected, rtol=0.05)


@pytest.mark.parametrize("due", [None, True, False])
@pytest.mark.parametrize("profile", ["paper", "released"])
def test_only_what_is_differentiated_once_takes_the_other_form(profile, due):
    calls = []

    def named(name, function):
        def call(images, training):
            calls.append(name)
            return function(images)

        return call

    twice = quadratic(CURVATURE)
    _, parts = discriminator_objective(
        LossWeights(),
        Verdict(tf.zeros([3, 1]), profile),
        discriminator=named("once", lambda x: tf.reduce_mean(x, [1, 2, 3])[:, None]),
        penalised=named("twice", lambda x: twice(x, True)),
        real=tf.constant(REAL),
        fake=tf.constant(FAKE),
        mix=tf.constant(MIX),
        penalty_every=1 if due is None else 4,
        penalty_due=None if due is None else tf.constant(due),
    )
    looked = ["twice"] if due is not False else []
    # R1's pass serves the real term too.
    real = [] if profile == "released" and looked else ["once"]
    assert calls == looked + real
    assert (float(parts["loss/discriminator/gradient_penalty"]) > 0) == bool(looked)
