"""How sure a number is: intervals by resampling whole people.

Swaps of one target person, or of frames of one video, are alike: they count as one draw (a cluster
bootstrap), else ten frames of each video would make an interval three times too narrow.
"""

from collections.abc import Callable

import numpy as np

_RESAMPLES = 1_000
_CONFIDENCE = 0.95
# Two-sided, of a normal distribution, for `_CONFIDENCE`.
_DEVIATIONS = 1.96


def mean_interval(values: np.ndarray, groups: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of a mean, by percentiles of the resampled means.

    Args:
        values: ``[P]``; NaN does not count.
        groups: ``[P]`` int, equal for what is drawn together.
        seed: of the resampling.

    Returns:
        Its two ends; NaN where fewer than two groups have a value: one tells nothing of others.
    """
    known = np.isfinite(values)
    values, groups = np.asarray(values, np.float64)[known], np.asarray(groups)[known]
    if len(np.unique(groups)) < 2:
        return np.nan, np.nan
    _, group = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(group, values), np.bincount(group)
    draws = np.random.default_rng(seed).integers(len(sums), size=(_RESAMPLES, len(sums)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    tail = 100 * (1 - _CONFIDENCE) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


def statistic_interval(
    statistic: Callable[[np.ndarray], float],
    groups: np.ndarray,
    seed: int = 0,
    resamples: int = 50,
) -> tuple[float, float]:
    """The 95 % interval of any statistic: its value +- 1.96 deviations over resamples.

    For FID, whose resampled values lie above the value itself, since a set drawn with repetition
    holds fewer different pictures: their spread says how sure it is, their place does not.

    Args:
        statistic: numbers ``[K]`` of the pairs to take, some of them repeatedly -> its value.
        groups: ``[P]`` int, equal for what is drawn together.
        seed: of the resampling.
        resamples: how often the statistic is computed.

    Returns:
        Its two ends; NaN where there are fewer than two groups.
    """
    if len(np.unique(groups)) < 2:
        return np.nan, np.nan
    order = np.argsort(groups, kind="stable")
    _, starts = np.unique(np.asarray(groups)[order], return_index=True)
    members = np.split(order, starts[1:])
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(
            np.concatenate([members[g] for g in rng.integers(len(members), size=len(members))])
        )
        for _ in range(resamples)
    ]
    value = statistic(np.arange(len(groups)))
    deviation = float(np.std(drawn, ddof=1))
    return value - _DEVIATIONS * deviation, value + _DEVIATIONS * deviation
