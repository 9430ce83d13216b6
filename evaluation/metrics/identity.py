"""The source's person in the swap: retrieval and cosine, by a second identity encoder.

The encoder must not be the one that the swapper was trained with: that one is easily pleased.
"""

import numpy as np

# Rows of the similarity matrix at a time: bounds memory at 4 bytes x 1024 x the gallery.
_ROWS = 1024


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``[P, D]`` twice -> ``[P]`` in -1..1; a zero vector has cosine 0 with all."""
    return np.sum(unit_rows(a) * unit_rows(b), axis=1)


def retrieval_ranks(
    swaps: np.ndarray,
    wanted: np.ndarray,
    gallery: np.ndarray,
    gallery_identity: np.ndarray,
    left_out: np.ndarray | None = None,
) -> np.ndarray:
    """Counts the other people who are found before the source's person (paper, section 4.1).

    A person is as near as the nearest of their pictures in the gallery, by cosine. Rank 0 is the
    retrieval of the paper's "ID": the nearest of all unaltered pictures is one of the source's
    person. A tie counts against the swap.

    Args:
        swaps: ``[P, D]`` embeddings of the swapped faces.
        wanted: ``[P]`` int, the identity of each swap's source.
        gallery: ``[G, D]`` embeddings of unaltered pictures.
        gallery_identity: ``[G]`` int.
        left_out: ``[P]`` int, for each swap a picture of the gallery that does not count: with the
            source's own one left out, another picture of that person has to be found. -1 for none.

    Returns:
        ``[P]`` float, 0 is best; NaN where the gallery holds no (other) picture of the person.

    Raises:
        ValueError: the shapes do not fit.
    """
    if len(swaps) != len(wanted) or len(gallery) != len(gallery_identity):
        raise ValueError(
            f"want an identity each: {len(swaps)} swaps for {len(wanted)}, "
            f"{len(gallery)} pictures for {len(gallery_identity)}"
        )
    order = np.argsort(gallery_identity, kind="stable")
    people, starts = np.unique(gallery_identity[order], return_index=True)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    gallery = unit_rows(gallery)[order]
    column = np.searchsorted(people, wanted)
    known = (column < len(people)) & (people[np.minimum(column, len(people) - 1)] == wanted)
    ranks = np.full(len(swaps), np.nan)
    for start in range(0, len(swaps), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(swaps)))
        similarity = unit_rows(swaps[rows]) @ gallery.T
        if left_out is not None:
            some = np.flatnonzero(left_out[rows] >= 0)
            similarity[some, place[left_out[rows[some]]]] = -np.inf
        nearest = np.maximum.reduceat(similarity, starts, axis=1)
        own = nearest[np.arange(len(rows)), np.where(known[rows], column[rows], 0)]
        countable = known[rows] & np.isfinite(own)
        # The person's own column is among those that are at least as near.
        before = np.sum(nearest >= own[:, None], axis=1) - 1
        ranks[rows[countable]] = before[countable]
    return ranks


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """``[N, D]`` -> rows of length 1, float32; a row of zeros stays one."""
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
