"""A page of the best, the median and the worst swaps by each metric."""

from collections.abc import Mapping

import numpy as np

from facedancer.utils.contact_sheet import contact_sheet

from ..metrics.interface import Metric
from ..metrics.registry import METRICS
from ..swaps.face_set import FaceSet
from ..swaps.pairs import SwapPairs
from ..swaps.swappers import PairSwapper

# What they are chosen by, and what it is called.
_SHOWN = {
    "id_cosine": "cosine to source",
    "pose": "pose",
    "expression": "expression",
    "perceptual_outside": "change outside",
}
_PLACES = ("best", "median", "worst")
_EACH = 2
_COLUMNS = ("target", "source", "swap")


def draw_examples(
    scores: Mapping[str, np.ndarray],
    targets: FaceSet,
    sources: FaceSet,
    pairs: SwapPairs,
    swapper: PairSwapper,
) -> np.ndarray | None:
    """A row a metric, in it `_EACH` swaps of each place: target, source and swap.

    Args:
        scores: from `summary.score_pairs`.
        targets: of the pairs.
        sources: of the pairs.
        pairs: what was swapped.
        swapper: by which system.

    Returns:
        ``[H, W, 3]`` uint8 RGB; None where none of the metrics was measured.
    """
    images, captions = [], []
    for metric, title in _SHOWN.items():
        if metric not in scores or not np.isfinite(scores[metric]).any():
            continue
        for place, rows in _chosen(METRICS[metric], scores[metric]).items():
            target = targets.read(pairs.targets[rows])
            source = sources.read(pairs.sources[rows])
            changed = swapper.swap(target, source, rows)
            for row, *pictures in zip(rows, target, source, changed, strict=True):
                images += pictures
                value = f"{title} {scores[metric][row]:.3g}"
                captions += [f"{place}\npair {row}", "source\n ", f"swap\n{value}"]
    if not images:
        return None
    return contact_sheet(images, captions, columns=len(_PLACES) * _EACH * len(_COLUMNS), side=128)


def _chosen(metric: Metric, values: np.ndarray) -> dict[str, np.ndarray]:
    """The numbers of the pairs to show by place; the same ones where there are few."""
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort([-metric.better(v) for v in values[known]], kind="stable")]
    middle = max(0, (len(order) - _EACH) // 2)
    starts = {"best": 0, "median": middle, "worst": max(0, len(order) - _EACH)}
    return {
        place: order[np.minimum(starts[place] + np.arange(_EACH), len(order) - 1)]
        for place in _PLACES
    }
