"""The compiled step: several in one call, several batches in one step, and what is not applied."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pipeline import make_dataset
from facedancer.training.networks.player import Player
from facedancer.training.networks.trained import build_networks
from facedancer.training.step import StepFunction
from facedancer.training.watching.divergence import TrainingDiverged, refuse_divergence

EPSILON = 2.0**-23
# Some four roundings for each weight.
NUDGE = 2 * EPSILON
TINY = pytest.mark.usefixtures("tiny_networks")


def variables(networks) -> list[keras.Variable]:
    return [
        variable
        for player in networks.players.values()
        for variable in player.network.trainable_variables
    ]


def values(networks) -> list[np.ndarray]:
    return [variable.numpy() for variable in variables(networks)]


def batches_of(config, strategy, dataset=None):
    dataset = dataset or make_dataset(
        config.data, image_size=config.image_size, batch_size=config.batch_size, seed=1
    )
    return iter(strategy.experimental_distribute_dataset(dataset))


@pytest.mark.parametrize(
    ("precision", "is_tiny"),
    [
        # With all that float32 does, and the loss scale.
        ("mixed_float16", True),
        pytest.param("float32", True, marks=pytest.mark.long),
        # The real networks, with all terms.
        pytest.param("mixed_bfloat16", False, marks=pytest.mark.long),
    ],
)
def test_replicas_stay_equal_bit_by_bit(request, precision, is_tiny, strategies):
    config = request.getfixturevalue("quick_config" if is_tiny else "small_config")
    if is_tiny:
        request.getfixturevalue("tiny_networks")
    strategy = strategies(2)
    config = dataclasses.replace(config, precision=precision, loss_profile="released")
    networks = build_networks(config, strategy)
    before = values(networks)
    step_function = StepFunction(networks, strategy, several=True)
    report = step_function(batches_of(config, strategy), 0, 20)
    refuse_divergence(report)
    assert int(report.step) == 20
    players = networks.players.values()
    assert all(player.optimizer.iterations.numpy() > 10 for player in players)
    optimizers = [variable for player in players for variable in player.optimizer.variables]
    for variable in variables(networks) + optimizers:
        # Keras keeps an optimizer's iterations and rate unmirrored where they are integers.
        first, *others = strategy.experimental_local_results(variable.value)
        for other in others:
            np.testing.assert_array_equal(first.numpy(), other.numpy(), err_msg=variable.path)
    changed = [np.abs(a - b).max() > 0 for a, b in zip(before, values(networks), strict=True)]
    assert np.mean(changed) > 0.95


@TINY
def test_calls_of_several_steps(small_config, quick_config, strategies):
    """Four in one call equal four calls; the average and the lazy penalty follow their rule."""
    penalty = small_config.gradient_penalty_weight
    config = dataclasses.replace(
        quick_config, ema=0.25, gradient_penalty_weight=penalty, penalty_every=3
    )
    strategy = strategies(1)
    together, apart = build_networks(config, strategy), build_networks(config, strategy)
    report = StepFunction(together, strategy, several=True)(batches_of(config, strategy), 0, 4)
    assert int(report.step) == 4

    step_function, batches = StepFunction(apart, strategy), batches_of(config, strategy)
    average = [value.copy() for value in apart.generator.network.get_weights()]
    penalties = []
    # The last weights' share of the average: 9 / (10 + step) at first, then what --ema leaves.
    for step, share in enumerate((9 / 10, 9 / 11, 0.75, 0.75)):
        each = step_function(batches, step)
        penalties.append(each.values()["loss/discriminator/gradient_penalty"])
        weights = apart.generator.network.get_weights()
        average = [(1 - share) * a + share * w for a, w in zip(average, weights, strict=True)]
    for one, other in zip(values(together), values(apart), strict=True):
        np.testing.assert_array_equal(one, other)
    assert report.values() == each.values()
    for one, other in zip(apart.average.get_weights(), average, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert apart.output_generator is apart.average
    # Taken in steps 0 and 3; in between, the last one is shown.
    assert penalties[0] == penalties[1] == penalties[2] != penalties[3]


@TINY
def test_accumulated_batches_make_one_larger_batch(small_config, strategies):
    """Exactly so for terms that are means over the batch; batches of 2 against one of 4."""
    strategy = strategies(1)
    # Same pairs and the batch's own random numbers are counted batch by batch.
    linear = {"reconstruction_weight": 0.0, "perceptual_weight": 0.0, "loss_profile": "paper"}
    config = dataclasses.replace(small_config, batch_size=4, gradient_penalty_weight=0.0, **linear)
    batch = next(iter(make_dataset(config.data, image_size=64, batch_size=4, seed=1)))

    def make_step(batch_size: int, accumulate: int) -> Callable[..., tuple]:
        """A step from the beginning: its terms, and all that it takes from the weights."""
        networks = build_networks(dataclasses.replace(config, accumulate=accumulate), strategy)
        with strategy.scope():
            players = {
                name: Player(player.network, keras.optimizers.SGD(1.0), False, accumulate > 1)
                for name, player in networks.players.items()
            }
        networks = dataclasses.replace(networks, **players)
        dataset = tf.data.Dataset.from_tensor_slices(batch).batch(batch_size, drop_remainder=True)
        batches = batches_of(config, strategy, dataset.repeat())
        first, step_function = values(networks), StepFunction(networks, strategy)

        def step(nudge: int | None = None) -> tuple[dict[str, float], list[np.ndarray]]:
            rng = np.random.default_rng(nudge)
            for variable, value in zip(variables(networks), first, strict=True):
                signs = 0.0 if nudge is None else rng.choice([-NUDGE, NUDGE], value.shape)
                variable.assign((value * (1.0 + signs)).astype(np.float32))
            before = values(networks)
            report = step_function(batches, 0)
            return report.values(), [a - b for a, b in zip(before, values(networks), strict=True)]

        return step

    at_once = make_step(4, 1)
    terms, whole = at_once()
    terms_in_parts, in_parts = make_step(2, 2)()
    # What this CPU's rounding may do to each number; see `FirstStep.rounding` of test_gradients.py.
    nudged_terms, nudged = zip(*(at_once(seed) for seed in range(2)), strict=True)
    for name, value in terms.items():
        way = max(abs(other[name] - value) for other in nudged_terms)
        assert abs(terms_in_parts[name] - value) <= 8 * way + 1e-5 * abs(value), name
    largest = max(map(np.linalg.norm, whole))
    for one, other, *others in zip(whole, in_parts, *nudged, strict=True):
        way = max(np.linalg.norm(nudge - one) for nudge in others)
        assert np.linalg.norm(other - one) <= 8 * way + EPSILON * largest
        assert 8 * way < 0.1 * max(np.linalg.norm(one), 1.0)


@TINY
def test_a_step_that_is_not_finite_is_named_and_not_applied(quick_config, strategies):
    strategy, config = strategies(1), dataclasses.replace(quick_config, cycle_weight=1.0)
    networks = build_networks(config, strategy)
    step_function = StepFunction(networks, strategy, several=True)
    good = next(iter(make_dataset(config.data, image_size=64, batch_size=2, seed=1)))
    bad = {**good, "target": good["target"] * float("nan")}
    dataset = tf.data.Dataset.from_tensors(good).repeat(2)
    dataset = dataset.concatenate(tf.data.Dataset.from_tensors(bad))
    dataset = dataset.concatenate(tf.data.Dataset.from_tensors(good).repeat(9))
    batches = batches_of(config, strategy, dataset)
    refuse_divergence(step_function(batches, 0, 2))
    before = values(networks)
    report = step_function(batches, 2, 6)
    with pytest.raises(TrainingDiverged, match=r"loss/generator/cycle.* not finite at step 3;"):
        refuse_divergence(report)
    for one, other in zip(before, values(networks), strict=True):
        np.testing.assert_array_equal(one, other)
