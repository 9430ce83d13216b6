"""The paper's claims, checked on the lab's numbers: each is held, not held or undecided."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facedancer.evaluation.reports.published import TABLE_2

from ..experiment.swappers import TRUTH, name_of
from .comparison import Difference, capped, difference, spread_of
from .seed_groups import Group

HELD, NOT_HELD, UNDECIDED, NOT_RUN = "held", "**not held**", "undecided", "not run"
# Of the paper's table the column that a metric stands for.
_PUBLISHED = {"id_top1": 0, "pose": 1, "expression": 2, "fid_clean": 3}


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
    Claim("IFSR lowers FID (A, B)", "b", "a", "fid_clean"),
    Claim("AFFA, not concatenation, raises ID (B, baseline 1)", "b", "baseline_1", "id_top1", True),
    Claim("AFFA, not addition, raises ID (B, baseline 2)", "b", "baseline_2", "id_top1", True),
    Claim("AFFA, concatenated last, raises ID (C, baseline 1)", "c", "baseline_1", "id_top1", True),
    Claim("Concatenation has the lower pose error (baseline 1, B)", "baseline_1", "b", "pose"),
    Claim("Addition has the lower pose error (baseline 2, B)", "baseline_2", "b", "pose"),
    Claim("C raises B's ID", "c", "b", "id_top1", True),
    Claim("C lowers B's FID", "c", "b", "fid_clean"),
    Claim("D lowers B's FID", "d", "b", "fid_clean"),
    Claim("AFFA in further stages lowers the pose error (D, C)", "d", "c", "pose"),
    Claim("AFFA in further stages lowers the expression error (D, C)", "d", "c", "expression"),
    Claim("AFFA in further stages lowers FID (D, C)", "d", "c", "fid_clean"),
    Claim("The mapping network raises ID (D, E)", "d", "e", "id_top1", True),
    Claim("The mapping network lowers FID (D, E)", "d", "e", "fid_clean"),
)  # fmt: skip


def judge(claim: Claim, groups: Mapping[str, Group]) -> tuple[str, str]:
    """The verdict on a claim, and the numbers that it rests on.

    Over seeds, and against the right answer's own value: who is better than that counts as good as
    it. Open where the 95 % interval of the difference holds 0.
    """
    if not {claim.better, claim.worse} <= set(groups):
        return NOT_RUN, ""
    one, other = groups[claim.better], groups[claim.worse]
    answer = answer_of(groups, claim.metric)
    spread = spread_of(groups, claim.metric, answer, claim.higher)
    found = difference(one, other, claim.metric, spread, answer, claim.higher)
    numbers = numbers_of((one, other), claim.metric, found, answer, claim.higher)
    if found is None:
        return NOT_RUN, numbers
    if found.low <= 0 <= found.high:
        return UNDECIDED, numbers
    return (HELD if (found.value > 0) == claim.higher else NOT_HELD), numbers


def published(claim: Claim) -> str:
    """Tells whether a claim holds in the paper's Table 2, and by which numbers."""
    column = _PUBLISHED[claim.metric]
    better, worse = (TABLE_2[name_of(name)][column] for name in (claim.better, claim.worse))
    verdict = "held" if (better > worse) == claim.higher else "not held"
    return f"{verdict}: {better:.2f}, {worse:.2f}"


def answer_of(groups: Mapping[str, Group], metric: str) -> float:
    """The right answer's own number; NaN where it was not measured."""
    return float(groups[TRUTH].values(metric)[0]) if TRUTH in groups else np.nan


def numbers_of(
    swappers: tuple[Group, Group],
    metric: str,
    found: Difference | None,
    answer: float = np.nan,
    higher: bool = False,
) -> str:
    """Both swappers' means over their seeds, what is capped, and the difference."""
    words, is_capped = [], False
    for group in swappers:
        values = group.values(metric)
        known = values[np.isfinite(values)]
        if not len(known):
            continue
        is_capped |= bool(np.any(capped(known, answer, higher) != known))
        seeds = f" ({len(known)} seeds)" if len(known) > 1 else ""
        words.append(f"{name_of(group.name)} {known.mean():.2f}{seeds}")
    numbers = ", ".join(words)
    if is_capped:
        numbers += f", against {name_of(TRUTH)} {answer:.2f}"
    return f"{numbers}; difference {found.words}" if found else numbers
