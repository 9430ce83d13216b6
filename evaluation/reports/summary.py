"""From measured vectors to the numbers of a table, each with its interval."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from ..metrics.expression import expression_error
from ..metrics.fid import fid
from ..metrics.identity import cosines, retrieval_ranks
from ..metrics.intervals import mean_interval, statistic_interval
from ..metrics.pose import angle_error, pose_error

# Of the target's head turn, in degrees to either side.
YAW_BINS = (0, 15, 30, 45, 60, 90)
_BINNED = ("id_top1", "id_cosine", "pose", "expression")
_TOP = 5
# An FID takes about a second; two groupings take three times as many.
_FID_RESAMPLES = 30


@dataclasses.dataclass(frozen=True, eq=False)
class Gallery:
    """The unaltered pictures among which a swap's person is looked for.

    Attributes:
        embeddings: ``[G, D]``.
        identity: ``[G]`` int.
        source: ``[P]`` int, of each swap the source's own picture.
    """

    embeddings: np.ndarray
    identity: np.ndarray
    source: np.ndarray


def score_pairs(
    measured: Mapping[str, np.ndarray], gallery: Gallery | None
) -> dict[str, np.ndarray]:
    """Each pair's numbers by metric, ``[P]``; those whose role was measured.

    * ``id_top1``, ``id_top5``: 100 where the source's person is the first, or one of the first
      five, that are found among all unaltered pictures of the sources; else 0. The mean is a
      percentage. The second where there are more than five people.
    * ``id_top1_other``: the same without the source's own picture: another one of the person has
      to be found. NaN where there is none.
    * ``id_cosine``, ``id_cosine_target``: of the swap with its source, and with its target.
    * ``pose``: L2 of the three angles' differences; ``pose_angle``: their mean; degrees.
    * ``expression``: of the embedder's own size.
    * the comparisons as they are.
    """
    scores = {}
    if gallery is not None:
        swaps, wanted = measured["swap/identity"], gallery.identity[gallery.source]
        search = (swaps, wanted, gallery.embeddings, gallery.identity)
        ranks, other = retrieval_ranks(*search), retrieval_ranks(*search, left_out=gallery.source)
        scores["id_top1"] = _percent(ranks, 1)
        if len(np.unique(gallery.identity)) > _TOP:
            scores["id_top5"] = _percent(ranks, _TOP)
        scores["id_top1_other"] = _percent(other, 1)
        scores["id_cosine"] = cosines(swaps, gallery.embeddings[gallery.source])
        scores["id_cosine_target"] = cosines(swaps, measured["target/identity"])
    if "swap/pose" in measured:
        poses = measured["target/pose"], measured["swap/pose"]
        scores["pose"], scores["pose_angle"] = pose_error(*poses), angle_error(*poses)
    if "swap/expression" in measured:
        scores["expression"] = expression_error(
            measured["target/expression"], measured["swap/expression"]
        )
    return scores | {name: values for name, values in measured.items() if "/" not in name}


def summarise(
    scores: Mapping[str, np.ndarray],
    measured: Mapping[str, np.ndarray],
    groupings: Sequence[np.ndarray],
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Means over all pairs, and FID.

    Args:
        scores: from `score_pairs`.
        measured: for ``target/features`` and ``swap/features``, where they were measured.
        groupings: each ``[P]`` int: the target's person or video, and the source's. Pairs of one
            are alike; see `metrics.intervals`.
        seed: of FID's resampling.

    Returns:
        Metric -> ``value``, the ends ``low`` and ``high`` of its 95 % interval, and the ``count``
        of pairs that it could be computed of.
    """
    metrics = {name: _mean(values, groupings) for name, values in scores.items()}
    if "swap/features" in measured:
        real, changed = measured["target/features"], measured["swap/features"]
        low, high = statistic_interval(
            lambda rows: fid(real[rows], changed[rows]),
            *groupings,
            seed=seed,
            resamples=_FID_RESAMPLES,
        )
        metrics["fid"] = {
            "value": fid(real, changed),
            "low": max(low, 0.0),
            "high": high,
            "count": len(real),
        }
    return metrics


def summarise_by_yaw(
    scores: Mapping[str, np.ndarray],
    measured: Mapping[str, np.ndarray],
    groupings: Sequence[np.ndarray],
) -> dict[str, dict[str, dict[str, float]]]:
    """The same by how far the target's head is turned, ``"15-30"`` degrees and so on.

    Empty where no pose was measured.
    """
    if "target/pose" not in measured:
        return {}
    turn = np.abs(measured["target/pose"][:, 0])
    bins = {}
    for low, high in zip(YAW_BINS[:-1], YAW_BINS[1:], strict=True):
        rows = (turn >= low) & (turn < high)
        if rows.any():
            bins[f"{low}-{high}"] = {
                name: _mean(scores[name][rows], [groups[rows] for groups in groupings])
                for name in _BINNED
                if name in scores
            }
    return bins


def _percent(ranks: np.ndarray, top: int) -> np.ndarray:
    return np.where(np.isnan(ranks), np.nan, 100.0 * (ranks < top))


def _mean(values: np.ndarray, groupings: Sequence[np.ndarray]) -> dict[str, float]:
    known = np.isfinite(values)
    low, high = mean_interval(values, *groupings)
    value = float(np.mean(values[known], dtype=np.float64)) if known.any() else np.nan
    return {"value": value, "low": low, "high": high, "count": int(known.sum())}
