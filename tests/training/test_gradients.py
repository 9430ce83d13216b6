"""One replica's work: exact over replicas, and no more of it than the weights ask for."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pipeline import make_dataset
from facedancer.training.game import build_game
from facedancer.training.gradients import replica_gradients


def lopsided_batch(config) -> dict[str, tf.Tensor]:
    """A batch whose one same pair comes first: two replicas get unequal numbers of them."""
    dataset = make_dataset(
        config.train_data, image_size=config.image_size, batch_size=config.batch_size, seed=1
    )
    for batch in dataset:
        if tf.reduce_sum(batch["same"]) == 1:
            order = tf.argsort(batch["same"], direction="DESCENDING")
            return {name: tf.gather(value, order) for name, value in batch.items()}
    raise AssertionError("the dataset repeats for ever")


def terms_and_gradients(config, strategy) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The first step's raw terms, and the gradient of every variable of both players."""
    game = build_game(config, strategy)
    dataset = tf.data.Dataset.from_tensors(lopsided_batch(config))
    batch = next(iter(strategy.experimental_distribute_dataset(dataset)))
    zero = tf.constant(0, tf.int64)

    @tf.function(autograph=False)
    def work(batch):
        return strategy.run(lambda part: replica_gradients(game, part, zero, zero), args=(batch,))

    parts, gradients = work(batch)
    local = strategy.experimental_local_results
    named = {}
    for name, player in game.players.items():
        variables = player.network.trainable_variables
        for variable, gradient in zip(variables, gradients[name], strict=True):
            first, *others = local(gradient)
            for other in others:
                np.testing.assert_array_equal(other.numpy(), first.numpy())
            named[f"{name}/{variable.path}"] = first.numpy()
    return {name: float(local(part)[0]) for name, part in parts.items()}, named


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_two_replicas_equal_one(small_config, profile, strategies):
    config = dataclasses.replace(small_config, loss_profile=profile, batch_size=4)
    terms, gradients = terms_and_gradients(config, strategies(1))
    terms_of_two, gradients_of_two = terms_and_gradients(config, strategies(2))
    assert terms.keys() == terms_of_two.keys()
    for name, value in terms.items():
        np.testing.assert_allclose(terms_of_two[name], value, rtol=1e-5, atol=1e-6, err_msg=name)
    for name, value in gradients.items():
        # Of a variable's largest entry: an entry is a sum of many that nearly cancel out.
        atol = 1e-5 * max(1.0, np.abs(value).max())
        np.testing.assert_allclose(gradients_of_two[name], value, atol=atol, err_msg=name)
    # The tolerance says something: most gradients are far larger, and all but a few are not 0.
    largest = [np.abs(value).max() for value in gradients.values()]
    assert np.median(largest) > 1e-2
    assert np.mean(np.array(largest) > 0) > 0.95


def test_weight_zero_leaves_the_term_out(small_config, strategies):
    config = dataclasses.replace(
        small_config, ifsr_weight=0.0, cycle_weight=0.0, gradient_penalty_weight=0.0, batch_size=4
    )
    terms, _ = terms_and_gradients(config, strategies(1))
    assert set(terms) == {
        "loss/generator/adversarial",
        "loss/generator/identity",
        "loss/generator/reconstruction",
        "loss/generator/perceptual",
        "loss/discriminator/real",
        "loss/discriminator/fake",
    }
