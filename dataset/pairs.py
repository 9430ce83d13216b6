"""The records of each pair: two streams, same pairs, and pairs of one person."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError

from .data_sets import DataSet, identity_groups
from .sampling import make_sampler
from .samplings import STORED
from .shuffling import fold_in, uniform

# What random numbers are drawn for; each has a stream of its own.
_TARGETS, _SOURCES, _SAME_PAIRS, _SAME_IDENTITY = range(4)


class PairDraw:
    """The records of every batch's pairs, computed from the step alone.

    Args:
        data_sets: what to draw from, see `open_data_sets`.
        batch_size: the global batch, pairs.
        weights: of several sets, how often to draw from each; none: as many as each has records.
        sampling: see `pipeline.make_dataset`.
        same_probability: of a pair to be one record twice, 0 to 1; above 0, one in each batch is.
        same_identity_ratio: see `SameIdentity`; 0 for none.
        seed: of everything random, from 0.

    Raises:
        UserError: pairs that cannot be had.
    """

    def __init__(
        self,
        data_sets: Sequence[DataSet],
        batch_size: int,
        *,
        weights: Sequence[float] = (),
        sampling: str = "image",
        same_probability: float = 0.2,
        same_identity_ratio: float = 0.0,
        seed: int = 0,
    ) -> None:
        _check_batch(batch_size, same_probability)
        self._batch_size, self._same_probability = batch_size, same_probability
        self._seed = seed
        # Tables and draws are the host's affair: a GPU is for the step.
        with tf.device("CPU:0"):
            self._targets, self._sources = (
                make_sampler(order, data_sets, weights, fold_in(seed, purpose))
                for order, purpose in (
                    (sampling, _TARGETS),
                    ("image" if sampling == STORED else sampling, _SOURCES),
                )
            )
            self._same_identity = None
            if same_identity_ratio:
                chances = self._targets.chances()
                same = share_of_same_pairs(batch_size, same_probability)
                self._same_identity = SameIdentity(same_identity_ratio, data_sets, chances, same)

    def __call__(self, steps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The numbers of the targets' and the sources' records.

        Args:
            steps: ``[...]`` int64; many at once take hardly longer than one.

        Returns:
            ``[..., B]`` int64, twice.
        """
        places = steps[..., None] * self._batch_size + tf.range(self._batch_size, dtype=tf.int64)
        targets, sources = self._targets(places), self._sources(places)
        if self._same_identity:
            sources = self._same_identity(targets, sources, self._keys(_SAME_IDENTITY, steps))
        keys = self._keys(_SAME_PAIRS, steps)
        same = draw_same_pairs(self._batch_size, self._same_probability, keys)
        return targets, tf.where(same, targets, sources)

    def _keys(self, purpose: int, steps: tf.Tensor) -> tf.Tensor:
        return fold_in(fold_in(self._seed, purpose), steps)


def draw_same_pairs(batch_size: int, probability: float, keys: tf.Tensor) -> tf.Tensor:
    """Draws the pairs that are to be one image: each with ``probability``, at least one a batch.

    Args:
        batch_size: number of pairs.
        probability: 0 to 1; where it is 0, none is.
        keys: ``[...]`` uint64, one for each batch.

    Returns:
        ``[..., batch_size]`` bool.
    """
    draws = _draws(batch_size, keys)
    # The least of equal draws falls on every place alike, so no second draw is needed.
    least = tf.argmin(draws, axis=-1, output_type=tf.int32)
    at_least = tf.equal(tf.range(batch_size), least[..., None])
    return (draws < probability) | (at_least & (probability > 0))


def share_of_same_pairs(batch_size: int, probability: float) -> float:
    """Computes the share of same pairs by `draw_same_pairs`, the one in each batch included."""
    return probability + (probability > 0) * (1 - probability) ** batch_size / batch_size


class SameIdentity:
    """Makes a share of all pairs one of two different images of one identity.

    A target without another image of its identity stays with the source that it has, and the others
    are taken so much more often, so that the share is met over all.

    Args:
        ratio: of all pairs, above 0; the same pairs come on top.
        data_sets: what records there are.
        chances: ``[N]``, how often each record is a target.
        same: share of the same pairs, see `share_of_same_pairs`.

    Raises:
        UserError: so many cannot be had.
    """

    def __init__(
        self,
        ratio: float,
        data_sets: Sequence[DataSet],
        chances: np.ndarray,
        same: float,
    ) -> None:
        self._others = OtherPictures(data_sets)
        self._probability = _chance(ratio, chances[self._others.exist].sum(), same)

    def __call__(self, targets: tf.Tensor, sources: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Numbers ``[..., B]`` int64 of targets and sources, ``[...]`` keys -> sources to take."""
        others, exist = self._others(targets, fold_in(keys, 0))
        wanted = _draws(targets.shape[-1], fold_in(keys, 1)) < self._probability
        return tf.where(wanted & exist, others, sources)


class OtherPictures:
    """Draws for any record another one of its identity.

    Args:
        data_sets: what records there are.

    Attributes:
        exist: ``[N]`` bool: whether a record's identity has another one.
    """

    def __init__(self, data_sets: Sequence[DataSet]) -> None:
        groups = identity_groups(data_sets)
        sizes = np.bincount(groups)
        order = np.argsort(groups, kind="stable")
        starts = np.cumsum(sizes) - sizes
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order)) - starts[groups[order]]
        self.exist = sizes[groups] > 1
        self._group, self._rank, self._order = (
            tf.constant(numbers, tf.int32) for numbers in (groups, rank, order)
        )
        self._starts, self._sizes = (tf.constant(numbers, tf.int32) for numbers in (starts, sizes))

    def __call__(self, targets: tf.Tensor, keys: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws.

        Args:
            targets: ``[..., B]`` int64, numbers of records.
            keys: ``[...]`` uint64.

        Returns:
            ``[..., B]`` int64, the others, each equally likely; and bool, whether there is one.
        """
        group = tf.gather(self._group, targets)
        size = tf.gather(self._sizes, group)
        steps = _draws(targets.shape[-1], keys) * tf.cast(size - 1, tf.float64)
        # One to size - 1 places further in the circle of the identity's images: never the target.
        place = (tf.gather(self._rank, targets) + 1 + tf.cast(steps, tf.int32)) % size
        others = tf.gather(self._order, tf.gather(self._starts, group) + place)
        return tf.cast(others, tf.int64), size > 1


def _draws(count: int, keys: tf.Tensor) -> tf.Tensor:
    """``[..., count]`` uniform numbers, for ``[...]`` keys."""
    return uniform(fold_in(keys[..., None], tf.range(count, dtype=tf.int64)))


def _chance(ratio: float, with_others: float, same: float) -> float:
    """Computes the chance, for a target with other images, of a pair that is no same pair."""
    most = (1 - same) * with_others
    # Exactly as many as there are can be asked for; the sums above may be a rounding off.
    if ratio > most * (1 + 1e-9):
        raise UserError(
            f"--same_identity_ratio={ratio} is too high: {with_others:.1%} of the targets have "
            f"another crop of the same person, so at most {most:.3f} of all pairs can show two; "
            "lower it, or train with more crops of each person"
        )
    return ratio / most


def _check_batch(batch_size: int, same_probability: float) -> None:
    if not 0 <= same_probability <= 1:
        raise UserError(f"the probability of a same pair must be 0 to 1, not {same_probability}")
    least = 2 if 0 < same_probability < 1 else 1
    if batch_size < least:
        raise UserError(
            f"a batch of {batch_size} is too small: at least one pair in each batch is a same "
            f"pair, so use {least} or more"
        )
