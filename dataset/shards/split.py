"""The identities set aside for validation and for the test: no person is in two sets."""

import hashlib
from collections.abc import Mapping

import numpy as np

from facedancer.utils.errors import UserError


def split_by_identity(
    identity: np.ndarray, identities: tuple[str, ...], shares: Mapping[str, float], seed: int = 0
) -> np.ndarray:
    """Sets whole identities aside until they make up each set's share of the crops.

    A person's place in the draw depends on ``seed`` and the name alone, so that a set that grows
    by some people keeps most of its validation set; the first set is the same with or without a
    second. Crops of unknown identity are never set aside: each could show anybody. Were they in
    validation, so might be a face that was trained on.

    Args:
        identity: ``[N]`` int, position in ``identities``; -1 if not known.
        identities: names, each with at least one crop.
        shares: of the crops of known identity, by the sets' names, in the order in which they are
            drawn; each above 0, together below 1. Each set gets at least one identity, and one is
            left.
        seed: of the draw.

    Returns:
        ``[N]`` int: 0 for what is left to train on, n for the n-th set.

    Raises:
        UserError: shares that cannot be had, or fewer identities than sets.
    """
    for name, share in shares.items():
        if not 0 < share < 1:
            raise UserError(f"--{name}_share={share}: use a number above 0 and below 1, like 0.05")
    flags = " and ".join(f"--{name}_share" for name in shares)
    if sum(shares.values()) >= 1:
        raise UserError(f"{flags} together leave nothing to train on: use numbers like 0.05")
    if len(identities) <= len(shares):
        known = {0: "no identities", 1: "one identity only"}.get(
            len(identities), f"{len(identities)} identities only"
        )
        raise UserError(
            f"{flags} needs {len(shares) + 1} identities or more, and these crops have {known}: "
            "put each person's photographs into a separate folder, or make the data sets by hand"
        )
    counts = np.bincount(identity[identity >= 0], minlength=len(identities))
    drawn = sorted(range(len(identities)), key=lambda n: _draw(seed, identities[n]))
    set_of = np.zeros(len(identities), int)
    for number, (name, share) in enumerate(shares.items(), 1):
        wanted, left = share * counts.sum(), [person for person in drawn if not set_of[person]]
        taken = 0
        for person in left:
            if taken + counts[person] <= wanted:
                set_of[person] = number
                taken += counts[person]
        if not taken:
            if len(left) == 1:
                raise UserError(f"nobody is left for --{name}_share: lower the other share")
            set_of[min(left, key=lambda person: counts[person])] = number
    return np.where(identity >= 0, set_of[identity], 0)


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}/{name}".encode(errors="surrogateescape")).digest()
