"""The face's expression, kept or not."""

import numpy as np


def expression_error(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """L2 distance between two embeddings of an expression (paper, section 4.1).

    Its size depends on the embedding: only numbers by one embedder compare.

    Args:
        target: ``[P, D]``.
        changed: the same, of the swaps.

    Returns:
        ``[P]``; NaN where an embedding is.
    """
    difference = np.asarray(changed, np.float64) - target
    return np.sqrt(np.sum(difference**2, axis=1))
