"""Tests which two records make a pair."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pairs import PairDraw, draw_same_pairs, share_of_same_pairs
from facedancer.dataset.shuffling import fold_in
from facedancer.utils.errors import UserError


def drawn_pairs(data_sets, batch_size, steps, **settings):
    draw = PairDraw(data_sets, batch_size, **settings)
    return [numbers.numpy() for numbers in draw(tf.range(steps, dtype=tf.int64))]


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.7, 1.0])
def test_how_often_same_pairs_are_drawn(probability):
    keys = fold_in(7, tf.range(4000, dtype=tf.int64))
    drawn = draw_same_pairs(5, probability, keys).numpy()
    expected = probability + (1 - probability) ** 5 / 5 if probability else 0.0
    assert share_of_same_pairs(5, probability) == pytest.approx(expected)
    # Five places, each 4000 times: the standard deviation is at most 0.008.
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=0.03)
    assert drawn.any(axis=1).all() or probability == 0


@pytest.mark.parametrize("sampling", ["image", "identity"])
@pytest.mark.parametrize("ratio", [0.1, 0.3])
def test_the_share_of_pairs_of_one_identity(data_set, sampling, ratio):
    # Half of the images have another of their identity; of six identities, two have.
    identity = np.array([0, 0, 1, 1, 2, 3, 4, 5])
    chances = {"image": 0.5, "identity": 1 / 3}[sampling]
    settings = {"sampling": sampling, "same_identity_ratio": ratio, "same_probability": 0.0}
    if ratio > chances:
        with pytest.raises(UserError, match="is too high"):
            PairDraw([data_set(identity)], 4, **settings)
        return
    targets, sources = drawn_pairs([data_set(identity)], 4, 1500, **settings)
    plain_targets, plain_sources = drawn_pairs(
        [data_set(identity)], 4, 1500, sampling=sampling, same_probability=0.0
    )
    np.testing.assert_array_equal(targets, plain_targets)
    changed = sources != plain_sources
    # By chance a source was the other image already: one of eight, or one of 6 x 2.
    by_chance = {"image": 1 / 8, "identity": 1 / 12}[sampling]
    assert changed.mean() == pytest.approx(ratio * (1 - by_chance), abs=0.02)
    np.testing.assert_array_equal(identity[targets[changed]], identity[sources[changed]])
    assert (targets != sources)[changed].all()


def test_every_other_image_of_the_identity_is_a_source(data_set):
    settings = {"same_identity_ratio": 1.0, "same_probability": 0.0}
    targets, sources = drawn_pairs([data_set([0] * 5)], 5, 800, **settings)
    found = np.zeros((5, 5), int)
    np.add.at(found, (targets.ravel(), sources.ravel()), 1)
    assert not found.diagonal().any()
    # Each of the four others a quarter of 800 times, give or take 12.
    assert np.abs(found[~np.eye(5, dtype=bool)] - 200).max() < 60


def test_identities_do_not_reach_from_set_to_set(data_set):
    sets = [data_set([0, 0, 1, 1]), data_set([0, 0])]
    settings = {"same_identity_ratio": 1.0, "same_probability": 0.0}
    targets, sources = drawn_pairs(sets, 4, 200, **settings)
    np.testing.assert_array_equal(targets // 2, sources // 2)


@pytest.mark.parametrize(
    ("identity", "settings", "most"),
    [
        ([0, 1, 2, 3], {}, "0.0% of the targets .* at most 0.000 of all pairs"),
        ([-1, -1, -1], {}, "at most 0.000 of all pairs"),
        (
            [0, 0, 1, 2],
            {"same_identity_ratio": 0.6},
            "50.0% of the targets .* at most 0.500 of all pairs",
        ),
        (
            [0, 0],
            {"same_probability": 0.95},
            r"100.0% of the targets .* at most 0.050 of all pairs",
        ),
    ],
)
def test_shares_that_cannot_be_had(data_set, identity, settings, most):
    settings = {"same_identity_ratio": 0.1, "same_probability": 0.0, **settings}
    with pytest.raises(UserError, match=most):
        PairDraw([data_set(identity)], 8, **settings)


def test_streams_are_independent_of_each_other(data_set):
    targets, sources = drawn_pairs([data_set([0] * 8)], 8, 300, same_probability=0.0)
    for numbers in (targets, sources):
        assert (np.sort(numbers) == np.arange(8)).all()
    pairs = np.zeros((8, 8))
    np.add.at(pairs, (targets.ravel(), sources.ravel()), 1)
    # Each of the 64 possible pairs is expected 37 times, give or take 6.
    assert pairs.min() >= 15 and pairs.max() <= 62
