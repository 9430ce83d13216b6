"""The paper's claims, over seeds and against the right answer: held or not, by which numbers."""

import numpy as np
import pytest

from facedancer.lab.reports.claims import CLAIMS, judge, published
from facedancer.lab.reports.seed_groups import grouped
from facedancer.lab.reports.verdict_tables import claims_table

from .conftest import PROTOCOL, paired, result, seeds

POSE = CLAIMS[0]
FID = next(claim for claim in CLAIMS if claim.metric == "fid_clean")


def verdict(claim, *rows):
    return judge(claim, grouped(rows))[0]


@pytest.mark.parametrize(
    ("b", "a", "said"),
    [
        ((2.0, 2.1, 1.9), (3.0, 3.1, 2.9), "held"),
        ((3.0, 3.1, 2.9), (2.0, 2.1, 1.9), "**not held**"),
        # The means are as far apart as above, but seeds are farther.
        ((2.0, 3.5, 0.5), (3.0, 4.5, 1.5), "undecided"),
    ],
)
def test_a_claim_is_judged_by_how_far_seeds_lie_apart(b, a, said):
    assert (POSE.better, POSE.worse, POSE.metric, POSE.higher) == ("b", "a", "pose", False)
    rows = [*seeds("b", *b, metric="pose"), *seeds("a", *a, metric="pose")]
    found, numbers = judge(POSE, grouped(rows))
    assert found == said
    assert numbers.startswith(f"B {np.mean(b):.2f} (3 seeds), A {np.mean(a):.2f} (3 seeds); diff")


def test_a_swapper_of_one_seed_is_taken_to_spread_as_the_others():
    claim = next(one for one in CLAIMS if (one.better, one.worse) == ("b", "baseline_1"))
    steady = seeds("a", 90.0, 90.5, 89.5)
    rows = [*seeds("b", 95.0, 95.5, 94.5), result("baseline_1", id_top1=90.0)]
    assert verdict(claim, *steady, *rows) == "held"
    unsteady = seeds("a", 90.0, 99.0, 81.0)
    assert verdict(claim, *unsteady, *rows) == "undecided"


def test_a_claim_for_more_is_judged_the_other_way():
    claim = next(claim for claim in CLAIMS if claim.higher)
    high, low = (90.0, 90.1, 89.9), (80.0, 80.1, 79.9)
    assert verdict(claim, *seeds(claim.better, *high), *seeds(claim.worse, *low)) == "held"
    rows = [*seeds(claim.better, *low), *seeds(claim.worse, *high)]
    assert verdict(claim, *rows) == "**not held**"


def test_nobody_is_better_than_the_right_answer():
    b, a = seeds("b", 2.0, 2.1, 1.9, metric="pose"), seeds("a", 3.0, 3.1, 2.9, metric="pose")
    # The right answer has an error of 4: both have kept more of the target than it does.
    found, numbers = judge(POSE, grouped([result("truth", pose=4.0), *b, *a]))
    assert found == "undecided" and ", against output = truth 4.00; difference 0.00" in numbers
    # One of 2.5 is reached by B, and not by A.
    found, numbers = judge(POSE, grouped([result("truth", pose=2.5), *b, *a]))
    assert found == "held" and "difference -0.50" in numbers
    claim = next(claim for claim in CLAIMS if claim.higher)
    rows = [*seeds(claim.better, 99.0, 99.1, 98.9), *seeds(claim.worse, 96.0, 96.1, 95.9)]
    assert verdict(claim, *rows) == "held"
    assert verdict(claim, result("truth", id_top1=92.0), *rows) == "undecided"


def test_fid_is_that_of_pictures_without_noise():
    d, b = (seeds(n, *v, metric="fid_clean") for n, v in (("b", (2, 2.1)), ("a", (9, 9.1))))
    assert verdict(FID, *d, *b) == "held"
    noisy = [result("b", fid=2.0), result("a", fid=9.0)]
    assert verdict(FID, *noisy) == "not run"


def test_failed_swaps_can_not_make_a_claim_hold():
    pose = np.random.default_rng(0).gamma(2.0, 2.0, 300)
    failed = np.arange(300) % 2 == 0
    # B is perfect where a face is found in its swaps at all.
    found = np.where(failed, np.nan, 0.0)
    b = paired("b", {"pose": found, "failed": failed})
    b.evaluation["metrics"]["pose"] |= {
        "value": 0.0, "failed": 50.0, "judged": 90.0, "judged_low": 80.0, "judged_high": 99.0
    }  # fmt: skip
    said, numbers = judge(POSE, grouped([paired("a", {"pose": pose}), b]))
    assert said == "**not held**" and numbers.startswith("B 90.00, A")


def test_differences_pair_by_pair_are_surer_than_two_intervals():
    hard = np.random.default_rng(0).gamma(2.0, 2.0, 300)
    said, numbers = judge(
        POSE, grouped([paired("a", {"pose": hard}), paired("b", {"pose": hard - 0.1})])
    )
    assert said == "held" and numbers.endswith("; difference -0.10 (-0.10 to -0.10)")
    noise = np.random.default_rng(1).normal(0, 1, 300)
    noise -= noise.mean() + 0.01
    rows = paired("a", {"pose": hard}), paired("b", {"pose": hard + noise})
    assert verdict(POSE, *rows) == "undecided"
    # Other pairs have no differences, and neither has FID.
    other = {**PROTOCOL, "pairs": {"count": 300, "seed": 1}}
    rows = paired("a", {"pose": hard}), paired("b", {"pose": hard - 0.1}, other)
    assert verdict(POSE, *rows) == "undecided"
    rows = [result("a", spread=1.0, fid_clean=3.0), result("b", spread=1.0, fid_clean=2.5)]
    assert judge(FID, grouped(rows)) == (
        "undecided",
        "B 2.50, A 3.00; difference -0.50 (-1.91 to 0.91)",
    )


def test_what_was_not_run_is_said():
    assert verdict(POSE, result("a", pose=1.0)) == "not run"
    assert verdict(POSE, result("a", pose=1.0), result("b", fid=1.0)) == "not run"


def test_the_paper_s_own_numbers_stand_beside_each_claim():
    concatenation = next(c for c in CLAIMS if c.better == "b" and c.worse == "baseline_1")
    assert published(concatenation) == "not held: 96.96, 97.66"
    assert published(FID) == "held: 23.11, 31.63"
    table = claims_table({})
    assert table.count("| not run |") == len(CLAIMS)
    assert "| held: 2.48, 3.61 |" in table
