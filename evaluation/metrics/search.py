"""The paper's ID, and what else a search among unaltered pictures tells."""

import dataclasses
import functools

import numpy as np

from .identity import cosines, retrieval_ranks, unit_rows

_TOP = 5


@dataclasses.dataclass(frozen=True, eq=False)
class Gallery:
    """The unaltered pictures among which a swap's person is looked for.

    Attributes:
        embeddings: ``[G, D]``.
        identity: ``[G]`` int.
        source: ``[P]`` int, of each swap the source's own picture.
        target: ``[P]`` int, of each swap the target's person, as `identity` counts; None where that
            is not known.
    """

    embeddings: np.ndarray
    identity: np.ndarray
    source: np.ndarray
    target: np.ndarray | None = None


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
    def ranks_of_target(self) -> np.ndarray | None:
        """The same of the target's person; None where that is not known."""
        gallery = self.gallery
        if gallery.target is None:
            return None
        return retrieval_ranks(self.swaps, gallery.target, gallery.embeddings, gallery.identity)

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


def top_1(search: IdentitySearch) -> np.ndarray:
    """``[P]``, 100 where the source's person is found first, else 0: the mean is a percentage."""
    return _percent(search.ranks, 1)


def top_5(search: IdentitySearch) -> np.ndarray | None:
    """The same among the first five people; None where there are no more than these."""
    if len(np.unique(search.gallery.identity)) <= _TOP:
        return None
    return _percent(search.ranks, _TOP)


def top_1_by_another_picture(search: IdentitySearch) -> np.ndarray:
    """`top_1` without the source's own picture; NaN where there is no other of the person."""
    return _percent(search.ranks_without_source, 1)


def target_first(search: IdentitySearch) -> np.ndarray | None:
    """`top_1` of the target's person, who should be found no more; None where that is not known."""
    ranks = search.ranks_of_target
    return None if ranks is None else _percent(ranks, 1)


def cosine_to_source(search: IdentitySearch) -> np.ndarray:
    """``[P]`` in -1..1."""
    return cosines(search.swaps, search.sources)


def cosine_to_target(search: IdentitySearch) -> np.ndarray:
    """``[P]`` in -1..1."""
    return cosines(search.swaps, search.targets)


def cosine_to_another_picture(search: IdentitySearch) -> np.ndarray:
    """``[P]``, to the likest other picture of the source's person; NaN where there is no other.

    A swap that copies the source's picture is like that picture for more reasons than its person.
    """
    gallery = search.gallery
    cosine = unit_rows(search.swaps) @ unit_rows(gallery.embeddings).T
    is_other = gallery.identity[gallery.source][:, None] == gallery.identity[None]
    is_other[np.arange(len(cosine)), gallery.source] = False
    likest = np.where(is_other, cosine, -np.inf).max(axis=1)
    return np.where(np.isfinite(likest), likest, np.nan)


def _percent(ranks: np.ndarray, top: int) -> np.ndarray:
    return np.where(np.isnan(ranks), np.nan, 100.0 * (ranks < top))
