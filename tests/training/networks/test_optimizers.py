"""The ways that learning rates go."""

import numpy as np
import pytest

from facedancer.training.networks.optimizers import make_adam, make_gan_adam, make_sgd


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
