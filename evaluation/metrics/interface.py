"""The form of a metric: a row of `registry.METRICS`, from which tables and summaries follow."""

import dataclasses
from collections.abc import Callable

import numpy as np

HIGHER, LOWER, NEAR_ONE = "↑", "↓", "→ 1"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A number of an evaluation. Of this very class: one that something else measures.

    Attributes:
        heading: for tables; ends with the better direction: ``↑``, ``↓`` or ``→ 1``.
        digits: after the point.
        measure: what computes it, see the kinds below.
        role: the encoder that must be there for it; "": none.
        worst: what a swap without a face is judged as, so that failures never make a
            swapper the better one.
        counts_failures: such a swap counts so in the mean itself, not only where swappers are
            compared.
    """

    heading: str
    digits: int
    measure: Callable | None = None
    role: str = ""
    worst: float = np.nan
    counts_failures: bool = False

    def better(self, value: float) -> float:
        """A number that is the higher, the better ``value`` is."""
        if self.heading.endswith(HIGHER):
            return value
        return -abs(value - 1) if self.heading.endswith(NEAR_ONE) else -value


class OfVectors(Metric):
    """``measure``: an encoder's answers to targets and swaps, ``[P, D]`` each -> ``[P]``."""


class OfWay(Metric):
    """``measure``: an encoder's answers to targets, swaps and sources, ``[P, D]`` each -> ``[P]``.

    It is the share of the way from the target to the source.
    """


class OfSearch(Metric):
    """``measure``: `IdentitySearch` -> ``[P]``; None where it tells nothing."""


class OfPictures(Metric):
    """``measure``: targets and swaps, ``[B, S, S, 3]`` uint8 RGB each -> ``[B]``."""


class OfTruth(Metric):
    """``measure``: targets, swaps and right answers, ``[B, S, S, 3]`` uint8 RGB each -> ``[B]``."""


class OfFaceRegions(Metric):
    """``measure``: the same and where the faces are, ``[B, S, S, 2]`` bool -> ``[B]``.

    The target's face first, then the right answer's.
    """


# Those that compare picture by picture.
OfPixels = (OfPictures, OfTruth, OfFaceRegions)


class OfSets(Metric):
    """``measure``: an encoder's answers to all targets and all swaps, ``[P, D]`` each -> float."""
