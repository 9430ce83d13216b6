"""A step whose networks XLA compiles: the same gradients, on one CPU device and on two."""

import dataclasses
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.benchmarks.step_worker import make_batch
from facedancer.losses.gradient_penalty import gradient_penalty
from facedancer.networks.cpu_form.form import cpu_form
from facedancer.networks.instance_norm import InstanceNorm
from facedancer.training.devices.strategy import is_compiled
from facedancer.training.gradients import replica_gradients
from facedancer.training.networks.trained import TrainedNetworks, build_networks


def assert_near(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert np.linalg.norm(one - other) <= 1e-3 * np.linalg.norm(other) + 1e-5


def test_auto_means_gpus(monkeypatch):
    assert [is_compiled(word) for word in ("auto", "on", "off")] == [False, True, False]
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    assert [is_compiled(word) for word in ("auto", "on", "off")] == [True, True, False]


def test_two_cpu_devices_differentiate_what_is_compiled_twice(strategies):
    strategy = strategies(2)
    with strategy.scope():
        image = keras.Input((8, 8, 3))
        x = keras.layers.Conv2D(4, 3)(image)
        x = keras.layers.LeakyReLU(0.2)(InstanceNorm()(x))
        network = keras.Model(image, keras.layers.Dense(1)(keras.layers.Flatten()(x)))
        form = cpu_form(network)
    weights = [weight.value for weight in network.trainable_weights]
    images = tf.random.stateless_uniform([2, 8, 8, 3], [1, 2], -1.0, 1.0)

    def gradients(compiled):
        networks = types.SimpleNamespace(is_compiled=compiled)

        @tf.function(autograph=False)
        def run():
            with tf.GradientTape() as tape:
                penalty, _ = gradient_penalty(
                    TrainedNetworks.compiled(networks, network), images, "paper"
                )
                total = penalty + tf.reduce_sum(
                    TrainedNetworks.compiled(networks, form)(images, training=True)
                )
            return tape.gradient(total, weights)

        return [strategy.experimental_local_results(one)[1] for one in strategy.run(run)]

    assert_near(gradients(True), gradients(False))


@pytest.mark.long
@pytest.mark.usefixtures("tiny_networks")
@pytest.mark.parametrize("replicas", [1, 2])
def test_a_whole_steps_gradients_are_the_same(small_config, strategies, replicas):
    strategy = strategies(replicas)

    def first_step(jit_compile):
        config = dataclasses.replace(small_config, jit_compile=jit_compile, batch_size=2 * replicas)
        networks = build_networks(config, strategy)
        assert networks.is_compiled == (jit_compile == "on")
        dataset = tf.data.Dataset.from_tensors(make_batch(config.batch_size, config.image_size))
        batch = next(iter(strategy.experimental_distribute_dataset(dataset)))
        zero = tf.constant(0, tf.int64)

        def work(part):
            return replica_gradients(networks, part, zero, zero)

        run = tf.function(lambda batch: strategy.run(work, args=(batch,)), autograph=False)
        parts, gradients = run(batch)
        found = [*parts.values(), *gradients["generator"], *gradients["discriminator"]]
        return [strategy.experimental_local_results(value)[0].numpy() for value in found]

    assert_near(first_step("on"), first_step("off"))
