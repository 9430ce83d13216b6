"""The step-time benchmark at a toy size: it runs, and compares equal work."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from facedancer.benchmarks.plain_networks import ConvThenPool, plain_convolutions
from facedancer.benchmarks.released_step import released_losses
from facedancer.benchmarks.step_report import Result, markdown
from facedancer.benchmarks.step_worker import Measurement, make_batch
from facedancer.benchmarks.variants import VARIANTS
from facedancer.networks.pooled_conv import PooledConv
from facedancer.training.gradients import replica_gradients
from facedancer.training.networks.trained import build_networks
from facedancer.training.settings.train_config import TrainConfig

CONFIG = TrainConfig(
    data="unused",
    run_dir="unused",
    loss_profile="released",
    up_types=("affa", "concat", "affa", "no_skip", "concat"),
    image_size=64,
    base_width=8,
    batch_size=4,
    mapping_depth=1,
    mapping_size=16,
    encoder="untrained_small",
    perceptual_features="mobilenet_v2",
)


@pytest.mark.usefixtures("untraced")
def test_both_schedules_compute_the_same_losses():
    networks = build_networks(CONFIG, tf.distribute.get_strategy())
    batch = make_batch(4, 64)
    zero = tf.constant(0, tf.int64)
    ours = tf.function(lambda: replica_gradients(networks, batch, zero, zero)[0], autograph=False)()
    weights = dataclasses.asdict(networks.weights)
    totals = [
        sum(
            float(value) * (1.0 if name in ("real", "fake") else weights[name])
            for path, value in ours.items()
            for player, name in [path.split("/")[1:]]
            if player == wanted
        )
        for wanted in ("generator", "discriminator")
    ]
    with plain_convolutions():
        plain = build_networks(CONFIG, tf.distribute.get_strategy())
    for network in (player.network for player in plain.players.values()):
        pooled = [layer for layer in network.layers if isinstance(layer, PooledConv)]
        assert pooled
        assert all(isinstance(layer, ConvThenPool) for layer in pooled)
    for variant in (networks, plain):
        losses = tf.function(lambda g=variant: released_losses(g, batch), autograph=False)()
        np.testing.assert_allclose(losses, totals, rtol=1e-4)


def test_the_table_judges_by_its_bars():
    baseline = (Measurement(9.0, 1000), Measurement(11.0, 2000), Measurement(10.0, 2000))
    fast = tuple(Measurement(taken.seconds / 3, 1000) for taken in baseline)
    table = markdown(CONFIG, [Result(variant, baseline, fast) for variant in VARIANTS])
    assert table.count(": met") == 6
    assert "**3.00** (3.00 to 3.00)" in table
    slow = markdown(CONFIG, [Result(variant, baseline, baseline) for variant in VARIANTS])
    assert slow.count(": missed") == 6
