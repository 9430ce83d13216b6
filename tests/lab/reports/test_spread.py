"""The statistics of seeds."""

import numpy as np
import pytest
from scipy import stats

from facedancer.lab.reports.seed_groups import grouped
from facedancer.lab.reports.spread import pooled, student

from .conftest import result, seeds


@pytest.mark.parametrize("freedom", [1, 2, 6, 16, 30, 31, 60, 200])
def test_deviations_are_those_of_student(freedom):
    assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-3)


def test_the_spread_is_pooled_within_groups():
    spread = pooled([[1.0, 2.0, 3.0], [11.0, 13.0], [50.0]])
    assert (spread.variance, spread.freedom) == (pytest.approx(4 / 3), 3)
    assert pooled([[1.0], [2.0]]) is None


def test_an_interval_over_seeds_is_that_of_the_t_distribution():
    values = [90.0, 91.0, 95.0]
    (group,) = grouped(seeds("c", *values)).values()
    entry = group.metrics()["id_top1"]
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert entry["value"] == pytest.approx(92.0) and entry["seeds"] == 3
    assert (entry["low"], entry["high"]) == pytest.approx((low, high), rel=1e-3)


def test_a_seed_with_failed_swaps_is_judged_by_them():
    first, second = seeds("c", 2.0, 2.0, metric="pose")
    second.evaluation["metrics"]["pose"] |= {"failed": 10.0, "judged": 4.0}
    (group,) = grouped([first, second]).values()
    entry = group.metrics()["pose"]
    assert (entry["value"], entry["judged"]) == (2.0, 3.0)
    assert entry["judged_low"] < 3.0 < entry["judged_high"]
    assert group.values("pose").tolist() == [2.0, 4.0]


def test_one_run_keeps_its_own_interval():
    (group,) = grouped([result("d", id_top1=90.0)]).values()
    assert group.metrics()["id_top1"]["low"] == pytest.approx(89.9)
