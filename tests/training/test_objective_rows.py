"""The objective's tables are the one place: what a row there says is what each player learns by."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from facedancer.losses import objective
from facedancer.losses.terms import Term
from facedancer.training.networks.trained import build_networks
from facedancer.training.step import StepFunction

TABLES = {"generator": "GENERATOR_TERMS", "discriminator": "DISCRIMINATOR_TERMS"}
ROWS = [
    (player, term.name) for player, table in TABLES.items() for term in getattr(objective, table)
]


def multiply_rows(monkeypatch, factors: tf.Variable) -> None:
    """Puts a factor before every row's computation, as somebody would who edits the tables."""

    def multiplied(term: Term, place: int) -> Term:
        return dataclasses.replace(term, compute=lambda x: factors[place] * term.compute(x))

    for player, table in TABLES.items():
        rows = [
            multiplied(term, ROWS.index((player, term.name))) for term in getattr(objective, table)
        ]
        monkeypatch.setattr(objective, table, tuple(rows))


def make_batch(config) -> dict[str, tf.Tensor]:
    shape = (config.batch_size, config.image_size, config.image_size, 3)
    source, target = (tf.random.stateless_uniform(shape, [0, i], -1.0, 1.0) for i in (1, 2))
    same = tf.one_hot(0, config.batch_size)
    target = tf.where(same[:, None, None, None] > 0, source, target)
    answer = tf.random.stateless_uniform(shape, [0, 3], -1.0, 1.0)
    known = {"answer": answer, "answered": 1.0 - same}
    return {"target": target, "source": source, "same": same, **known}


@pytest.mark.usefixtures("tiny_networks")
@pytest.mark.parametrize(
    ("profile", "precision", "accumulate", "tolerance", "identity"),
    [
        ("paper", "float32", 1, 1e-4, {}),
        (
            "released",
            "float32",
            2,
            1e-4,
            {
                "identity_of": "answer",
                "truth_share": 1.0,
                "encoder_gradient": "grey",
                "encoder_jitter": 0.5,
                "identity_mixing": 0.5,
            },
        ),
        # Two passes through the discriminator; each of the numbers has three digits.
        ("paper", "mixed_float16", 1, 3e-2, {}),
    ],
)
def test_each_row_moves_its_own_player_alone(
    small_config, strategies, monkeypatch, profile, precision, accumulate, tolerance, identity
):
    strategy = strategies(1)
    config = dataclasses.replace(
        small_config,
        loss_profile=profile,
        precision=precision,
        accumulate=accumulate,
        # So that the terms' gradients are of like size, and a change of any can be seen.
        perceptual_weight=20.0,
        truth_weight=5.0,
        shape_weight=0.01,
        shape_regressor="tiny",
        pose_weight=50.0,
        pose_regressor="tiny",
        expression_weight=20.0,
        expression_regressor="tiny",
        second_identity_weight=10.0,
        second_encoder="untrained_small",
        target_identity_weight=20.0,
        matching_weight=1.0,
        attributes_weight=10.0,
        ifsr_scale=0.0,
        gradient_penalty_weight=1.0,
        **identity,
    )
    networks = build_networks(config, strategy)
    for player in networks.players.values():
        if player.loss_scale:
            player.loss_scale.scale.assign(64.0)  # Nothing overflows.
    factors = tf.Variable(tf.ones([len(ROWS)]))
    multiply_rows(monkeypatch, factors)
    batch = tf.data.Dataset.from_tensors(make_batch(config)).repeat()
    batches = iter(strategy.experimental_distribute_dataset(batch))
    zero = tf.constant(0, tf.int64)
    steps = StepFunction(networks, strategy)

    @tf.function(autograph=False)
    def work():
        parts, gradients = steps._gradients(batches, zero)
        return parts, {name: [g + 0.0 for g in values] for name, values in gradients.items()}

    def measure(**changed: float) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        values = [changed.get(f"{player}_{name}", 1.0) for player, name in ROWS]
        factors.assign(values)
        parts, gradients = work()
        flat = {
            name: np.concatenate([g.numpy().astype(np.float64).ravel() for g in values])
            for name, values in gradients.items()
        }
        return {name: float(value) for name, value in parts.items()}, flat

    parts, gradients = measure()
    assert all(np.isfinite(value).all() for value in gradients.values())
    sums = {name: np.zeros_like(value) for name, value in gradients.items()}
    for player, name in ROWS:
        other = next(each for each in TABLES if each != player)
        without, gradients_without = measure(**{f"{player}_{name}": 0.0})
        sixfold, gradients_of_six = measure(**{f"{player}_{name}": -5.0})
        key = f"loss/{player}/{name}"
        # What is logged moves by the factor, and alone.
        for each, value in parts.items():
            expected = (0.0, -5.0 * value) if each == key else (value, value)
            found = without[each], sixfold[each]
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7, err_msg=each)
        # So does that term's part of its player's gradient.
        part = gradients[player] - gradients_without[player]
        sums[player] += part
        whole = np.linalg.norm(gradients[player])
        assert np.linalg.norm(part) > 1e-3 * whole, f"{key} must be seen"
        error = gradients_of_six[player] - gradients[player] + 6 * part
        assert np.linalg.norm(error) < tolerance * (6 * np.linalg.norm(part) + whole), key
        # The other player's does not.
        for moved in (gradients_without, gradients_of_six):
            error = np.linalg.norm(moved[other] - gradients[other])
            assert error <= tolerance * np.linalg.norm(gradients[other]), key
    # The rows are all that there is.
    for player, value in gradients.items():
        error = np.linalg.norm(sums[player] - value)
        assert error < 2 * tolerance * np.linalg.norm(value) * len(ROWS)
