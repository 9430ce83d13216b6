"""Certainty of a number: 95 % intervals that count whole people, not pictures.

Swaps of one target person, of frames of one video, or with one source are alike. Variances are
therefore taken of whole groups, and where pairs are grouped in two ways, by target and by source,
both are added up: var = var(by target) + var(by source) - var(by both), as in Cameron, Gelbach and
Miller, "Robust Inference with Multiway Clustering", 2011. Of pairs taken one by one, ten frames of
each video would make an interval three times too narrow.
"""

from collections.abc import Callable, Sequence

import numpy as np

# Two-sided, of a normal distribution, for 95 %.
_DEVIATIONS = 1.96


def mean_interval(values: np.ndarray, *groupings: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a mean: +- 1.96 deviations, within the values' own range.

    Args:
        values: ``[P]``; NaN does not count.
        groupings: one or two ``[P]`` int, equal for what is alike.

    Returns:
        Its two ends; NaN where no grouping has two groups with a value: one tells nothing of
        others. Where only one of two has, the interval is that of this one person's swaps.
    """
    known = np.isfinite(values)
    values = np.asarray(values, np.float64)[known]
    groupings = _that_vary([np.asarray(groups)[known] for groups in groupings])
    if not groupings:
        return np.nan, np.nan
    mean = values.mean()

    def variance(groups: np.ndarray) -> float:
        sums = np.bincount(np.unique(groups, return_inverse=True)[1], values - mean)
        return len(sums) / (len(sums) - 1) * np.sum(sums**2) / len(values) ** 2

    deviation = _deviation(variance, groupings)
    low, high = np.clip(
        [mean - _DEVIATIONS * deviation, mean + _DEVIATIONS * deviation], values.min(), values.max()
    )
    return float(low), float(high)


def statistic_interval(
    statistic: Callable[[np.ndarray], float],
    *groupings: np.ndarray,
    seed: int = 0,
    resamples: int = 50,
) -> tuple[float, float]:
    """The 95 % interval of any statistic: its value +- 1.96 deviations over resampled groups.

    For FID, whose resampled values lie above the value itself, since a set drawn with repetition
    holds fewer different pictures: their spread says how sure it is, their place does not.

    Args:
        statistic: numbers ``[K]`` of the pairs to take, some of them repeatedly -> its value.
        groupings: as for `mean_interval`.
        seed: of the resampling.
        resamples: how often groups are drawn, of each grouping.

    Returns:
        As `mean_interval`.
    """
    count = len(groupings[0])
    groupings = _that_vary(groupings)
    if not groupings:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)

    def variance(groups: np.ndarray) -> float:
        order = np.argsort(groups, kind="stable")
        _, starts = np.unique(groups[order], return_index=True)
        members = np.split(order, starts[1:])
        drawn = [
            statistic(
                np.concatenate([members[g] for g in rng.integers(len(members), size=len(members))])
            )
            for _ in range(resamples)
        ]
        return float(np.var(drawn, ddof=1))

    value, deviation = statistic(np.arange(count)), _deviation(variance, groupings)
    return value - _DEVIATIONS * deviation, value + _DEVIATIONS * deviation


def _that_vary(groupings: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [np.asarray(groups) for groups in groupings if len(np.unique(groups)) > 1]


def _deviation(variance: Callable[[np.ndarray], float], groupings: Sequence[np.ndarray]) -> float:
    """By one grouping or two; not less than by either, as a difference of estimates may be."""
    each = [variance(groups) for groups in groupings]
    if len(each) == 1:
        return float(np.sqrt(each[0]))
    _, both = np.unique(np.stack(groupings), axis=1, return_inverse=True)
    return float(np.sqrt(max(sum(each) - variance(both), *each)))
