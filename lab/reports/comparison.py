"""The difference of two swappers over their seeds, on the same pairs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from facedancer.evaluation.metrics.intervals import mean_interval
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.reports.summary import FAILED

from .seed_groups import Group
from .spread import Spread, pooled
from .stored_results import SwapperResult


@dataclass(frozen=True)
class Difference:
    """``one``'s mean minus ``other``'s, with the ends of its 95 % interval.

    Attributes:
        value: of it.
        low: end of the interval.
        high: the other end.
        over_seeds: whether the interval knows how far seeds lie apart.
    """

    value: float
    low: float
    high: float
    over_seeds: bool

    @property
    def words(self) -> str:
        """The number and its interval."""
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def capped(values: np.ndarray, answer: float, higher: bool) -> np.ndarray:
    """Numbers of swappers, none of them better than the right answer's own.

    Who keeps more of the target than the right answer does has the lower pose error and has not
    swapped better.

    Args:
        values: any.
        answer: the right answer's; NaN: not known.
        higher: whether higher is better.
    """
    if not np.isfinite(answer):
        return values
    return np.minimum(values, answer) if higher else np.maximum(values, answer)


def spread_of(
    groups: Mapping[str, Group], metric: str, answer: float = np.nan, higher: bool = False
) -> Spread | None:
    """Pools how far seeds lie apart, over all swappers that have several."""
    return pooled(_known(group, metric, answer, higher) for group in groups.values())


def difference(
    one: Group,
    other: Group,
    metric: str,
    spread: Spread | None,
    answer: float = np.nan,
    higher: bool = False,
) -> Difference | None:
    """Compares two swappers.

    The interval adds up, as deviations do, what another seed would change, by ``spread``, and what
    other people would: of pairs whose scores are stored by the difference pair by pair, of FID,
    which no pair has, by both intervals, which is more cautious.

    Args:
        one: of them.
        other: what it is compared with.
        metric: by which.
        spread: from `spread_of`; None: no swapper has several seeds.
        answer: the right answer's number, see `capped`; NaN: nothing is capped.
        higher: whether higher is better.

    Returns:
        None where one of them was not measured.
    """
    better, worse = (_known(group, metric, answer, higher) for group in (one, other))
    if not len(better) or not len(worse):
        return None
    value = float(better.mean() - worse.mean())
    half = _people(one, other, metric)
    if spread:
        half = float(np.hypot(half, spread.half_width(len(better), len(worse))))
    return Difference(value, value - half, value + half, spread is not None)


def _known(group: Group, metric: str, answer: float, higher: bool) -> np.ndarray:
    values = group.values(metric)
    return capped(values[np.isfinite(values)], answer, higher)


def _people(one: Group, other: Group, metric: str) -> float:
    """Half of the interval that counts people."""
    paired = _pair_by_pair(one, other, metric)
    if paired is not None:
        low, high = paired
        return (high - low) / 2
    halves = []
    for group in (one, other):
        ends = np.array([run.value(metric)[1:] for run in group.runs])
        halves.append(np.nanmean((ends[:, 1] - ends[:, 0]) / 2) if np.isfinite(ends).any() else 0.0)
    return float(np.hypot(*halves))


def _pair_by_pair(one: Group, other: Group, metric: str) -> tuple[float, float] | None:
    """The interval's ends of the mean of ``one``'s minus ``other``'s scores, seeds averaged.

    None where the metric has no scores of single pairs, where they are not stored, or where the
    pairs are others.
    """
    runs = (*one.runs, *other.runs)
    first = runs[0]
    if any(metric not in run.scores for run in runs):
        return None
    pairs = [run.evaluation["protocol"]["pairs"] for run in runs]
    if any(one != pairs[0] for one in pairs):
        return None
    means = [_mean_scores(group.runs, metric) for group in (one, other)]
    ends = mean_interval(
        means[0] - means[1], first.scores["target_person"], first.scores["source_person"]
    )
    return ends if np.isfinite(ends).all() else None


def _mean_scores(runs: Iterable[SwapperResult], metric: str) -> np.ndarray:
    """``[P]``; a swap that failed counts as the worst there is: it can't win."""
    scores = []
    for run in runs:
        values = run.scores[metric].astype(np.float64)
        failed = run.scores.get(FAILED, np.zeros(len(values), bool))
        scores.append(np.where(failed, METRICS[metric].worst, values))
    return np.mean(scores, axis=0)
