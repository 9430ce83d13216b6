"""IFSR's margin scale follows its goal, and its flags say what it multiplies."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses.margins import MARGINS
from facedancer.training.networks.adaptive_scale import LEAST_SCALE, MOST_SCALE, AdaptiveScale
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError

GOAL = 0.6
CONFIG = TrainConfig(data="a", run_dir="b")


def followed(scale: AdaptiveScale, cosine: float, steps: int, is_sound: bool = True) -> float:
    """s after some steps of one cosine."""

    @tf.function
    def run() -> tf.Tensor:
        for _ in tf.range(steps):
            scale.follow(tf.constant(cosine), tf.constant(is_sound))
        return scale.scale()

    return float(run())


@pytest.mark.parametrize(("cosine", "direction"), [(GOAL - 0.2, 1), (GOAL + 0.2, -1), (GOAL, 0)])
def test_too_little_identity_loosens_the_hinge(cosine, direction):
    start = 1.2
    after = followed(AdaptiveScale(start, GOAL), cosine, steps=300)
    assert np.sign(round(after - start, 6)) == direction
    # GECO by hand: the running mean forgets 1 % a step, and log s moves by its gap over 300.
    mean, log_scale = GOAL, math.log(start)
    for _ in range(300):
        mean += 0.01 * (cosine - mean)
        log_scale += (GOAL - mean) / 300
    np.testing.assert_allclose(after, math.exp(log_scale), rtol=1e-4)


def test_it_stays_where_it_still_matters():
    for cosine, end in [(-1.0, MOST_SCALE), (1.0, LEAST_SCALE)]:
        scale = AdaptiveScale(1.2, GOAL)
        assert followed(scale, cosine, steps=5000) == pytest.approx(end, rel=1e-5)
        # It comes back as soon as the mean does.
        assert followed(scale, GOAL + (GOAL - cosine) / 4, steps=1000) != pytest.approx(end)


def test_a_step_that_was_not_applied_moves_nothing():
    scale = AdaptiveScale(1.2, GOAL)
    assert followed(scale, 0.0, steps=5, is_sound=False) == pytest.approx(1.2)
    assert followed(scale, math.nan, steps=5) == pytest.approx(1.2)
    assert followed(scale, 0.0, steps=5) > 1.2


def test_same_pairs_tell_nothing_of_a_swap():
    scale = AdaptiveScale(1.2, GOAL)
    source = tf.constant([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    changed = tf.constant([[1.0, 0.0], [0.6, 0.8], [0.0, 2.0]])
    found = scale.cosine(source, changed, tf.constant([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(found, 0.3, rtol=1e-5)
    # The two replicas' sums as one has them.
    doubled = scale.cosine(source, changed, tf.constant([1.0, 0.0, 0.0]), lambda x: 2 * x)
    np.testing.assert_allclose(doubled, 0.3, rtol=1e-5)
    np.testing.assert_allclose(scale.cosine(source, changed, tf.ones([3])), GOAL)


def test_the_flags_say_what_the_scale_multiplies():
    assert CONFIG.hinge_factors == MARGINS
    assert not CONFIG.is_relative
    for mode in ("relative", "adaptive"):
        config = dataclasses.replace(CONFIG, ifsr_margins_mode=mode)
        assert config.is_relative
        shares = config.hinge_factors
        assert list(shares) == list(MARGINS)
        # The eleven blocks are the encoder's 12th down to its 2nd, counted from 0.
        expected = [0.204 + 0.042 * k for k in range(12, 1, -1)]
        np.testing.assert_allclose(list(shares.values()), expected)
    two = dataclasses.replace(
        CONFIG,
        ifsr_margins_mode="relative",
        ifsr_margins=("conv2_block1_out=0.1", "conv5_block3_out=0.1"),
        ifsr_ramp=(0.1, 0.01),
    )
    assert two.hinge_factors == pytest.approx({"conv2_block1_out": 0.1, "conv5_block3_out": 0.25})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ifsr_ramp": (0.2,)}, "give two numbers"),
        ({"ifsr_ramp": (0.1, -0.05)}, "must not be negative"),
        ({"ifsr_ramp": (math.nan, 0.1)}, "must not be negative"),
        (
            {"ifsr_margins_mode": "adaptive", "ifsr_scale": 0.0},
            "is out of range for --ifsr_margins_mode=adaptive",
        ),
        ({"ifsr_goal": 1.5}, "--ifsr_goal"),
    ],
)
def test_bad_flags(changes, message):
    with pytest.raises(UserError, match=message):
        dataclasses.replace(CONFIG, **{"ifsr_margins_mode": "relative"} | changes)
