"""Intervals cover what they claim to, and people count as one draw."""

import numpy as np
import pytest

from facedancer.evaluation.metrics.intervals import mean_interval, statistic_interval


def test_width_of_a_mean_s_interval():
    values = np.random.default_rng(0).normal(5, 2, 400)
    low, high = mean_interval(values, np.arange(400))
    # +- 1.96 deviations of the mean.
    assert high - low == pytest.approx(2 * 1.96 * values.std(ddof=1) / 20)
    assert low < values.mean() < high


def test_alike_draws_count_once():
    people = np.random.default_rng(0).normal(0, 1, 100)
    values, groups = np.repeat(people, 10), np.repeat(np.arange(100), 10)
    alone = np.subtract(*mean_interval(people, np.arange(100)))
    assert np.subtract(*mean_interval(values, groups)) == pytest.approx(alone)
    assert np.subtract(*mean_interval(values, np.arange(1000))) == pytest.approx(
        alone / np.sqrt(10), rel=0.01
    )


@pytest.mark.parametrize(("of_targets", "of_sources"), [(1, 1), (1, 0), (0, 1), (0, 0)])
def test_intervals_cover_the_truth_where_targets_and_sources_both_matter(of_targets, of_sources):
    """Checks that of many data sets about 95 % of the intervals hold the true mean, which is 0."""
    rng = np.random.default_rng(1)
    hits, hits_of_targets_alone = [], []
    for _ in range(400):
        targets, sources = rng.integers(0, 60, 600), rng.integers(0, 60, 600)
        values = (
            of_targets * rng.normal(size=60)[targets]
            + of_sources * rng.normal(size=60)[sources]
            + rng.normal(size=600)
        )
        low, high = mean_interval(values, targets, sources)
        hits.append(low <= 0 <= high)
        low, high = mean_interval(values, targets)
        hits_of_targets_alone.append(low <= 0 <= high)
    assert 0.91 <= np.mean(hits) <= 0.98
    if of_sources:  # What one grouping alone overlooks.
        assert np.mean(hits_of_targets_alone) < 0.9


def test_the_two_ways_of_grouping_are_one_where_they_are_the_same():
    values = np.random.default_rng(0).normal(0, 1, 100)
    groups = np.repeat(np.arange(20), 5)
    assert mean_interval(values, groups, groups) == pytest.approx(mean_interval(values, groups))


def test_what_is_not_known_does_not_count():
    values = np.array([1.0, np.nan, 3.0])
    assert mean_interval(values, np.arange(3)) == pytest.approx(mean_interval([1, 3], [0, 1]))
    assert np.isnan(mean_interval(values[1:2], np.zeros(1))).all()


def test_a_mean_s_interval_stays_within_its_values():
    hits = np.array([100.0] * 29 + [0.0])
    low, high = mean_interval(hits, np.arange(30))
    assert low < hits.mean() < high == 100.0


def test_one_person_tells_nothing_of_others():
    values = np.array([1.0, np.nan, 3.0])
    assert np.isnan(mean_interval(values, np.array([0, 1, 0]))).all()
    assert np.isnan(statistic_interval(lambda rows: 1.0, np.zeros(3))).all()
    # Of a single source it is the interval over targets.
    one_source = mean_interval(values, np.arange(3), np.zeros(3))
    assert one_source == mean_interval(values, np.arange(3))


def test_interval_of_any_statistic():
    values = np.random.default_rng(0).normal(5, 2, 300)
    groups = np.arange(300)
    low, high = statistic_interval(lambda rows: values[rows].mean(), groups, resamples=400)
    assert (low + high) / 2 == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(300), rel=0.12)


def test_interval_of_a_statistic_of_pairs():
    """Resampling a mean comes to what the formula says."""
    rng = np.random.default_rng(0)
    targets, sources = rng.integers(0, 40, 500), rng.integers(0, 40, 500)
    values = rng.normal(size=40)[targets] + rng.normal(size=40)[sources]
    low, high = statistic_interval(
        lambda rows: values[rows].mean(), targets, sources, resamples=400
    )
    assert high - low == pytest.approx(
        -np.subtract(*mean_interval(values, targets, sources)), rel=0.15
    )
