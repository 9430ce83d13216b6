"""How two swappers differ on the same pairs, which is surer than what each scores alone."""

import numpy as np

from facedancer.evaluation.metrics.intervals import mean_interval

from .stored_results import SwapperResult


def difference(
    one: SwapperResult, other: SwapperResult, metric: str
) -> tuple[float, float, float] | None:
    """The mean of ``one``'s minus ``other``'s scores, pair by pair, and its 95 % interval's ends.

    None where the metric has no scores of single pairs, as FID has none, where they are not stored,
    or where the pairs are others.
    """
    if metric not in one.scores or metric not in other.scores:
        return None
    if one.evaluation["protocol"]["pairs"] != other.evaluation["protocol"]["pairs"]:
        return None
    differences = one.scores[metric].astype(np.float64) - other.scores[metric]
    ends = mean_interval(differences, one.scores["target_person"], one.scores["source_person"])
    if not np.isfinite(ends).all():
        return None
    return float(np.nanmean(differences)), *ends
