"""The gates' numbers: what an encoder makes of the pictures, and the bars."""

from dataclasses import dataclass

import numpy as np

from facedancer.evaluation.metrics.identity import cosines, retrieval_ranks
from facedancer.evaluation.metrics.intervals import mean_interval
from facedancer.evaluation.metrics.verification import all_pairs, auc, tar_at_far

_RATE = 1e-3


@dataclass(frozen=True)
class Embedded:
    """One encoder's embeddings of P people's pictures, see `pictures.Pictures`."""

    numbers: np.ndarray  # [P]
    families: np.ndarray  # [P]
    sources: np.ndarray  # [P] positions
    gallery: np.ndarray  # [P, G, D]
    source: np.ndarray  # [P, D]
    swapped: dict[str, np.ndarray]  # [P, D]


@dataclass(frozen=True)
class Gate:
    """A bar, and what it is held against."""

    name: str
    value: float
    bar: float
    at_least: bool  # else at most

    @property
    def met(self) -> bool:
        """Tells whether the value keeps the bar; NaN keeps none."""
        return self.value >= self.bar if self.at_least else self.value <= self.bar


def rows(embedded: Embedded) -> dict[str, dict[str, float | tuple[float, float]]]:
    """By what the source gives, over all targets.

    Returns:
        ``cosine`` to the source's picture and its 95 % ``interval``; the shares whose nearest
        picture in the gallery is one of the source (``found``), of a sibling of the source
        (``sibling``), of the target (``target``).
    """
    count, size = embedded.gallery.shape[:2]
    gallery = embedded.gallery.reshape(count * size, -1)
    owner = np.repeat(np.arange(count), size)
    table = {}
    for name, swaps in embedded.swapped.items():
        similar = cosines(swaps, embedded.source[embedded.sources])
        nearest = owner[np.argmax(_unit(swaps) @ _unit(gallery).T, axis=1)]
        ranks = retrieval_ranks(swaps, embedded.sources, gallery, owner)
        of_family = embedded.families[nearest] == embedded.families[embedded.sources]
        table[name] = {
            "cosine": float(similar.mean()),
            "interval": mean_interval(
                similar, embedded.families, embedded.families[embedded.sources]
            ),
            "found": float((ranks == 0).mean()),
            "sibling": float((of_family & (nearest != embedded.sources)).mean()),
            "target": float((nearest == np.arange(count)).mean()),
        }
    return table


def verification(embedded: Embedded) -> dict[str, float]:
    """``auc`` and ``tar`` at a false acceptance of 1e-3, over every pair of the gallery's pictures.

    ``sibling_auc`` counts pairs within families alone. Pairs of one person are of two sessions:
    hair, glasses and beard vary.
    """
    count, size, width = embedded.gallery.shape
    flat = embedded.gallery.reshape(count * size, width)
    similarity, same = all_pairs(flat, np.repeat(embedded.numbers, size))
    _, kin = all_pairs(flat, np.repeat(embedded.families, size))
    return {
        "auc": auc(similarity, same),
        "tar": tar_at_far(similarity, same, _RATE),
        "sibling_auc": auc(similarity[kin], same[kin]),
    }


def gates(table: dict[str, dict], verified: dict[str, float]) -> list[Gate]:
    """The bars that a population and its encoders have to keep."""
    return [
        Gate("cosine, shape alone", table["shape"]["cosine"], 0.20, True),
        Gate("cosine, hair and glasses alone", table["hair and glasses"]["cosine"], 0.05, False),
        Gate("face found as its source", table["face"]["found"], 0.90, True),
        Gate("verification, AUC", verified["auc"], 0.995, True),
        Gate("verification, TAR at 1e-3", verified["tar"], 0.90, True),
    ]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
