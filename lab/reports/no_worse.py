"""Bars of one swapper against another: so much better, or no worse, over seeds."""

from collections.abc import Callable, Mapping

from .claims import HELD, NOT_HELD, NOT_RUN, UNDECIDED
from .comparison import Difference, difference, spread_of
from .seed_groups import Group

# Degrees by which the pose error may rise.
POSE_MAY_RISE = 0.1


def compared(groups: Mapping[str, Group], one: str, other: str, metric: str) -> Difference | None:
    """The difference of two swappers; None where one of them was not measured."""
    if not {one, other} <= set(groups):
        return None
    return difference(groups[one], groups[other], metric, spread_of(groups, metric))


def pose_stays(found: Difference | None) -> str:
    """Tells whether the pose error is higher by at most `POSE_MAY_RISE`."""
    return _verdict(found, lambda value: value <= POSE_MAY_RISE)


def id_stays(found: Difference | None) -> str:
    """Tells whether ID is no lower: held where all of the interval is, open where it holds 0."""
    return _verdict(found, lambda value: value >= 0)


def _verdict(found: Difference | None, is_met: Callable[[float], bool]) -> str:
    if found is None:
        return NOT_RUN
    said = {is_met(found.low), is_met(found.high)}
    return UNDECIDED if len(said) > 1 else HELD if said.pop() else NOT_HELD
