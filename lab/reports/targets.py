"""The lab's own bars: for C and D, for the student, and for the networks that all rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..experiment.swappers import CANDIDATES, OTHER_JUDGE, STUDENT, TEACHER, TRUTH, name_of
from .claims import NOT_RUN, UNDECIDED, answer_of, numbers_of
from .comparison import difference, spread_of
from .seed_groups import Group

MET, MISSED = "met", "**missed**"


@dataclass(frozen=True)
class Target:
    """A number to be reached.

    Attributes:
        words: what it is.
        metric: by which.
        bar: the number; of a ``share``, nothing.
        higher: whether higher is better.
        share: of the right answer's own number, in place of a bar; 0: there is a bar.
    """

    words: str
    metric: str
    bar: float = np.nan
    higher: bool = False
    share: float = 0.0

    def bar_with(self, answer: float) -> float:
        """The bar where the right answer's own number is known: it asks for nothing better."""
        if self.share:
            return self.share * answer
        if not np.isfinite(answer):
            return self.bar
        return min(self.bar, answer) if self.higher else max(self.bar, answer)

    def is_met_by(self, value: float, answer: float = np.nan) -> bool:
        """Tells whether a value is as good as the bar, or better."""
        bar = self.bar_with(answer)
        return value >= bar if self.higher else value <= bar


# Points of ID that the student may lie below its teacher.
STUDENT_MAY_LOSE = 3.0

# What C or D is to reach in the lab, trained as all are or longer.
TARGETS = (
    Target("ID, at least 95 % of the right answer's", "id_top1", higher=True, share=0.95),
    Target("pose, mean of the three angles, degrees, at most 2.0", "pose_angle", 2.0),
    Target(
        f"source found first by {OTHER_JUDGE}, %, at least 60",
        f"{OTHER_JUDGE}/id_top1",
        60.0,
        higher=True,
    ),
    Target(f"target found first by {OTHER_JUDGE}, %, at most 5", f"{OTHER_JUDGE}/id_target", 5.0),
    Target("hair leak, at most the right answer's own", "hair_leak", share=1.0),
)
_AREA = "area under the ROC curve, at least 0.995"
_ACCEPTANCE = "true acceptance at 0.1 % false, at least 0.90"
# What the lab's own encoders and regressors are to reach on held-out people, by their names.
NETWORK_TARGETS = {
    **{
        name: (
            Target(_AREA, "auc", 0.995, True),
            Target(_ACCEPTANCE, "tar_at_far_0.001", 0.90, True),
        )
        for name in ("arcface", "cosface")
    },
    "pose": (Target("mean error of the three angles, degrees, at most 2.0", "pose_error", 2.0),),
    "expression": (
        Target("area under the ROC curve, at least 0.95", "same_expression_auc", 0.95, True),
    ),
}  # fmt: skip


def reached(target: Target, groups: Mapping[str, Group]) -> tuple[str, str]:
    """Tells which of C and D reach a number, and which numbers they and the right answer have.

    Open where the interval, over seeds where there are several, holds the bar.
    """
    answer = answer_of(groups, target.metric)
    verdicts, numbers = [], []
    for name in CANDIDATES:
        entry = groups[name].metrics().get(target.metric, {}) if name in groups else {}
        value = entry.get("judged") if entry.get("failed") else entry.get("value")
        if value is None or not np.isfinite(target.bar_with(answer)):
            continue
        ends = [value if entry.get(end) is None else entry[end] for end in _ends(entry)]
        said = {target.is_met_by(end, answer) for end in (*ends, value)}
        verdict = UNDECIDED if len(said) > 1 else MET if said.pop() else MISSED
        verdicts.append(f"{name_of(name)} {verdict}")
        numbers.append(f"{name_of(name)} {value:.2f} ({ends[0]:.2f} to {ends[1]:.2f})")
    if np.isfinite(answer):
        numbers.append(f"{name_of(TRUTH)} {answer:.2f}")
    return ", ".join(verdicts) or NOT_RUN, ", ".join(numbers) if verdicts else ""


def student_keeps_up(groups: Mapping[str, Group]) -> tuple[str, str]:
    """Judges whether the small generator swaps nearly as well as the one that it learnt from.

    Open where the 95 % interval of the difference holds the bar.
    """
    if not {STUDENT, TEACHER} <= set(groups):
        return NOT_RUN, ""
    student, teacher = groups[STUDENT], groups[TEACHER]
    found = difference(student, teacher, "id_top1", spread_of(groups, "id_top1"))
    numbers = numbers_of((student, teacher), "id_top1", found)
    if found is None:
        return NOT_RUN, numbers
    if found.low < -STUDENT_MAY_LOSE <= found.high:
        return UNDECIDED, numbers
    return (MET if found.value >= -STUDENT_MAY_LOSE else MISSED), numbers


def _ends(entry: Mapping) -> tuple[str, str]:
    judged = entry.get("failed") and entry.get("judged_low") is not None
    return ("judged_low", "judged_high") if judged else ("low", "high")
