"""The lab's bars: met or missed, and none of them above what the right answer reaches."""

import numpy as np
import pytest

from facedancer.lab.reports.seed_groups import grouped
from facedancer.lab.reports.targets import TARGETS, reached, student_keeps_up
from facedancer.lab.reports.verdict_tables import targets_table

from .conftest import paired, result, seeds

IDENTITY, ANGLE, SOURCE_FIRST, TARGET_FIRST, LEAK = TARGETS


def said(target, *rows):
    return reached(target, grouped(rows))[0]


def test_id_is_held_against_the_right_answer_s():
    truth = result("truth", id_top1=90.0)
    met, missed = seeds("c", 87.0, 87.1, 86.9), seeds("d", 80.0, 80.1, 79.9)
    assert said(IDENTITY, truth, *met, *missed) == "C met, D **missed**"
    # .95 x 90 = 85.5 lies within what seeds may give.
    assert said(IDENTITY, truth, *seeds("c", 80.0, 86.0, 92.0)) == "C undecided"
    assert reached(IDENTITY, grouped([truth, *met]))[1].endswith("output = truth 90.00")
    assert said(IDENTITY, *met) == "not run"


def test_no_bar_asks_for_more_than_the_right_answer_reaches():
    c = result("c", pose_angle=2.4)
    assert said(ANGLE, c) == "C **missed**"
    assert said(ANGLE, c, result("truth", pose_angle=2.6)) == "C met"
    # The right answer is better than the bar: that stays where it is.
    assert said(ANGLE, result("c", pose_angle=1.8), result("truth", pose_angle=0.5)) == "C met"
    c = result("c", judges={"id_top1": 50.0, "id_target": 8.0})
    answer = result("truth", judges={"id_top1": 45.0, "id_target": 3.0})
    assert said(SOURCE_FIRST, c) == "C **missed**" and said(SOURCE_FIRST, c, answer) == "C met"
    assert said(TARGET_FIRST, c, answer) == "C **missed**"
    c, answer = result("c", hair_leak=9.0), result("truth", hair_leak=9.4)
    assert said(LEAK, c, answer) == "C met" and said(LEAK, c) == "not run"


def test_failed_swaps_count_as_the_worst():
    c = result("c", pose_angle=1.0)
    c.evaluation["metrics"]["pose_angle"] |= {
        "failed": 50.0, "judged": 90.0, "judged_low": 80.0, "judged_high": 99.0
    }  # fmt: skip
    assert reached(ANGLE, grouped([c])) == ("C **missed**", "C 90.00 (80.00 to 99.00)")


def test_networks_are_held_to_their_targets():
    networks = {"cosface": {"auc": 0.9987, "tar_at_far_0.001": 0.841}, "pose": {"pose_error": 1.9}}
    lines = targets_table({}, networks).splitlines()
    assert "| cosface: area under the ROC curve, at least 0.995 | met | 0.9987 |" in lines
    assert any(
        line.startswith("| cosface: true acc") and "| **missed** |" in line for line in lines
    )
    assert any(line.startswith("| pose: ") and line.endswith("| met | 1.9 |") for line in lines)
    assert any(line.startswith("| arcface: ") and "| not run |" in line for line in lines)


@pytest.mark.parametrize(("identity", "verdict"), [(93.0, "met"), (91.5, "**missed**")])
def test_the_student_may_lose_three_points(identity, verdict):
    rows = grouped([result("c", id_top1=95.0), result("edge", id_top1=identity)])
    assert student_keeps_up(rows)[0] == verdict
    assert student_keeps_up(grouped([result("c", id_top1=95.0)]))[0] == "not run"


@pytest.mark.parametrize(("lost", "verdict"), [(1, "met"), (8, "undecided"), (30, "**missed**")])
def test_the_student_s_loss_has_an_interval(lost, verdict):
    hits = np.where(np.arange(300) % 20, 100.0, 0.0)
    fewer = hits.copy()
    fewer[np.flatnonzero(hits)[:lost]] = 0.0
    rows = [paired("c", {"id_top1": hits}), paired("edge", {"id_top1": fewer})]
    assert student_keeps_up(grouped(rows))[0] == verdict
