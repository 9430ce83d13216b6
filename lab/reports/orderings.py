"""The paper's orderings of FaceDancer and its rivals (its Table 1), checked on the lab's numbers.

With several seeds of a network, every pairing of seeds must agree: one training may be lucky.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..experiment.further_runs import FURTHER
from ..experiment.swappers import name_of
from .claims import HELD, NOT_RUN, UNDECIDED, Claim, judge
from .stored_results import SwapperResult

_FACEDANCER, _RIVALS = "c", ("face_shifter", "sim_swap", "hifi_face")
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
        return tuple(name for name in (_FACEDANCER, *_RIVALS) if name != self.best)


# Section 4.1, on the paper's Table 1.
ORDERINGS = (
    Ordering("FaceDancer has the highest ID", "c", "id_top1", True),
    Ordering("SimSwap has the lowest pose error", "sim_swap", "pose"),
    Ordering(
        "HifiFace has the best face shape, its outline", "hifi_face", "shape_silhouette", True
    ),
    Ordering("HifiFace has the best face shape, its inside", "hifi_face", "shape_inner", True),
)


def seeds_of(name: str, results: Mapping[str, SwapperResult]) -> list[str]:
    """The names of a network's runs that were evaluated, each with another seed."""
    names = [name, *(other for other, run in FURTHER.items() if run.of == name)]
    return [one for one in names if one in results]


def judge_ordering(
    ordering: Ordering, other: str, results: Mapping[str, SwapperResult]
) -> tuple[str, str]:
    """The verdict on an ordering against one of its others, and the numbers that it rests on.

    Held or not held where every pairing of the two networks' seeds is; else undecided.
    """
    pairings = [
        (best, worse)
        for best in seeds_of(ordering.best, results)
        for worse in seeds_of(other, results)
    ]
    judged = [
        judge(Claim(ordering.words, *names, ordering.metric, ordering.higher), results)
        for names in pairings
    ]
    judged = [one for one in judged if one[0] != NOT_RUN]
    if not judged:
        return NOT_RUN, ""
    verdicts, numbers = {verdict for verdict, _ in judged}, judged[0][1]
    if len(judged) > 1:
        held = sum(verdict == HELD for verdict, _ in judged)
        numbers += f"; held in {held} of {len(judged)} pairings of seeds"
    if ordering.metric in _SHAPES and _is_beyond(ordering.metric, pairings, results):
        return UNDECIDED, f"{numbers}; one lies beyond 1"
    return (verdicts.pop() if len(verdicts) == 1 else UNDECIDED), numbers


def _is_beyond(
    metric: str, pairings: list[tuple[str, str]], results: Mapping[str, SwapperResult]
) -> bool:
    names = {name for names in pairings for name in names}
    return any(results[name].value(metric)[0] > 1 for name in names)


def orderings_table(results: Mapping[str, SwapperResult]) -> str:
    """Each of the paper's orderings, against each other network."""
    lines = ["| the paper's ordering | against | lab | numbers |", "|---|---|---|---|"]
    for ordering in ORDERINGS:
        for other in ordering.others:
            verdict, numbers = judge_ordering(ordering, other, results)
            words = "FaceDancer C" if other == _FACEDANCER else name_of(other)
            lines.append(f"| {ordering.words} | {words} | {verdict} | {numbers} |")
    return "\n".join(lines)
