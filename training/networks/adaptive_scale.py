"""IFSR's margin scale s, held where the swaps' identity meets a goal.

As in GECO (Rezende and Viola, "Taming VAEs", 2018) a constraint sets the weight: where the swaps
are too little like their sources, the hinge is in the way and loosens; where they are more like
them than was asked for, it tightens and keeps more of the target.
"""

import math

import tensorflow as tf

from facedancer.losses.distances import cosine_distance
from facedancer.losses.margins import LEAST_SCALE, MOST_SCALE
from facedancer.losses.reduction import ReplicaSum, batch_mean

# Of log s in a step, for each 1 that the cosine is off: at 0.1, a factor of e takes 3,000 steps.
RATE = 1 / 300
# Of the running mean: a single batch says little.
DECAY = 0.99


class AdaptiveScale(tf.Module):
    """The scale and the running mean that moves it; must be made in the strategy's scope.

    Args:
        start: s before the first step, `LEAST_SCALE` to `MOST_SCALE`.
        goal: the mean cosine between swap and source that is wanted.
    """

    def __init__(self, start: float, goal: float) -> None:
        super().__init__()
        self._goal = goal
        self._log_scale = tf.Variable(math.log(start), trainable=False, name="log_scale")
        # It begins at the goal: the first steps, of a network that knows nothing, move s little.
        self._mean = tf.Variable(goal, trainable=False, name="mean_cosine")

    def scale(self) -> tf.Tensor:
        """The scale s, a float32 scalar."""
        return tf.exp(self._log_scale.read_value())

    def cosine(
        self,
        source_embedding: tf.Tensor,
        changed_embedding: tf.Tensor,
        same: tf.Tensor,
        replica_sum: ReplicaSum = tf.identity,
    ) -> tf.Tensor:
        """Mean cosine of swaps and sources over the global batch; in replica context.

        Same pairs do not count: their answer is the source itself. A batch of nothing else tells
        nothing: it gives the running mean back.

        Args:
            source_embedding: I(X_s), ``[B, D]``.
            changed_embedding: I(X_c), the same shape.
            same: ``[B]``, 1 where X_t = X_s, else 0.
            replica_sum: adds up over the replicas.

        Returns:
            float32 scalar, -1..1; a constant of the gradient.
        """
        others = 1.0 - tf.cast(same, tf.float32)
        cosines = 1.0 - cosine_distance(source_embedding, changed_embedding)
        # The mean of both is the ratio of the sums: one collective serves.
        means = batch_mean(tf.stack([others * cosines, others], 1), replica_sum)
        known = means[1] > 0
        found = means[0] / tf.where(known, means[1], 1.0)
        return tf.stop_gradient(tf.where(known, found, self._mean.read_value()))

    def follow(self, cosine: tf.Tensor, is_sound: tf.Tensor) -> None:
        """Takes a step's mean cosine in; in the strategy's scope, not on a replica.

        Args:
            cosine: float32 scalar.
            is_sound: scalar bool; after a step that was not applied nothing moves.
        """
        counts = is_sound & tf.math.is_finite(cosine)
        mean = self._mean + (1.0 - DECAY) * (cosine - self._mean)
        self._mean.assign(tf.where(counts, mean, self._mean))
        # log s += rate (goal - running mean)
        moved = self._log_scale + RATE * (self._goal - self._mean)
        moved = tf.clip_by_value(moved, math.log(LEAST_SCALE), math.log(MOST_SCALE))
        self._log_scale.assign(tf.where(counts, moved, self._log_scale))
