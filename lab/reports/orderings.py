"""The paper's orderings of FaceDancer and its rivals (its Table 1), on the lab's numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..experiment.further_runs import COMPARED
from ..experiment.swappers import TEACHER, name_of
from .claims import NOT_RUN, UNDECIDED, Claim, judge
from .seed_groups import Group

# A share of the way to the right shape: nearer to 1 is better, so beyond it more is no gain.
_SHAPES = ("shape_silhouette", "shape_inner")


@dataclass(frozen=True)
class Ordering:
    """That one network is better than each other one.

    Attributes:
        words: the paper's claim.
        best: the name of the run that is to be the best.
        metric: by which.
        higher: whether higher is better.
    """

    words: str
    best: str
    metric: str
    higher: bool = False

    @property
    def others(self) -> tuple[str, ...]:
        """The names of those that it is to be better than."""
        return tuple(name for name in (TEACHER, *COMPARED) if name != self.best)


# Section 4.1, on the paper's Table 1.
ORDERINGS = (
    Ordering("FaceDancer has the highest ID", "c", "id_top1", True),
    Ordering("SimSwap has the lowest pose error", "sim_swap", "pose"),
    Ordering(
        "HifiFace has the best face shape, its outline", "hifi_face", "shape_silhouette", True
    ),
    Ordering("HifiFace has the best face shape, its inside", "hifi_face", "shape_inner", True),
)


def judge_ordering(ordering: Ordering, other: str, groups: Mapping[str, Group]) -> tuple[str, str]:
    """The verdict on an ordering against one of its others, and the numbers that it rests on.

    As `claims.judge` gives it: over seeds.
    """
    names = ordering.best, other
    verdict, numbers = judge(
        Claim(ordering.words, *names, ordering.metric, ordering.higher), groups
    )
    if verdict != NOT_RUN and ordering.metric in _SHAPES:
        values = [groups[name].values(ordering.metric).mean() for name in names]
        if max(values) > 1:
            return UNDECIDED, f"{numbers}; one lies beyond 1"
    return verdict, numbers


def orderings_table(groups: Mapping[str, Group]) -> str:
    """Each of the paper's orderings, against each other network."""
    lines = ["| the paper's ordering | against | lab | numbers |", "|---|---|---|---|"]
    for ordering in ORDERINGS:
        for other in ordering.others:
            verdict, numbers = judge_ordering(ordering, other, groups)
            words = "FaceDancer C" if other == TEACHER else name_of(other)
            lines.append(f"| {ordering.words} | {words} | {verdict} | {numbers} |")
    return "\n".join(lines)
