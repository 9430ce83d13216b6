"""The facts of a training step that the rows of the objectives may read."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import tensorflow as tf

from .margins import MARGIN_SCALE, MARGINS
from .perceptual import Extractor
from .reduction import ReplicaSum


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The discriminator's word on the swaps: what a `LogitTerm` of either player reads.

    Attributes:
        logits: D(X_c), ``[B, 1]``, high for real.
        profile: ``paper`` or ``released``.
        replica_sum: adds up over the replicas.
    """

    logits: tf.Tensor
    profile: str
    replica_sum: ReplicaSum = tf.identity


class Embeddings(NamedTuple):
    """One encoder's embeddings, each ``[B, D]``; the first is the one that the swap should have."""

    wanted: tf.Tensor
    target: tf.Tensor
    changed: tf.Tensor


@dataclasses.dataclass(frozen=True)
class GeneratorFacts:
    """The facts that the generator's other rows read.

    Attributes:
        profile: ``paper`` or ``released``.
        target: X_t, ``[B, S, S, 3]`` signed.
        changed: X_c, the swap; the same shape and range.
        cycle: makes `cycled`; called if a row reads it, at most once.
        same: ``[B]``, 1 where X_t = X_s, else 0.
        source_codes: the identity encoder's outputs for X_s: ``"embedding"`` and the blocks.
        target_codes: the same for X_t.
        changed_codes: the same for X_c.
        extractor: feature maps for the perceptual terms; None where no term has a use for it.
        margin_scale: s of eq. 2.
        margins: m_i of eq. 2 by block.
        is_relative: whether ``margins`` are shares of the distance between X_t and X_s.
        answer: what X_c should be, where that is known; the same shape and range. None where no
            pair of the training has an answer.
        answered: ``[B]``, 1 where the answer is known, else 0.
        shapes: tells S(X_s), S(X_c) and S's own error, ``[B, K]``; called if a row reads it. None
            where no row has a use for it.
        poses: tells P(X_t) and P(X_c), ``[B, 3]`` degrees; called if a row reads it. None where no
            row has a use for it.
        expressions: tells E(X_t) and E(X_c), ``[B, D]``; the same.
        wanted: the embedding that X_c should have, ``[B, D]``; None: that of X_s.
        second: tells the second identity encoder's embeddings; called if a row reads it, at most
            once. None where there is no second encoder.
        late_features: tells the discriminator's later maps of X_t and those of X_c; called if a row
            reads it. None where no row has a use for it.
        attributes: tells the generator's own maps of the attributes of X_t, and those of X_c; the
            same.
        replica_sum: adds up over the replicas.
    """

    profile: str
    target: tf.Tensor
    changed: tf.Tensor
    cycle: Callable[[], tf.Tensor]
    same: tf.Tensor
    source_codes: Mapping[str, tf.Tensor]
    target_codes: Mapping[str, tf.Tensor]
    changed_codes: Mapping[str, tf.Tensor]
    extractor: Extractor | None
    margin_scale: tf.Tensor | float = MARGIN_SCALE
    margins: Mapping[str, float] = dataclasses.field(default_factory=lambda: MARGINS)
    is_relative: bool = False
    answer: tf.Tensor | None = None
    answered: tf.Tensor | None = None
    shapes: Callable[[], tuple[tf.Tensor, tf.Tensor, tf.Tensor]] | None = None
    poses: Callable[[], tuple[tf.Tensor, tf.Tensor]] | None = None
    expressions: Callable[[], tuple[tf.Tensor, tf.Tensor]] | None = None
    wanted: tf.Tensor | None = None
    second: Callable[[], Embeddings] | None = None
    late_features: Callable[[], tuple[list[tf.Tensor], list[tf.Tensor]]] | None = None
    attributes: Callable[[], tuple[list[tf.Tensor], list[tf.Tensor]]] | None = None
    replica_sum: ReplicaSum = tf.identity

    @functools.cached_property
    def cycled(self) -> tf.Tensor:
        """G(X_c, I(X_t)), ``[B, S, S, 3]`` signed."""
        return self.cycle()

    @functools.cached_property
    def second_embeddings(self) -> Embeddings:
        """The second encoder's."""
        return self.second()

    @property
    def wanted_embedding(self) -> tf.Tensor:
        """The identity encoder's embedding that X_c should have, ``[B, D]``."""
        return self.source_codes["embedding"] if self.wanted is None else self.wanted

    @property
    def all_embeddings(self) -> tuple[Embeddings, ...]:
        """Those of every encoder of the training."""
        found = (codes["embedding"] for codes in (self.target_codes, self.changed_codes))
        first = (Embeddings(self.wanted_embedding, *found),)
        return (*first, self.second_embeddings) if self.second else first


@dataclasses.dataclass(frozen=True)
class DiscriminatorFacts:
    """The facts that the discriminator's other rows read.

    Attributes:
        profile: ``paper`` or ``released``.
        real: the source images, ``[B, S, S, 3]`` signed.
        fake: the swaps X_c, the same shape and range; constants of the gradient.
        real_logits: D(X_s), ``[B, 1]``.
        penalty: the gradient penalty, float32 scalar; None where its weight is 0.
        replica_sum: adds up over the replicas.
    """

    profile: str
    real: tf.Tensor
    fake: tf.Tensor
    real_logits: tf.Tensor
    penalty: tf.Tensor | None
    replica_sum: ReplicaSum = tf.identity
