"""The difference of two swappers on the same pairs, which is surer than what each scores alone."""

import numpy as np

from facedancer.evaluation.metrics.intervals import mean_interval
from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.reports.summary import FAILED

from .stored_results import SwapperResult


def difference(
    one: SwapperResult, other: SwapperResult, metric: str
) -> tuple[float, float, float] | None:
    """The mean of ``one``'s minus ``other``'s scores, pair by pair, and its 95 % interval's ends.

    A swap that failed counts as the worst there is: it can't make its swapper the better one.

    None where the metric has no scores of single pairs, as FID has none, where they are not stored,
    or where the pairs are others.
    """
    if metric not in one.scores or metric not in other.scores:
        return None
    if one.evaluation["protocol"]["pairs"] != other.evaluation["protocol"]["pairs"]:
        return None
    differences = _with_failures(one, metric) - _with_failures(other, metric)
    ends = mean_interval(differences, one.scores["target_person"], one.scores["source_person"])
    if not np.isfinite(ends).all():
        return None
    return float(np.nanmean(differences)), *ends


def _with_failures(result: SwapperResult, metric: str) -> np.ndarray:
    scores = result.scores[metric].astype(np.float64)
    failed = result.scores.get(FAILED, np.zeros(len(scores), bool))
    return np.where(failed, METRICS[metric].worst, scores)
