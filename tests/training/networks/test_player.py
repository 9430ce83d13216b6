"""A player over several replicas: sums, an overflow on one of them, the loss scale."""

import keras
import numpy as np
import tensorflow as tf

from facedancer.training.networks.player import LossScale, Player, sum_over_replicas, update_players


def test_an_overflow_on_one_replica_skips_the_step_on_all(strategies):
    strategy = strategies(2)
    with strategy.scope():
        inputs = keras.Input((1,))
        network = keras.Model(inputs, keras.layers.Dense(1)(inputs))
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
            return player.sum_gradients(player.gradients(tape, share))

        gradients = strategy.run(on_replica)
        with strategy.scope():
            update_players({"it": player}, {"it": gradients}, [tf.constant(1.0)])

    scale = float(player.scale)
    step(tf.constant(True))
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert float(player.scale) == scale / 2
    assert player.optimizer.iterations.numpy() == 0
    assert player.skipped_steps.numpy() == 1
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
    monkeypatch.setattr("facedancer.training.networks.player.GROWTH_STEPS", 3)
    loss_scale = LossScale()
    start = float(loss_scale.scale)
    scales = []
    for finite in (True, True, True, True, False, True):
        loss_scale.adapt(tf.constant(finite))
        scales.append(float(loss_scale.scale) / start)
    assert scales == [1, 1, 2, 2, 1, 1]
