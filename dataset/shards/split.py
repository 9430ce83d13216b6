"""Which identities are set aside for validation: no person is in both sets."""

import hashlib

import numpy as np

from facedancer.utils.cli import UserError


def split_by_identity(
    identity: np.ndarray, identities: tuple[str, ...], share: float, seed: int = 0
) -> np.ndarray:
    """Sets whole identities aside until they make up ``share`` of the crops.

    A person's place in the draw depends on ``seed`` and the name alone, so that a set that grows
    by some people keeps most of its validation set. Crops of unknown identity are never set aside:
    each could show anybody. Were they in validation, so might be a face that was trained on.

    Args:
        identity: ``[N]`` int, position in ``identities``; -1 if not known.
        identities: names, each with at least one crop.
        share: of the crops of known identity, above 0 and below 1; at least one identity is set
            aside, and one is not.
        seed: of the draw.

    Returns:
        ``[N]`` bool, True for validation.

    Raises:
        UserError: a share that cannot be had, or fewer than two identities.
    """
    if not 0 < share < 1:
        raise UserError(f"--validation_share={share}: use a number above 0 and below 1, like 0.05")
    if len(identities) < 2:
        known = "one identity only" if identities else "no identities"
        raise UserError(
            f"--validation_share needs two identities or more, these crops have {known}: put each "
            "person's photographs into a folder of their own, or make two data sets by hand"
        )
    counts = np.bincount(identity[identity >= 0], minlength=len(identities))
    wanted = share * counts.sum()
    drawn = sorted(range(len(identities)), key=lambda n: _draw(seed, identities[n]))
    chosen, taken = np.zeros(len(identities), bool), 0
    for number in drawn:
        if taken + counts[number] <= wanted:
            chosen[number] = True
            taken += counts[number]
    if not chosen.any():
        chosen[min(drawn, key=lambda number: counts[number])] = True
    return chosen[identity] & (identity >= 0)


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}/{name}".encode(errors="surrogateescape")).digest()
