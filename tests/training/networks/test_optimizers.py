"""The ways that learning rates go."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.training.networks.optimizers import (
    OneOpAdam,
    make_adam,
    make_gan_adam,
    make_sgd,
)


@pytest.mark.parametrize("make_optimizer", [make_adam, make_sgd])
def test_the_rate_rises_and_falls(make_optimizer):
    rate = make_optimizer(0.1, total_steps=110, warmup_steps=10)._learning_rate
    steps = [0, 5, 10, 60, 110]
    np.testing.assert_allclose([float(rate(n)) for n in steps], [0, 0.05, 0.1, 0.05, 0], atol=1e-6)
    cold = make_optimizer(0.1, total_steps=100, warmup_steps=0)._learning_rate
    assert float(cold(0)) == pytest.approx(0.1)


def test_the_players_rate_falls_smoothly():
    rate = make_gan_adam(1e-4, decay=0.5, decay_steps=10)._learning_rate
    found = [float(rate(step)) for step in (0, 5, 10, 20)]
    np.testing.assert_allclose(found, [1e-4, 1e-4 * 0.5**0.5, 5e-5, 2.5e-5], rtol=1e-5)


def test_one_operation_is_adam_as_keras_computes_it():
    """Weights and moments, over several steps of a rate that falls, also without momentum."""
    gradients = np.random.default_rng(1).normal(size=(4, 3, 5)).astype(np.float32)
    for beta_1 in (0.0, 0.9):
        found, expected = (
            _after_steps(kind, beta_1, gradients) for kind in (OneOpAdam, keras.optimizers.Adam)
        )
        assert found.keys() == expected.keys()
        for path, value in found.items():
            np.testing.assert_allclose(value, expected[path], rtol=2e-6, err_msg=path)


def _after_steps(
    kind: type[keras.optimizers.Adam], beta_1: float, gradients: np.ndarray
) -> dict[str, np.ndarray]:
    """A weight and the optimizer's own numbers after a step with each gradient."""
    rate = keras.optimizers.schedules.ExponentialDecay(1e-2, 2, 0.5)
    optimizer = kind(rate, beta_1=beta_1, beta_2=0.99, name="adam")
    weight = keras.Variable(np.ones(gradients.shape[1:], np.float32), name="weight")
    optimizer.build([weight])

    @tf.function(autograph=False)
    def step(gradient: tf.Tensor) -> None:
        optimizer.update_step(gradient, weight.value, optimizer.learning_rate)
        optimizer.iterations.assign_add(1)

    for gradient in gradients:
        step(tf.constant(gradient))
    return {variable.path: variable.numpy() for variable in [weight, *optimizer.variables]}
