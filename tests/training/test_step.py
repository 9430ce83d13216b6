"""One step: exact over replicas, and an overflow on one replica is an overflow on all."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pipeline import make_dataset
from facedancer.training.game import build_game
from facedancer.training.player import LossScale, Player, sum_over_replicas
from facedancer.training.step import make_step_function


def variables(game) -> list[keras.Variable]:
    return (
        game.generator.network.trainable_variables + game.discriminator.network.trainable_variables
    )


def one_step(config, strategy) -> tuple[dict[str, float], list[np.ndarray]]:
    """Loss terms of the first step, and both players' gradients as plain SGD shows them."""
    game = build_game(config, strategy)
    with strategy.scope():
        before = [variable.numpy() for variable in variables(game)]
        game = dataclasses.replace(
            game,
            generator=Player(game.generator.network, keras.optimizers.SGD(1.0), False),
            discriminator=Player(game.discriminator.network, keras.optimizers.SGD(1.0), False),
        )
    dataset = make_dataset(
        config.train_data, image_size=config.image_size, batch_size=config.batch_size, seed=1
    )
    batch = next(iter(strategy.experimental_distribute_dataset(dataset)))
    parts = make_step_function(game, strategy)(batch, tf.constant(0, tf.int64))
    for variable in variables(game):
        first, *others = strategy.experimental_local_results(variable.value)
        for other in others:
            np.testing.assert_array_equal(first.numpy(), other.numpy())
    gradients = [old - v.numpy() for old, v in zip(before, variables(game), strict=True)]
    return {name: float(value) for name, value in parts.items()}, gradients


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_two_replicas_equal_one(small_config, profile, strategies):
    config = dataclasses.replace(small_config, loss_profile=profile, batch_size=4)
    parts, gradients = one_step(config, strategies(1))
    parts_of_two, gradients_of_two = one_step(config, strategies(2))
    assert parts.keys() == parts_of_two.keys()
    for name, value in parts.items():
        np.testing.assert_allclose(parts_of_two[name], value, rtol=1e-5, atol=1e-6, err_msg=name)
    for one, two in zip(gradients, gradients_of_two, strict=True):
        np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-5 * max(1.0, np.abs(one).max()))
    learned = [np.abs(gradient).max() > 0 for gradient in gradients]
    assert np.mean(learned) > 0.95


def test_weight_zero_leaves_the_term_out(small_config, strategies):
    config = dataclasses.replace(small_config, ifsr_weight=0.0, cycle_weight=0.0)
    parts, _ = one_step(config, strategies(1))
    assert not {"loss/generator/ifsr", "loss/generator/cycle"} & parts.keys()
    assert "loss/generator/identity" in parts


def test_an_overflow_on_one_replica_skips_the_step_on_all(strategies):
    strategy = strategies(2)
    with strategy.scope():
        network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        player = Player(network, keras.optimizers.SGD(1.0), scale_loss=True)
    before = network.get_weights()

    @tf.function
    def step(overflow: tf.Tensor) -> None:
        def on_replica() -> list[tf.Tensor]:
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            factor = tf.where(overflow & (replica == 1), float("inf"), 1.0)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                player.watch(tape)
                share = player.share(tf.reduce_sum(network(tf.ones([1, 1]))) * factor)
            return player.gradients(tape, share)

        gradients = strategy.run(on_replica)
        with strategy.scope():
            player.update(gradients)

    scale = float(player.scale)
    step(tf.constant(True))
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert float(player.scale) == scale / 2
    assert player.optimizer.iterations.numpy() == 0
    step(tf.constant(False))
    # d(kernel + bias) / d either is 1, SGD's rate is 1.
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_allclose(new, old - 1.0, rtol=1e-6)
    assert player.optimizer.iterations.numpy() == 1


def test_a_sum_over_replicas_has_its_gradient_without_another_sum(strategies):
    strategy = strategies(2)

    @tf.function
    def gradients() -> tf.Tensor:
        def on_replica() -> tf.Tensor:
            x = tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.float32)
            with tf.GradientTape() as tape:
                tape.watch(x)
                share = tf.square(sum_over_replicas(x + 1.0)) / 2
            return tape.gradient(share, x)

        return strategy.run(on_replica)

    # d (1 + 2)^2 / dx = 6 on both, by the chain rule over the two replicas.
    for gradient in strategy.experimental_local_results(gradients()):
        assert float(gradient) == 6.0
    # One collective on each replica, none in the backward pass.
    operations = gradients.get_concrete_function().graph.get_operations()
    assert sum(operation.type.startswith("CollectiveReduce") for operation in operations) == 2


def test_loss_scale_grows_after_good_steps(monkeypatch):
    monkeypatch.setattr("facedancer.training.player.GROWTH_STEPS", 3)
    loss_scale = LossScale()
    start = float(loss_scale.scale)
    scales = []
    for finite in (True, True, True, True, False, True):
        loss_scale.adapt(tf.constant(finite))
        scales.append(float(loss_scale.scale) / start)
    assert scales == [1, 1, 2, 2, 1, 1]
