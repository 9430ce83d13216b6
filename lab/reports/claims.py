"""The paper's claims, checked on the lab's numbers: each is held, not held or undecided."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facedancer.evaluation.reports.published import TABLE_2

from ..experiment.swappers import STUDENT, TEACHER, TRUTH, name_of
from .stored_results import SwapperResult

HELD, NOT_HELD, UNDECIDED, NOT_RUN = "held", "**not held**", "undecided", "not run"
MET, MISSED = "met", "**missed**"


@dataclass(frozen=True)
class Claim:
    """That one configuration is better than another.

    Attributes:
        words: the paper's claim.
        better: the name of the configuration that is to be better.
        worse: the other.
        metric: by which.
        higher: whether higher is better.
    """

    words: str
    better: str
    worse: str
    metric: str
    higher: bool = False


# The paper's Table 2, and section 4.3 on it.
CLAIMS = (
    Claim("IFSR lowers the pose error (A, B)", "b", "a", "pose"),
    Claim("IFSR lowers the expression error (A, B)", "b", "a", "expression"),
    Claim("AFFA, not concatenation, raises ID (B, baseline 1)", "b", "baseline_1", "id_top1", True),
    Claim("AFFA, not addition, raises ID (B, baseline 2)", "b", "baseline_2", "id_top1", True),
    Claim("AFFA, concatenated last, raises ID (C, baseline 1)", "c", "baseline_1", "id_top1", True),
    Claim("C lowers B's FID", "c", "b", "fid"),
    Claim("D lowers B's FID", "d", "b", "fid"),
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A number to be reached.

    Attributes:
        words: what it is.
        metric: by which.
        bar: the number.
        higher: whether higher is better.
    """

    words: str
    metric: str
    bar: float
    higher: bool = False

    def is_met_by(self, value: float) -> bool:
        """Whether a value is as good as the bar, or better."""
        return value >= self.bar if self.higher else value <= self.bar


# Points of ID that the student may lie below its teacher.
_STUDENT_MAY_LOSE = 3.0

# What C or D is to reach in the lab.
TARGETS = (
    Target("ID, %, at least 95", "id_top1", 95.0, True),
    Target("pose, mean of the three angles, degrees, at most 2.0", "pose_angle", 2.0),
    Target("pose, L2 of the three angles, degrees, at most 2.0", "pose", 2.0),
)
_CANDIDATES = ("c", "d")

_AREA = "area under the ROC curve, at least 0.998"
_ACCEPTANCE = "true acceptance at 0.1 % false, at least 0.95"
# What the lab's own encoders and regressors are to reach on held-out people, by their names.
NETWORK_TARGETS = {
    **{
        name: (
            Target(_AREA, "auc", 0.998, True),
            Target(_ACCEPTANCE, "tar_at_far_0.001", 0.95, True),
        )
        for name in ("arcface", "cosface")
    },
    "pose": (Target("mean error of the three angles, degrees, at most 2.0", "pose_error", 2.0),),
    "expression": (
        Target("area under the ROC curve, at least 0.95", "same_expression_auc", 0.95, True),
    ),
}  # fmt: skip


def judge(claim: Claim, results: Mapping[str, SwapperResult]) -> tuple[str, str]:
    """The verdict on a claim, and the numbers that it rests on.

    The two evaluations are of the same pairs, so where their 95 % intervals overlap the question
    is left open, which is more cautious than a test of the difference would be. One training each
    says nothing of what another seed would give.
    """
    if not {claim.better, claim.worse} <= set(results):
        return NOT_RUN, ""
    better, worse = (results[name].value(claim.metric) for name in (claim.better, claim.worse))
    numbers = (
        f"{name_of(claim.better)} {interval(better)}, {name_of(claim.worse)} {interval(worse)}"
    )
    if not np.isfinite([*better, *worse]).all():
        return NOT_RUN, numbers
    if better[1] <= worse[2] and worse[1] <= better[2]:
        return UNDECIDED, numbers
    return (HELD if (better[0] > worse[0]) == claim.higher else NOT_HELD), numbers


def published(claim: Claim) -> str:
    """What the paper's Table 2 says of a claim: whether it holds there, and by which numbers."""
    column = ("id_top1", "pose", "expression", "fid").index(claim.metric)
    better, worse = (TABLE_2[name_of(name)][column] for name in (claim.better, claim.worse))
    verdict = "held" if (better > worse) == claim.higher else "not held"
    return f"{verdict}: {better:.2f}, {worse:.2f}"


def reached(target: Target, results: Mapping[str, SwapperResult]) -> tuple[str, str]:
    """Which of C and D reach a number, and which numbers they and the perfect swap have."""
    known = {
        name: value
        for name in (*_CANDIDATES, TRUTH)
        if name in results and np.isfinite(value := results[name].value(target.metric)[0])
    }
    numbers = ", ".join(f"{name_of(name)} {value:.2f}" for name, value in known.items())
    verdicts = [
        f"{name_of(name)} {MET if target.is_met_by(known[name]) else MISSED}"
        for name in _CANDIDATES
        if name in known
    ]
    return ", ".join(verdicts) or NOT_RUN, numbers


def student_keeps_up(results: Mapping[str, SwapperResult]) -> tuple[str, str]:
    """Whether the small generator swaps nearly as well as the one that it learnt from."""
    if not {STUDENT, TEACHER} <= set(results):
        return NOT_RUN, ""
    student, teacher = (results[name].value("id_top1") for name in (STUDENT, TEACHER))
    numbers = f"{name_of(STUDENT)} {interval(student)}, {name_of(TEACHER)} {interval(teacher)}"
    if not np.isfinite([student[0], teacher[0]]).all():
        return NOT_RUN, numbers
    return (MET if student[0] >= teacher[0] - _STUDENT_MAY_LOSE else MISSED), numbers


def interval(value: tuple[float, float, float]) -> str:
    """A value with its interval."""
    return f"{value[0]:.2f} ({value[1]:.2f} to {value[2]:.2f})"
