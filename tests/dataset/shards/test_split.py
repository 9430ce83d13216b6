"""Whole identities are set aside, the same ones for the same seed."""

import numpy as np
import pytest

from facedancer.dataset.shards.split import split_by_identity
from facedancer.utils.cli import UserError


def people(counts, unknown=0):
    """Crops of people with these many each, in a mixed order."""
    identity = np.concatenate([np.repeat(np.arange(len(counts)), counts), np.full(unknown, -1)])
    names = tuple(f"person {number}" for number in range(len(counts)))
    return np.random.default_rng(0).permutation(identity.astype(np.int32)), names


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.99])
def test_no_identity_in_both(seed, share):
    counts = np.random.default_rng(seed).integers(1, 30, 200)
    identity, names = people(counts, unknown=100)
    aside = split_by_identity(identity, names, share, seed)
    assert not set(identity[aside]) & set(identity[~aside])
    assert not aside[identity < 0].any()
    # As near to the share from below as the people allow: nobody else fits in.
    wanted = share * np.sum(identity >= 0)
    assert aside.sum() <= wanted < aside.sum() + min(counts[np.unique(identity[~aside])[1:]])


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 5.0])
def test_impossible_share(share):
    with pytest.raises(UserError, match=f"--validation_share={share}: use a number above 0"):
        split_by_identity(*people([2, 2]), share)


@pytest.mark.parametrize(
    ("counts", "message"), [([], "these crops have no identities"), ([9], "have one identity only")]
)
def test_too_few_identities(counts, message):
    with pytest.raises(UserError, match=f"{message}: put each person's"):
        split_by_identity(*people(counts, unknown=3), 0.05)
