"""The form of a metric: a row of `registry.METRICS`, from which tables and summaries follow."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from .identity import retrieval_ranks

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


class OfSearch(Metric):
    """``measure``: `IdentitySearch` -> ``[P]``; None where it tells nothing."""


class OfPictures(Metric):
    """``measure``: targets and swaps, ``[B, S, S, 3]`` uint8 RGB each -> ``[B]``."""


class OfSets(Metric):
    """``measure``: an encoder's answers to all targets and all swaps, ``[P, D]`` each -> float."""


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


@dataclasses.dataclass(frozen=True, eq=False)
class IdentitySearch:
    """P swaps, looked for in a gallery.

    Attributes:
        swaps: ``[P, D]`` embeddings.
        targets: the same of the targets.
        gallery: where they are looked for.
    """

    swaps: np.ndarray
    targets: np.ndarray
    gallery: Gallery

    @property
    def sources(self) -> np.ndarray:
        """``[P, D]`` embeddings of the sources."""
        return self.gallery.embeddings[self.gallery.source]

    @functools.cached_property
    def ranks(self) -> np.ndarray:
        """``[P]``, see `identity.retrieval_ranks`."""
        return self._ranks(None)

    @functools.cached_property
    def ranks_without_source(self) -> np.ndarray:
        """The same without the source's own picture."""
        return self._ranks(self.gallery.source)

    def _ranks(self, left_out: np.ndarray | None) -> np.ndarray:
        gallery = self.gallery
        wanted = gallery.identity[gallery.source]
        return retrieval_ranks(
            self.swaps, wanted, gallery.embeddings, gallery.identity, left_out=left_out
        )
