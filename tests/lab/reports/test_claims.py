"""The paper's claims and the lab's targets: held or not, by which numbers."""

import numpy as np
import pytest

from facedancer.lab.reports.claims import (
    CLAIMS,
    TARGETS,
    judge,
    published,
    reached,
    student_keeps_up,
)
from facedancer.lab.reports.tables import claims_table, targets_table

from .conftest import PROTOCOL, by_name, paired, result


@pytest.mark.parametrize(
    ("b", "a", "verdict"),
    [
        (2.0, 3.0, "held"),
        (3.0, 2.0, "**not held**"),
        (2.0, 2.1, "undecided"),
        (2.0, 2.2, "undecided"),
    ],
)
def test_a_claim_is_judged_by_its_intervals(b, a, verdict):
    claim = CLAIMS[0]
    assert (claim.better, claim.worse, claim.metric, claim.higher) == ("b", "a", "pose", False)
    found, numbers = judge(claim, by_name(result("a", pose=a), result("b", pose=b)))
    assert found == verdict
    assert f"B {b:.2f} ({b - 0.1:.2f} to {b + 0.1:.2f})" in numbers


def test_a_claim_for_more_is_judged_the_other_way():
    claim = next(claim for claim in CLAIMS if claim.higher)
    rows = by_name(result(claim.better, id_top1=90.0), result(claim.worse, id_top1=80.0))
    assert judge(claim, rows)[0] == "held"
    rows = by_name(result(claim.better, id_top1=80.0), result(claim.worse, id_top1=90.0))
    assert judge(claim, rows)[0] == "**not held**"


def test_failed_swaps_can_not_make_a_claim_hold():
    claim = CLAIMS[0]
    pose = np.random.default_rng(0).gamma(2.0, 2.0, 300)
    failed = np.arange(300) % 2 == 0
    # B is perfect where a face is found in its swaps at all.
    found = np.where(failed, np.nan, 0.0)
    rows = by_name(paired("a", {"pose": pose}), paired("b", {"pose": found, "failed": failed}))
    b = rows["b"].evaluation["metrics"]["pose"]
    b |= {"value": 0.0, "failed": 50.0, "judged": 90.0, "judged_low": 80.0, "judged_high": 99.0}
    verdict, numbers = judge(claim, rows)
    assert verdict == "**not held**" and numbers.startswith("B 90.00 (80.00 to 99.00)")
    target = next(one for one in TARGETS if one.metric == "pose")
    perfect = paired("c", {"pose": found, "failed": failed})
    perfect.evaluation["metrics"]["pose"] |= b
    assert reached(target, by_name(perfect)) == ("C **missed**", "C 90.00")


def test_differences_pair_by_pair_are_surer_than_two_intervals():
    claim = CLAIMS[0]
    hard = np.random.default_rng(0).gamma(2.0, 2.0, 300)
    rows = by_name(paired("a", {"pose": hard}), paired("b", {"pose": hard - 0.1}))
    verdict, numbers = judge(claim, rows)
    assert verdict == "held"
    assert numbers.endswith("; difference -0.10 (-0.10 to -0.10)")
    noise = np.random.default_rng(1).normal(0, 1, 300)
    noise -= noise.mean() + 0.01
    rows = by_name(paired("a", {"pose": hard}), paired("b", {"pose": hard + noise}))
    assert judge(claim, rows)[0] == "undecided"
    # Other pairs have no differences, and neither has FID.
    other = {**PROTOCOL, "pairs": {"count": 300, "seed": 1}}
    rows = by_name(paired("a", {"pose": hard}), paired("b", {"pose": hard - 0.1}, other))
    assert judge(claim, rows)[0] == "undecided"
    fid = next(claim for claim in CLAIMS if claim.metric == "fid")
    rows = by_name(paired("a", {"pose": hard}, fid=3.0), paired("b", {"pose": hard}, fid=2.5))
    assert judge(fid, rows) == ("undecided", "B 2.50 (1.50 to 3.50), A 3.00 (2.00 to 4.00)")


def test_what_was_not_run_is_said():
    assert judge(CLAIMS[0], by_name(result("a", pose=1.0)))[0] == "not run"
    assert judge(CLAIMS[0], by_name(result("a", pose=1.0), result("b", fid=1.0)))[0] == "not run"
    assert reached(TARGETS[0], by_name(result("b", id_top1=99.0)))[0] == "not run"


def test_c_and_d_are_held_to_a_target_each():
    identity, angle, pose = TARGETS
    rows = by_name(result("c", id_top1=96.0, pose=2.5), result("d", id_top1=94.0, pose=2.0))
    assert reached(identity, rows) == ("C met, D **missed**", "C 96.00, D 94.00")
    rows |= by_name(result("truth", id_top1=99.0))
    assert reached(identity, rows)[1] == "C 96.00, D 94.00, output = truth 99.00"
    assert reached(pose, rows)[0] == "C **missed**, D met"
    out_of_reach = rows | by_name(result("truth", pose=2.1))
    assert reached(pose, out_of_reach)[0] == "C **missed**, D met, output = truth **missed**"
    assert reached(angle, rows | by_name(result("d", pose_angle=1.6)))[0] == "D met"


def test_the_paper_s_own_numbers_stand_beside_each_claim():
    concatenation = next(c for c in CLAIMS if c.better == "b" and c.worse == "baseline_1")
    assert published(concatenation) == "not held: 96.96, 97.66"
    table = claims_table({})
    assert table.count("| not run |") == len(CLAIMS)
    assert "| held: 2.48, 3.61 |" in table


def test_networks_are_held_to_their_targets():
    networks = {"cosface": {"auc": 0.9987, "tar_at_far_0.001": 0.941}, "pose": {"pose_error": 1.9}}
    lines = targets_table({}, networks).splitlines()
    assert "| cosface: area under the ROC curve, at least 0.998 | met | 0.9987 |" in lines
    assert any(
        line.startswith("| cosface: true acc") and "| **missed** |" in line for line in lines
    )
    assert any(line.startswith("| pose: ") and line.endswith("| met | 1.9 |") for line in lines)
    assert any(line.startswith("| arcface: ") and "| not run |" in line for line in lines)


@pytest.mark.parametrize(("identity", "verdict"), [(93.0, "met"), (91.9, "**missed**")])
def test_the_student_may_lose_three_points(identity, verdict):
    rows = by_name(result("c", id_top1=95.0), result("edge", id_top1=identity))
    assert student_keeps_up(rows)[0] == verdict
    assert student_keeps_up(by_name(result("c", id_top1=95.0)))[0] == "not run"


@pytest.mark.parametrize(("lost", "verdict"), [(1, "met"), (8, "undecided"), (30, "**missed**")])
def test_the_student_s_loss_has_an_interval(lost, verdict):
    hits = np.where(np.arange(300) % 20, 100.0, 0.0)
    fewer = hits.copy()
    fewer[np.flatnonzero(hits)[:lost]] = 0.0
    rows = by_name(paired("c", {"id_top1": hits}), paired("edge", {"id_top1": fewer}))
    assert student_keeps_up(rows)[0] == verdict
