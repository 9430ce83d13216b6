"""Tests which record comes when: each sampling's promise, at any place in its order."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.data_sets import identity_groups
from facedancer.dataset.sampling import BLOCK, block_quotas, make_sampler, yaw_groups
from facedancer.dataset.shuffling import fold_in
from facedancer.utils.errors import UserError

KEY = fold_in(0, 0)


def draws(sampler, first, end):
    return sampler(tf.range(first, end, dtype=tf.int64)).numpy()


def epochs(order, length):
    return order[: len(order) // length * length].reshape(-1, length)


def test_by_image_an_epoch_is_the_whole_set_once(data_set):
    sampler = make_sampler("image", [data_set([0] * 60)], (), KEY)
    made = epochs(draws(sampler, 0, 300), 60)
    assert (np.sort(made) == np.arange(60)).all()
    assert len({tuple(epoch) for epoch in made}) == 5
    # No record lies near its stored place more often than chance has it: a buffer would show.
    assert np.abs(made - np.arange(60)).mean() == pytest.approx(20, abs=3)


@pytest.mark.parametrize("sampling", ["image", "identity", "yaw"])
@pytest.mark.parametrize("count", [1, 2])
def test_any_place_is_found_at_once(data_set, sampling, count):
    sets = [
        data_set([0, 1, 1, 2, 2, 2, 2, 2], [-30, -20, 0, 0, 0, 0, 0, 30]),
        data_set([0, 0, 1], [0, 50, 51]),
    ]
    sampler = make_sampler(sampling, sets[:count], (), KEY)
    whole = draws(sampler, 0, 500)
    for first, end in ((0, 1), (77, 91), (499, 500)):
        np.testing.assert_array_equal(draws(sampler, first, end), whole[first:end])
    assert draws(sampler, 10**15, 10**15 + 20).min() >= 0
    # Shapes pass through.
    assert sampler(tf.zeros([2, 3], tf.int64)).shape == (2, 3)


def test_by_identity_each_is_drawn_once_a_round_and_its_images_in_turn(data_set):
    identity = np.array([0] * 1 + [1] * 3 + [2] * 10)
    sampler = make_sampler("identity", [data_set(identity)], (), KEY)
    order = draws(sampler, 0, 3 * 60)
    rounds = identity[order].reshape(60, 3)
    assert (np.sort(rounds) == np.arange(3)).all()
    assert len({tuple(each) for each in rounds}) == 6
    for person, images in ((1, 3), (2, 10)):
        own = epochs(order[identity[order] == person], images)
        assert (np.sort(own) == np.flatnonzero(identity == person)).all()
        assert len({tuple(epoch) for epoch in own}) > 1
    found = np.bincount(order) / len(order)
    np.testing.assert_allclose(sampler.chances(), found)


def test_records_without_identity_are_one_each(data_set):
    sets = [data_set([0, 0, 1]), data_set([-1, -1, 0])]
    assert identity_groups(sets).tolist() == [0, 0, 1, 3, 4, 2]
    # A set of unknown people is drawn by image.
    mixed = make_sampler("identity", [data_set([0, 0, 1]), data_set([-1] * 4)], (1, 1), KEY)
    np.testing.assert_allclose(mixed.chances(), [1 / 8, 1 / 8, 1 / 4, *[1 / 8] * 4])


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ([[0, 0, 0]], "somewhere: one identity only, so --sampling=identity has nothing"),
        ([[-1, -1]], "somewhere: no identities, so"),
        ([[-1, -1], [-1]], "somewhere, somewhere: no identities, so"),
        ([[0, 1], [0, -1, 1]], "lacks the person of 1 of its 3 crops"),
    ],
)
def test_identities_that_cannot_be_balanced(data_set, sets, message):
    with pytest.raises(UserError, match=message):
        make_sampler("identity", [data_set(identity) for identity in sets], (), KEY)


def test_one_person_in_each_of_two_sets_makes_two(data_set):
    make_sampler("identity", [data_set([0, 0]), data_set([0])], (), KEY)


def test_yaw_is_balanced_over_bins():
    yaw = np.array([-80.0, -10, -1, 0, 1, 14, 16, 44, 46, 120])
    assert yaw_groups(yaw).tolist() == [0, 1, 1, 2, 2, 2, 3, 4, 5, 6]


def test_bins_of_few_crops_join_their_neighbours():
    yaw = np.concatenate([[-85, -70], np.full(200, -20), np.full(500, 5), [30, 50, 88]])
    groups = yaw_groups(yaw)
    # 1 % of 705 is 8: the few on the left join what lies right of them, and the last the last.
    assert np.bincount(groups).tolist() == [202, 503]
    assert (np.diff(groups) >= 0).all()
    assert yaw_groups(np.zeros(3)).tolist() == [0, 0, 0]


def test_by_yaw_each_bin_is_drawn_equally_often(data_set):
    yaw = np.array([0.0] * 30 + [20.0] * 5 + [-50.0] * 1)
    sampler = make_sampler("yaw", [data_set([0] * 36, yaw)], (), KEY)
    order = draws(sampler, 0, 90)
    counts = [(yaw[order] == value).sum() for value in (0, 20, -50)]
    assert counts == [30, 30, 30]
    assert len(set(order[yaw[order] == 0])) == 30, "an epoch of the frontal ones"
    assert np.bincount(order)[30:35].tolist() == [6] * 5


def test_a_yaw_that_is_not_known_is_refused(data_set):
    with pytest.raises(UserError, match=r"here lacks the yaw of 1 of its 3 crops"):
        make_sampler("yaw", [data_set([0] * 3, [0.0, np.nan, 1.0], "here")], (), KEY)


@pytest.mark.parametrize(
    ("weights", "quotas"),
    [
        ((3, 1), [3780, 1260]),
        ((0.2, 0.3, 0.5), [1008, 1512, 2520]),
        ((1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), [459] * 2 + [458] * 9),
        ((1e9, 1), [5039, 1]),
        ((1e9, 1, 1e-9), [5038, 1, 1]),
    ],
)
def test_weights_are_kept(weights, quotas):
    assert block_quotas(weights).tolist() == quotas
    assert sum(quotas) == BLOCK


def test_a_mixture_keeps_its_weights_and_each_sets_epochs(data_set):
    sets = [data_set([0] * 70), data_set([0] * 11)]
    sampler = make_sampler("image", sets, (3, 1), KEY)
    order = draws(sampler, 0, 2 * BLOCK)
    for first in (0, BLOCK):
        assert (order[first : first + BLOCK] < 70).sum() == BLOCK * 3 / 4
    # A window much shorter than a block is mixed already: 75 of 100, give or take 4.3.
    windows = (order < 70)[:5000].reshape(50, 100).sum(axis=1)
    assert windows.min() > 58 and windows.max() < 92
    first, second = order[order < 70], order[order >= 70] - 70
    np.testing.assert_allclose(np.bincount(first) / len(first), 1 / 70, atol=1.01 / len(first))
    np.testing.assert_allclose(np.bincount(second) / len(second), 1 / 11, atol=1.01 / len(second))
    np.testing.assert_allclose(sampler.chances(), [0.75 / 70] * 70 + [0.25 / 11] * 11)


def test_without_weights_sets_count_as_they_are_large(data_set):
    sampler = make_sampler("image", [data_set([0] * 30), data_set([0] * 10)], (), KEY)
    np.testing.assert_allclose(sampler.chances(), 1 / 40)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((1,), "--data_weights gives 1 weights for 2 data sets"),
        ((1, 0), "--data_weights must be positive, not 1,0"),
        ((1, -2), "must be positive"),
        ((1, float("nan")), "must be positive"),
        ((1, float("inf")), "must be positive"),
    ],
)
def test_weights_that_make_no_sense(data_set, weights, message):
    with pytest.raises(UserError, match=message):
        make_sampler("image", [data_set([0]), data_set([0])], weights, KEY)
