"""The paper's ID, and what else a search among unaltered pictures tells."""

import numpy as np

from .identity import cosines
from .interface import IdentitySearch

_TOP = 5


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


def cosine_to_source(search: IdentitySearch) -> np.ndarray:
    """``[P]`` in -1..1."""
    return cosines(search.swaps, search.sources)


def cosine_to_target(search: IdentitySearch) -> np.ndarray:
    """``[P]`` in -1..1."""
    return cosines(search.swaps, search.targets)


def _percent(ranks: np.ndarray, top: int) -> np.ndarray:
    return np.where(np.isnan(ranks), np.nan, 100.0 * (ranks < top))
