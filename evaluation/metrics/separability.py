"""Separation of two distributions of distances by a threshold."""

import numpy as np


def equal_error_rate(near: np.ndarray, far: np.ndarray) -> float:
    """The rate at which both kinds of error are equal, 0..1.

    0: every ``near`` distance lies below every ``far`` one. 0.5: nothing tells them apart. Above
    0.5 the first distribution lies to the right of the second (paper, section 4.5).

    At a threshold, the errors are the near distances above it and the far distances at or below it.
    The two rates are steps; between the two thresholds where they cross, a line is drawn.

    Raises:
        ValueError: one of them is empty, or holds a NaN.
    """
    near, far = np.sort(np.ravel(near)), np.sort(np.ravel(far))
    if not (len(near) and len(far)) or np.isnan([near[-1], far[-1]]).any():
        raise ValueError(f"want distances without NaN, got {len(near)} and {len(far)}")
    thresholds = np.concatenate([[-np.inf], np.unique(np.concatenate([near, far]))])
    missed = 1.0 - np.searchsorted(near, thresholds, "right") / len(near)
    accepted = np.searchsorted(far, thresholds, "right") / len(far)
    # missed falls from 1 to 0, accepted rises from 0 to 1: the first place where it is no longer
    # below, and the one before.
    after = int(np.argmax(accepted >= missed))
    if accepted[after] == missed[after]:
        return float(accepted[after])
    gap_before = missed[after - 1] - accepted[after - 1]
    gap_after = accepted[after] - missed[after]
    share = gap_before / (gap_before + gap_after)
    return float(accepted[after - 1] + share * (accepted[after] - accepted[after - 1]))
