"""Whole identities are set aside, the same ones for the same seed."""

import numpy as np
import pytest

from facedancer.dataset.shards.split import split_by_identity
from facedancer.utils.errors import UserError


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
    aside = split_by_identity(identity, names, {"validation": share}, seed) == 1
    assert not set(identity[aside]) & set(identity[~aside])
    assert not aside[identity < 0].any()
    # As near to the share from below as the people allow: nobody else fits in.
    wanted = share * np.sum(identity >= 0)
    assert aside.sum() <= wanted < aside.sum() + min(counts[np.unique(identity[~aside])[1:]])


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 5.0])
def test_impossible_share(share):
    with pytest.raises(UserError, match=f"--validation_share={share}: use a number above 0"):
        split_by_identity(*people([2, 2]), {"validation": share})


@pytest.mark.parametrize(
    ("counts", "message"), [([], "these crops have no identities"), ([9], "have one identity only")]
)
def test_too_few_identities(counts, message):
    with pytest.raises(UserError, match=f"{message}: put each person's"):
        split_by_identity(*people(counts, unknown=3), {"validation": 0.05})


@pytest.mark.parametrize("seed", range(3))
def test_validation_and_test_are_two_sets(seed):
    counts = np.random.default_rng(seed).integers(1, 30, 200)
    identity, names = people(counts, unknown=100)
    shares = {"validation": 0.1, "test": 0.2}
    set_of = split_by_identity(identity, names, shares, seed)
    groups = [set(identity[set_of == number]) for number in range(3)]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
    assert -1 in groups[0] and -1 not in groups[1] | groups[2]
    known = np.sum(identity >= 0)
    found = [np.sum(set_of == number) / known for number in (1, 2)]
    assert found == pytest.approx([0.1, 0.2], abs=0.01)
    # Whoever asked for validation alone keeps that set.
    alone = split_by_identity(identity, names, {"validation": 0.1}, seed)
    np.testing.assert_array_equal(alone == 1, set_of == 1)


@pytest.mark.parametrize(
    ("counts", "shares", "message"),
    [
        ([2, 2], (0.1, 0.1), "--validation_share and --test_share needs 3 identities or more"),
        ([2, 2, 2], (0.5, 0.5), "together leave nothing to train on"),
        ([2, 2, 2], (0.7, 0.1), "nobody is left for --test_share: lower the other share"),
    ],
)
def test_too_few_for_three_sets(counts, shares, message):
    identity, names = people(counts)
    with pytest.raises(UserError, match=message):
        split_by_identity(identity, names, dict(zip(("validation", "test"), shares, strict=True)))


def test_each_set_gets_somebody():
    identity, names = people([9, 9, 9])
    set_of = split_by_identity(identity, names, {"validation": 0.01, "test": 0.01})
    assert np.bincount(set_of).tolist() == [9, 9, 9]
