"""From measured vectors to the numbers of a table, each with its interval.

A swap *failed* where a judge finds a face in the target and none in the swap. It is not dropped: it
counts as not retrieved, its share stands next to each mean, and comparisons take it for the worst.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ..metrics.interface import (
    Metric,
    OfPixels,
    OfSearch,
    OfSets,
    OfVectors,
    OfWay,
)
from ..metrics.intervals import mean_interval, statistic_interval
from ..metrics.registry import METRICS
from ..metrics.search import Gallery, IdentitySearch

# Of the target's head turn, in degrees to either side.
YAW_BINS = (0, 15, 30, 45, 60, 90)
_BINNED = ("id_top1", "id_cosine", "pose", "expression")
# An FID takes about a second; two groupings take three times as many.
_SET_RESAMPLES = 30
# Next to the scores: whether each swap failed.
FAILED = "failed"
_WAY = ("target", "swap", "source")


def score_pairs(
    measured: Mapping[str, np.ndarray], gallery: Gallery | None
) -> dict[str, np.ndarray]:
    """Each pair's numbers by metric, ``[P]``: of `METRICS` those whose role was measured.

    Args:
        measured: ``target/ROLE`` and ``swap/ROLE``, ``[P, D]`` each, a row of NaN where there is no
            face, ``source/ROLE`` where a metric needs it; and each metric of pictures, ``[P]``.
        gallery: where identities are looked for; None: they are not.

    Returns:
        Also `FAILED`, ``[P]`` bool. A failed swap's number is NaN, or the worst one where the
        metric counts failures.
    """
    search = None
    if gallery is not None:
        # A swap without a face is near to nobody.
        swaps = np.nan_to_num(measured["swap/identity"])
        search = IdentitySearch(swaps, measured["target/identity"], gallery)
    failed = _failures(measured)
    scores = {}
    for name, metric in METRICS.items():
        values = _values(name, metric, measured, search)
        if values is None:
            continue
        if metric.role:
            # Where there is nothing to be found, as of people of one picture, nothing is missed.
            counts = metric.counts_failures & np.isfinite(values)
            values = np.where(failed, np.where(counts, metric.worst, np.nan), values)
        scores[name] = values
    return {**scores, FAILED: failed}


def summarise(
    scores: Mapping[str, np.ndarray],
    measured: Mapping[str, np.ndarray],
    groupings: Sequence[np.ndarray],
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Means over all pairs, and what is computed of all of them together, such as FID.

    Args:
        scores: from `score_pairs`.
        measured: for ``target/features`` and ``swap/features``, where they were measured.
        groupings: each ``[P]`` int: the target's person or video, and the source's. Pairs of one
            are alike; see `metrics.intervals`.
        seed: of FID's resampling.

    Returns:
        Metric -> ``value``, the ends ``low`` and ``high`` of its 95 % interval, and the ``count``
        of pairs that it could be computed of. Of what a face is needed for also the number of
        ``pairs`` with failed ones, their share in per cent, ``failed``, and where there are any
        ``judged``, the mean with these as the worst, and its interval.
    """
    metrics = {}
    for name, metric in METRICS.items():
        if name in scores:
            metrics[name] = _mean(metric, scores[name], scores[FAILED], groupings)
        elif isinstance(metric, OfSets) and f"swap/{metric.role}" in measured:
            metrics[name] = _of_sets(metric, measured, groupings, seed)
    return metrics


def summarise_by_yaw(
    scores: Mapping[str, np.ndarray],
    measured: Mapping[str, np.ndarray],
    groupings: Sequence[np.ndarray],
) -> dict[str, dict[str, dict[str, float]]]:
    """The same by how far the target's head is turned, ``"15-30"`` degrees and so on.

    Empty where no pose was measured.
    """
    return {
        name: {
            metric: _mean(
                METRICS[metric],
                scores[metric][rows],
                scores[FAILED][rows],
                [group[rows] for group in groupings],
            )
            for metric in _BINNED
            if metric in scores
        }
        for name, rows in rows_by_yaw(measured).items()
    }


def rows_by_yaw(measured: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Tells whose target is turned by ``"15-30"`` degrees and so on, ``[P]`` bool each.

    Empty where no pose was measured; bins without a pair are left out.
    """
    if "target/pose" not in measured:
        return {}
    turn = np.abs(measured["target/pose"][:, 0])
    bins = {
        f"{low}-{high}": (turn >= low) & (turn < high)
        for low, high in zip(YAW_BINS[:-1], YAW_BINS[1:], strict=True)
    }
    return {name: rows for name, rows in bins.items() if rows.any()}


def _failures(measured: Mapping[str, np.ndarray]) -> np.ndarray:
    """``[P]`` bool: some judge finds a face in the target, and none in the swap."""
    failed = np.zeros(len(next(iter(measured.values()))), bool)
    for name, after in measured.items():
        role = name.removeprefix("swap/")
        if role != name:
            before = measured[f"target/{role}"]
            failed |= np.isfinite(before).all(1) & ~np.isfinite(after).all(1)
    return failed


def _values(
    name: str, metric: Metric, measured: Mapping[str, np.ndarray], search: IdentitySearch | None
) -> np.ndarray | None:
    """``[P]``; None where it was not measured, or is no number of single pairs."""
    if isinstance(metric, OfPixels):
        return measured.get(name)
    if isinstance(metric, OfSearch) and search is not None:
        return metric.measure(search)
    if isinstance(metric, OfVectors) and f"swap/{metric.role}" in measured:
        return metric.measure(measured[f"target/{metric.role}"], measured[f"swap/{metric.role}"])
    if isinstance(metric, OfWay) and f"swap/{metric.role}" in measured:
        return metric.measure(*(measured[f"{which}/{metric.role}"] for which in _WAY))
    return None


def _mean(
    metric: Metric, values: np.ndarray, failed: np.ndarray, groupings: Sequence[np.ndarray]
) -> dict[str, float]:
    known = np.isfinite(values)
    low, high = mean_interval(values, *groupings)
    value = float(np.mean(values[known], dtype=np.float64)) if known.any() else np.nan
    entry = {"value": value, "low": low, "high": high, "count": int(known.sum())}
    counted = known if metric.counts_failures else known | failed
    if metric.role and counted.any():
        entry["pairs"] = int(counted.sum())
        entry["failed"] = float(100 * np.mean(failed[counted]))
        if entry["failed"]:
            all_of_them = np.where(failed & counted, metric.worst, values)
            entry["judged"] = float(np.mean(all_of_them[counted], dtype=np.float64))
            entry["judged_low"], entry["judged_high"] = mean_interval(all_of_them, *groupings)
    return entry


def _of_sets(
    metric: Metric,
    measured: Mapping[str, np.ndarray],
    groupings: Sequence[np.ndarray],
    seed: int,
) -> dict[str, float]:
    """A failed swap counts with the picture that it is."""
    real, changed = (measured[f"{which}/{metric.role}"] for which in ("target", "swap"))
    low, high = statistic_interval(
        lambda rows: metric.measure(real[rows], changed[rows]),
        *groupings,
        seed=seed,
        resamples=_SET_RESAMPLES,
    )
    value = metric.measure(real, changed)
    return {"value": value, "low": max(low, 0.0), "high": high, "count": len(real)}
