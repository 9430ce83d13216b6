"""One replica's work: exact over replicas, and no more of it than the weights ask for."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pipeline import make_dataset
from facedancer.training import gradients
from facedancer.training.gradients import replica_gradients
from facedancer.training.networks.trained import build_networks

# TensorFlow tells that the pipeline is traced all the same, see `untraced`.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")

EPSILON = 2.0**-23
# Some four roundings for each weight: a term is rounded as its input, as it is multiplied, and as
# it is added, and a product of matrices adds in blocks.
NUDGE = 4 * EPSILON / 2
# How many times as far as three such nudges moved a number another order may move it.
MARGIN = 8.0
# The proof is of sums over replicas; compiled, with the real networks, it takes ten times as long.
NETWORKS = pytest.mark.parametrize(
    "is_tiny", [True, pytest.param(False, marks=pytest.mark.long)], ids=["tiny", "real"]
)


def lopsided_batch(config) -> dict[str, tf.Tensor]:
    """A batch whose one same pair comes first: two replicas get unequal numbers of them."""
    dataset = make_dataset(
        config.data, image_size=config.image_size, batch_size=config.batch_size, seed=1
    )
    for batch in dataset:
        if tf.reduce_sum(batch["same"]) == 1:
            order = tf.argsort(batch["same"], direction="DESCENDING")
            return {name: tf.gather(value, order) for name, value in batch.items()}
    raise AssertionError("the dataset repeats for ever")


class FirstStep:
    """The first step of new networks, compiled, to be done again and again."""

    def __init__(self, config, strategy):
        self._strategy, self._networks = strategy, build_networks(config, strategy)
        dataset = tf.data.Dataset.from_tensors(lopsided_batch(config))
        self._batch = next(iter(strategy.experimental_distribute_dataset(dataset)))
        self._work = tf.function(self._gradients, autograph=False)

    def _gradients(self, batch):
        zero = tf.constant(0, tf.int64)
        return self._strategy.run(
            lambda part: replica_gradients(self._networks, part, zero, zero), args=(batch,)
        )

    def variables(self) -> dict[str, keras.Variable]:
        return {
            f"{name}/{variable.path}": variable
            for name, player in self._networks.players.items()
            for variable in player.network.trainable_variables
        }

    def __call__(self) -> dict[str, np.ndarray]:
        """The raw terms, and the gradient of every variable of both players."""
        parts, gradients = self._work(self._batch)
        local = self._strategy.experimental_local_results
        found = {name: local(part)[0].numpy() for name, part in parts.items()}
        every = [gradient for player in self._networks.players for gradient in gradients[player]]
        for name, gradient in zip(self.variables(), every, strict=True):
            first, *others = local(gradient)
            for other in others:
                np.testing.assert_array_equal(other.numpy(), first.numpy())
            found[name] = first.numpy()
        return found

    def rounding(self) -> dict[str, float]:
        """The way that rounding may move each result: the Euclidean length of its change.

        A sum of n products in another order, or by another algorithm, is off by about sqrt(n)
        roundings of its terms. So it is where each of its weights is off by a rounding. Nudged
        weights therefore show what this CPU's arithmetic may do to each number, with what the step
        makes of it: sums that nearly cancel out, and slopes that jump (hinges, distances, ReLUs).
        """
        before, largest = self(), {}
        for seed in range(3):
            rng = np.random.default_rng(seed)
            values = {name: variable.numpy() for name, variable in self.variables().items()}
            for name, variable in self.variables().items():
                signs = rng.choice([-NUDGE, NUDGE], values[name].shape)
                variable.assign((values[name] * (1.0 + signs)).astype(np.float32))
            nudged = self()
            for name, variable in self.variables().items():
                variable.assign(values[name])
            for name, value in nudged.items():
                way = float(np.linalg.norm(value - before[name]))
                largest[name] = max(way, largest.get(name, 0.0))
        return largest


def excess(one, two, rounding) -> dict[str, float]:
    """Measures how far two outcomes differ, in units of what rounding may do, by name."""
    largest = {}
    for name, value in one.items():
        player = name.split("/")[0]
        largest[player] = max(largest.get(player, 0.0), float(np.linalg.norm(value)))
    return {
        name: float(np.linalg.norm(two[name] - value))
        # A last digit of the player's largest: of that size is what is exactly 0 in exact numbers.
        / (rounding[name] + EPSILON * largest[name.split("/")[0]])
        for name, value in one.items()
    }


@NETWORKS
@pytest.mark.parametrize(
    ("profile", "mode"),
    [
        ("paper", "fixed"),
        ("released", "fixed"),
        # Of their losses alone, tests/losses/test_ifsr_limits.py.
        pytest.param("paper", "relative", marks=pytest.mark.long),
        pytest.param("released", "adaptive", marks=pytest.mark.long),
    ],
)
def test_two_replicas_equal_one(request, small_config, profile, mode, strategies, is_tiny):
    if is_tiny:
        request.getfixturevalue("tiny_networks")
        request.getfixturevalue("untraced")
    config = dataclasses.replace(
        small_config, loss_profile=profile, ifsr_margins_mode=mode, batch_size=4
    )
    step = FirstStep(config, strategies(1))
    one, rounding = step(), step.rounding()
    two = FirstStep(config, strategies(2))()
    assert one.keys() == two.keys()
    beyond = {name: by for name, by in excess(one, two, rounding).items() if by > MARGIN}
    assert not beyond
    # The tolerance says something: most numbers are far larger, and all but a few are not 0.
    sizes = {name: np.linalg.norm(value) for name, value in one.items()}
    shares = [MARGIN * rounding[name] / size for name, size in sizes.items() if size]
    assert np.median(shares) < 1e-2
    assert np.mean(np.array(list(sizes.values())) > 0) > 0.95


@pytest.mark.long
@pytest.mark.parametrize("profile", ["paper", "released"])
def test_a_mean_of_means_would_be_seen(small_config, profile, strategies, monkeypatch):
    config = dataclasses.replace(small_config, loss_profile=profile, batch_size=4)
    step = FirstStep(config, strategies(1))
    one, rounding = step(), step.rounding()
    monkeypatch.setattr(gradients, "sum_over_replicas", tf.identity)
    # Each replica's own means, whose gradients are averaged.
    wrong = FirstStep(config, strategies(2))()
    assert np.median(list(excess(one, wrong, rounding).values())) > 3 * MARGIN


@pytest.mark.usefixtures("tiny_networks", "untraced")
def test_weight_zero_leaves_the_term_out(small_config, strategies):
    config = dataclasses.replace(
        small_config, ifsr_weight=0.0, cycle_weight=0.0, gradient_penalty_weight=0.0, batch_size=4
    )
    found = FirstStep(config, strategies(1))()
    assert {name for name in found if name.startswith("loss/")} == {
        "loss/generator/adversarial",
        "loss/generator/identity",
        "loss/generator/reconstruction",
        "loss/generator/perceptual",
        "loss/discriminator/real",
        "loss/discriminator/fake",
    }
