"""The paper's claims, checked on the lab's numbers: each is held, not held or undecided."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facedancer.evaluation.reports.published import TABLE_2

from ..experiment.swappers import CANDIDATES, STUDENT, TEACHER, TRUTH, name_of
from .comparison import difference
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


# Section 4.3, on the paper's Table 2.
CLAIMS = (
    Claim("IFSR lowers the pose error (A, B)", "b", "a", "pose"),
    Claim("IFSR lowers the expression error (A, B)", "b", "a", "expression"),
    Claim("IFSR lowers FID (A, B)", "b", "a", "fid"),
    Claim("AFFA, not concatenation, raises ID (B, baseline 1)", "b", "baseline_1", "id_top1", True),
    Claim("AFFA, not addition, raises ID (B, baseline 2)", "b", "baseline_2", "id_top1", True),
    Claim("AFFA, concatenated last, raises ID (C, baseline 1)", "c", "baseline_1", "id_top1", True),
    Claim("Concatenation has the lower pose error (baseline 1, B)", "baseline_1", "b", "pose"),
    Claim("Addition has the lower pose error (baseline 2, B)", "baseline_2", "b", "pose"),
    Claim("C raises B's ID", "c", "b", "id_top1", True),
    Claim("C lowers B's FID", "c", "b", "fid"),
    Claim("D lowers B's FID", "d", "b", "fid"),
    Claim("AFFA in further stages lowers the pose error (D, C)", "d", "c", "pose"),
    Claim("AFFA in further stages lowers the expression error (D, C)", "d", "c", "expression"),
    Claim("AFFA in further stages lowers FID (D, C)", "d", "c", "fid"),
    Claim("The mapping network raises ID (D, E)", "d", "e", "id_top1", True),
    Claim("The mapping network lowers FID (D, E)", "d", "e", "fid"),
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
        """Tells whether a value is as good as the bar, or better."""
        return value >= self.bar if self.higher else value <= self.bar


# Points of ID that the student may lie below its teacher.
STUDENT_MAY_LOSE = 3.0

# What C or D is to reach in the lab, trained as all are or longer.
TARGETS = (
    Target("ID, %, at least 95", "id_top1", 95.0, True),
    Target("pose, mean of the three angles, degrees, at most 2.0", "pose_angle", 2.0),
    Target("pose, L2 of the three angles, degrees, at most 2.0", "pose", 2.0),
)
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

    Open where the 95 % interval of the difference, pair by pair, holds 0. Of FID, which no single
    pair has, where the two intervals overlap, which is more cautious. One training each says
    nothing of what another seed would give.
    """
    if not {claim.better, claim.worse} <= set(results):
        return NOT_RUN, ""
    one, other = results[claim.better], results[claim.worse]
    better, worse = one.value(claim.metric), other.value(claim.metric)
    numbers = _numbers(one, other, claim.metric)
    if not np.isfinite([*better, *worse]).all():
        return NOT_RUN, numbers
    found = difference(one, other, claim.metric)
    is_open = found[1] <= 0 <= found[2] if found else _overlap(better, worse)
    if is_open:
        return UNDECIDED, numbers
    return (HELD if (better[0] > worse[0]) == claim.higher else NOT_HELD), numbers


def published(claim: Claim) -> str:
    """Tells whether a claim holds in the paper's Table 2, and by which numbers."""
    column = ("id_top1", "pose", "expression", "fid").index(claim.metric)
    better, worse = (TABLE_2[name_of(name)][column] for name in (claim.better, claim.worse))
    verdict = "held" if (better > worse) == claim.higher else "not held"
    return f"{verdict}: {better:.2f}, {worse:.2f}"


def reached(target: Target, results: Mapping[str, SwapperResult]) -> tuple[str, str]:
    """Tells which of C and D reach a number, and which numbers they and the perfect swap have."""
    known = {
        name: value
        for name in (*CANDIDATES, TRUTH)
        if name in results and np.isfinite(value := results[name].value(target.metric)[0])
    }
    numbers = ", ".join(f"{name_of(name)} {value:.2f}" for name, value in known.items())
    verdicts = [
        f"{name_of(name)} {MET if target.is_met_by(known[name]) else MISSED}"
        for name in CANDIDATES
        if name in known
    ]
    if verdicts and TRUTH in known and not target.is_met_by(known[TRUTH]):
        verdicts.append(f"{name_of(TRUTH)} {MISSED}")
    return ", ".join(verdicts) or NOT_RUN, numbers


def student_keeps_up(results: Mapping[str, SwapperResult]) -> tuple[str, str]:
    """Judges whether the small generator swaps nearly as well as the one that it learnt from.

    Open where the 95 % interval of the difference holds the bar.
    """
    if not {STUDENT, TEACHER} <= set(results):
        return NOT_RUN, ""
    student, teacher = results[STUDENT], results[TEACHER]
    values = [one.value("id_top1")[0] for one in (student, teacher)]
    numbers = _numbers(student, teacher, "id_top1")
    if not np.isfinite(values).all():
        return NOT_RUN, numbers
    found = difference(student, teacher, "id_top1")
    if found and found[1] < -STUDENT_MAY_LOSE <= found[2]:
        return UNDECIDED, numbers
    return (MET if values[0] >= values[1] - STUDENT_MAY_LOSE else MISSED), numbers


def interval(value: tuple[float, float, float]) -> str:
    """A value with its interval."""
    return f"{value[0]:.2f} ({value[1]:.2f} to {value[2]:.2f})"


def _numbers(one: SwapperResult, other: SwapperResult, metric: str) -> str:
    """Both values, and their difference where it is known pair by pair."""
    names = name_of(one.name), name_of(other.name)
    values = interval(one.value(metric)), interval(other.value(metric))
    numbers = f"{names[0]} {values[0]}, {names[1]} {values[1]}"
    found = difference(one, other, metric)
    return f"{numbers}; difference {interval(found)}" if found else numbers


def _overlap(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    return one[1] <= other[2] and other[1] <= one[2]
