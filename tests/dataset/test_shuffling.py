"""Orders without memory: permutations, all of them, and all equally often."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.shuffling import fold_in, shuffled, uniform


def numbers(count):
    return tf.range(count, dtype=tf.int64)


def test_the_stream_is_splitmix64s():
    # What the authors' own program gives for the seed 1234567.
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert fold_in(1234567, numbers(3)).numpy().tolist() == expected


@pytest.mark.parametrize("count", [1, 2, 3, 17, 1000, 4097])
def test_an_order_holds_each_number_once(count):
    orders = [shuffled(numbers(count), count, fold_in(0, key)).numpy() for key in (1, 2)]
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(count))
    if count > 10:
        assert (orders[0] == orders[1]).sum() < 10
        # Neighbours do not stay neighbours: by chance 2 of all pairs are.
        assert (np.abs(np.diff(orders[0])) == 1).sum() < 10


@pytest.mark.parametrize("count", [2, 3, 4])
def test_few_numbers_have_all_their_orders_equally_often(count):
    keys = fold_in(5, numbers(6000))
    columns = [
        shuffled(tf.fill([6000], tf.constant(place, tf.int64)), count, keys).numpy()
        for place in range(count)
    ]
    found = Counter(zip(*np.stack(columns).tolist(), strict=True))
    expected = 6000 / math.factorial(count)
    assert set(found) == set(itertools.permutations(range(count)))
    # Four standard deviations of a count.
    assert max(abs(n - expected) for n in found.values()) < 4 * math.sqrt(expected)


def test_every_place_may_hold_every_number():
    keys = fold_in(6, numbers(20000))
    for place in (0, 49):
        found = shuffled(tf.fill([20000], tf.constant(place, tf.int64)), 50, keys).numpy()
        assert np.abs(np.bincount(found, minlength=50) - 400).max() < 4 * math.sqrt(400)


def test_each_number_may_have_an_order_of_its_own():
    places, counts = numbers(6) % 3, tf.constant([3, 3, 3, 5, 5, 5], tf.int64)
    keys = fold_in(tf.constant([1, 1, 1, 2, 2, 2], tf.uint64), 0)
    together = shuffled(places, counts, keys).numpy()
    for first, count, key in ((0, 3, 1), (3, 5, 2)):
        alone = shuffled(numbers(3), count, fold_in(key, 0)).numpy()
        np.testing.assert_array_equal(together[first : first + 3], alone)


def test_uniform_numbers():
    drawn = uniform(fold_in(3, numbers(50000))).numpy()
    assert 0 <= drawn.min() < 1e-3 and 1 - 1e-3 < drawn.max() < 1
    assert np.abs(np.histogram(drawn, 10, (0, 1))[0] - 5000).max() < 4 * math.sqrt(5000)
