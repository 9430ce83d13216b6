"""Intervals cover what they claim to, and people count as one draw."""

import numpy as np
import pytest

from facedancer.evaluation.metrics.bootstrap import mean_interval, statistic_interval


def test_width_of_a_mean_s_interval():
    values = np.random.default_rng(0).normal(5, 2, 400)
    low, high = mean_interval(values, np.arange(400))
    # +- 1.96 deviations of the mean.
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert low < values.mean() < high


def test_alike_draws_count_once():
    people = np.random.default_rng(0).normal(0, 1, 100)
    values, groups = np.repeat(people, 10), np.repeat(np.arange(100), 10)
    alone = np.subtract(*mean_interval(people, np.arange(100)))
    assert np.subtract(*mean_interval(values, groups)) == pytest.approx(alone, rel=0.05)
    assert np.subtract(*mean_interval(values, np.arange(1000))) == pytest.approx(
        alone / np.sqrt(10), rel=0.1
    )


def test_what_is_not_known_does_not_count():
    values = np.array([1.0, np.nan, 3.0])
    assert mean_interval(values, np.arange(3)) == (1.0, 3.0)
    assert np.isnan(mean_interval(values[1:2], np.zeros(1))).all()


def test_one_person_tells_nothing_of_others():
    values = np.array([1.0, np.nan, 3.0])
    assert np.isnan(mean_interval(values, np.array([0, 1, 0]))).all()
    assert np.isnan(statistic_interval(lambda rows: 1.0, np.zeros(3))).all()


def test_interval_of_any_statistic():
    values = np.random.default_rng(0).normal(5, 2, 300)
    groups = np.arange(300)
    low, high = statistic_interval(lambda rows: values[rows].mean(), groups, resamples=400)
    assert (low + high) / 2 == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(300), rel=0.12)
