"""The order of records: without end, each place of it computed from a seed alone.

There is nothing to build up and nothing to save: a run that goes on at its millionth draw computes
that one. Records are numbered in stored order, shard after shard and set after set.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError

from .data_sets import DataSet, identity_groups
from .samplings import SAMPLINGS, STORED
from .shuffling import fold_in, shuffled

# A mixture is exact over so many draws; 1 to 10 divide it, so weights of 3 to 1 are just that.
BLOCK = 5040
# Degrees of a bin of yaw, and the least share of a set that is a bin of its own: one profile view
# among thousands of frontal ones would else be drawn as often as all of these together.
YAW_STEP = 15.0
LEAST_YAW_SHARE = 0.01


class Sampler(Protocol):
    """An endless order of records."""

    def __call__(self, places: tf.Tensor) -> tf.Tensor:
        """Places in the order (int64, from 0, any shape) -> the records' numbers there."""

    def chances(self) -> np.ndarray:
        """``[N]`` float64, each record's share of all draws; the sum is 1."""


class StoredOrder:
    """The records as they are stored, again and again.

    Args:
        count: N, the number of records.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __call__(self, places: tf.Tensor) -> tf.Tensor:
        """See `Sampler`."""
        return places % self._count

    def chances(self) -> np.ndarray:
        """See `Sampler`."""
        return np.full(self._count, 1 / self._count)


class GroupSampler:
    """Groups of records equally often, and within each group its records equally often.

    A round draws once from every group, in an order of its own. A group's records come in epochs:
    each once, in a random order, before any comes again. One group is a plain shuffle of all.

    Args:
        groups: ``[N]`` integers, each record's group; every number from 0 to the largest occurs.
        key: uint64, of everything random.
    """

    def __init__(self, groups: np.ndarray, key: tf.Tensor) -> None:
        sizes = np.bincount(groups)
        self._key = key
        self._groups = len(sizes)
        self._sizes = tf.constant(sizes, tf.int64)
        self._starts = tf.constant(np.cumsum(sizes) - sizes, tf.int64)
        # A record's number needs 8 bytes in arithmetic; where all of them lie, 4 will do.
        self._members = tf.constant(np.argsort(groups, kind="stable"), tf.int32)

    def __call__(self, places: tf.Tensor) -> tf.Tensor:
        """See `Sampler`."""
        rounds, group = places // self._groups, places % self._groups
        if self._groups > 1:
            group = shuffled(group, self._groups, fold_in(fold_in(self._key, 0), rounds))
        size = tf.gather(self._sizes, group)
        epoch = fold_in(fold_in(fold_in(self._key, 1), group), rounds // size)
        member = tf.gather(self._starts, group) + shuffled(rounds % size, size, epoch)
        return tf.cast(tf.gather(self._members, member), tf.int64)

    def chances(self) -> np.ndarray:
        """See `Sampler`."""
        members, sizes = self._members.numpy(), self._sizes.numpy()
        chances = np.empty(len(members))
        chances[members] = np.repeat(1 / (self._groups * sizes), sizes)
        return chances


class Mixture:
    """Several orders, each with its share of the draws.

    Every `BLOCK` draws hold the same numbers of each, in an order of their own. Each goes on where
    the block before left it, so its own epochs are whole, whatever the others' are.

    Args:
        samplers: of one set each.
        counts: of records in each.
        weights: as many; their ratios are kept to one draw in `BLOCK`, and none gets less than one.
        key: uint64, of the blocks' orders.
    """

    def __init__(
        self,
        samplers: Sequence[Sampler],
        counts: Sequence[int],
        weights: Sequence[float],
        key: tf.Tensor,
    ) -> None:
        self._samplers, self._counts, self._key = samplers, counts, key
        quotas = block_quotas(weights)
        self._quotas = tf.constant(quotas, tf.int64)
        self._ends = tf.constant(np.cumsum(quotas), tf.int64)

    def __call__(self, places: tf.Tensor) -> tf.Tensor:
        """See `Sampler`."""
        blocks = places // BLOCK
        slots = shuffled(places % BLOCK, BLOCK, fold_in(self._key, blocks))
        flat = tf.reshape(slots, [-1])
        which = tf.reshape(tf.searchsorted(self._ends, flat, "right"), tf.shape(slots))
        quotas = tf.gather(self._quotas, which)
        own_places = blocks * quotas + slots - (tf.gather(self._ends, which) - quotas)
        numbers, first = tf.zeros_like(places), 0
        for number, sampler in enumerate(self._samplers):
            # All of them are asked for all places: these are few, and so the shapes stay static.
            numbers = tf.where(which == number, first + sampler(own_places), numbers)
            first += self._counts[number]
        return numbers

    def chances(self) -> np.ndarray:
        """See `Sampler`."""
        shares = self._quotas.numpy() / BLOCK
        return np.concatenate(
            [share * each.chances() for share, each in zip(shares, self._samplers, strict=True)]
        )


def make_sampler(
    sampling: str, data_sets: Sequence[DataSet], weights: Sequence[float], key: tf.Tensor
) -> Sampler:
    """The order in which the records of one or several sets are drawn.

    Args:
        sampling: ``image``: all records equally often; ``identity``: all identities equally often,
            those without a name being one each; ``yaw``: all bins of `YAW_STEP` degrees of the
            head's yaw equally often; ``stored``: as they are stored. All of it within each set.
        data_sets: what to draw from.
        weights: of the sets, positive; none: as many as each has records.
        key: uint64, of everything random.

    Raises:
        UserError: weights that fit no sets, or records that cannot be drawn like this.
    """
    counts = [data_set.catalogue.count for data_set in data_sets]
    if len(weights) not in (0, len(data_sets)):
        raise UserError(
            f"--data_weights gives {len(weights)} weights for {len(data_sets)} data sets: give one "
            "for each, or none"
        )
    if any(not 0 < weight < np.inf for weight in weights):
        raise UserError(f"--data_weights must be positive, not {','.join(map(str, weights))}")
    if sampling == "identity":
        _check_identities(data_sets)
    samplers = [
        _make_own_sampler(sampling, data_set, fold_in(key, number + 1))
        for number, data_set in enumerate(data_sets)
    ]
    if len(samplers) == 1:
        return samplers[0]
    return Mixture(samplers, counts, weights or counts, fold_in(key, 0))


def block_quotas(weights: Sequence[float]) -> np.ndarray:
    """Shares `BLOCK` draws out by weight: by the largest remainder, at least one each."""
    exact = np.asarray(weights, float) / np.sum(weights) * BLOCK
    quotas = np.floor(exact).astype(int)
    left = BLOCK - quotas.sum()
    quotas[np.argsort(quotas - exact, kind="stable")[:left]] += 1
    while not quotas.all():
        quotas[np.argmax(quotas)] -= 1
        quotas[np.argmin(quotas)] += 1
    return quotas


def yaw_groups(yaw: np.ndarray) -> np.ndarray:
    """``[N]`` yaw in degrees -> ``[N]`` bins, numbered from 0 from left to right.

    A bin of `YAW_STEP` degrees that holds less than `LEAST_YAW_SHARE` of all is joined with its
    neighbour. Beyond 90 degrees all is one bin.
    """
    half = int(90 / YAW_STEP)
    steps = np.clip(np.floor(yaw / YAW_STEP), -half, half - 1).astype(int) + half
    counts = np.bincount(steps, minlength=2 * half)
    bin_of_step, bins, held = np.zeros(2 * half, int), 0, 0
    for step, count in enumerate(counts):
        bin_of_step[step] = bins
        held += count
        if held >= LEAST_YAW_SHARE * len(yaw):
            bins, held = bins + 1, 0
    return np.minimum(bin_of_step, bins - 1)[steps]


def _make_own_sampler(sampling: str, data_set: DataSet, key: tf.Tensor) -> Sampler:
    catalogue = data_set.catalogue
    if sampling == STORED:
        return StoredOrder(catalogue.count)
    if sampling == "image":
        return GroupSampler(np.zeros(catalogue.count, int), key)
    if sampling == "identity":
        return GroupSampler(identity_groups([data_set]), key)
    if sampling == "yaw":
        unknown = int(np.isnan(catalogue.yaw).sum())
        if unknown:
            raise UserError(
                f"{data_set.folder} lacks the yaw of {unknown} of its {catalogue.count} crops, "
                "which --sampling=yaw needs: make the crops with dataset/crop_align.py, or use "
                "another --sampling"
            )
        return GroupSampler(yaw_groups(catalogue.yaw), key)
    raise UserError(f"unknown --sampling={sampling}: use {', '.join(SAMPLINGS)}")


def _check_identities(data_sets: Sequence[DataSet]) -> None:
    for data_set in data_sets:
        identity = data_set.catalogue.identity
        unknown = int((identity < 0).sum())
        if 0 < unknown < len(identity):
            raise UserError(
                f"{data_set.folder} lacks the person of {unknown} of its {len(identity)} crops, "
                "and with --sampling=identity each of these would count as a whole person: put "
                "them into a data set of their own, and mix it in by --data_weights"
            )
    names = sum(len(data_set.catalogue.identities) for data_set in data_sets)
    if len(np.unique(identity_groups(data_sets))) < 2 or not names:
        known = "one identity only" if names else "no identities"
        raise UserError(
            f"{', '.join(str(data_set.folder) for data_set in data_sets)}: {known}, so "
            "--sampling=identity has nothing to balance: use --sampling=image"
        )
