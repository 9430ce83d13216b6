"""The time that a dry run tells: the rule, by a clock that a test winds, and the words."""

import dataclasses

import pytest
import tensorflow as tf

from facedancer.training.cost import pace
from facedancer.training.cost.flops import model_flops
from facedancer.training.cost.pace import describe_seconds, estimate_step_seconds, measure_rate
from facedancer.training.networks.trained import build_networks


@pytest.fixture
def networks(small_config):
    return build_networks(small_config, tf.distribute.get_strategy())


def test_the_rate_is_arithmetic_by_time(small_config, networks, monkeypatch):
    ticks = iter([0.0, 4.0, 10.0, 12.0])
    monkeypatch.setattr(pace.time, "perf_counter", lambda: next(ticks))
    before = [weight.numpy() for weight in networks.generator.network.weights]
    rate = measure_rate(small_config, networks, batch=2)
    # The best round took 2 s; back costs twice as much as forward.
    assert rate * 2 == pytest.approx(2 * 3 * model_flops(networks.generator.network), rel=0.1)
    for weight, old in zip(networks.generator.network.weights, before, strict=True):
        assert (weight.numpy() == old).all()


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_step_is_its_arithmetic_at_that_rate(
    small_config, networks, monkeypatch, strategies, replicas
):
    monkeypatch.setattr(pace, "measure_rate", lambda config, networks, batch: 1e9)
    config = dataclasses.replace(small_config, batch_size=6, accumulate=3)
    # The replicas of a CPU share its cores, so their number changes nothing.
    seconds = estimate_step_seconds(config, networks, strategies(replicas), pair_flops=5e9)
    assert seconds == pytest.approx(6 * 3 * 5)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 seconds"),
        (59, "59 seconds"),
        (90, "1.5 minutes"),
        (5400, "1.5 hours"),
        (8_640_000, "100.0 days"),
    ],
)
def test_words(seconds, words):
    assert describe_seconds(seconds) == words
