"""Pixel losses: the swap of a face onto itself, and the swap undone."""

import tensorflow as tf

from .distances import l1_distance
from .profiles import is_released
from .reduction import ReplicaSum, batch_mean, flagged_mean

_RELEASED_RANGE = (0.0, 5.0)


def reconstruction_loss(
    target: tf.Tensor,
    changed: tf.Tensor,
    same: tf.Tensor,
    profile: str,
    replica_sum: ReplicaSum = tf.identity,
) -> tf.Tensor:
    """Asks for the target back where source and target are one image (paper eq. 4).

    Args:
        target: X_t, ``[B, S, S, 3]`` signed.
        changed: X_c, the same shape and range.
        same: ``[B]``, 1 where X_t = X_s, else 0; other pairs do not count.
        profile: ``paper`` or ``released``.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch, 0 where no pair is the same.
    """
    # paper: mean over same pairs of mean |X_t - X_c|; released: half of it, clipped to [0, 5]
    loss = flagged_mean(l1_distance(target, changed), same, profile, replica_sum)
    return tf.clip_by_value(loss / 2.0, *_RELEASED_RANGE) if is_released(profile) else loss


def cycle_loss(
    target: tf.Tensor, cycled: tf.Tensor, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """The swap undone by the target's own identity must be the target (paper eq. 6).

    Args:
        target: X_t, ``[B, S, S, 3]`` signed.
        cycled: G(X_c, I(X_t)), the same shape and range.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch.
    """
    # mean |X_t - G(X_c, I(X_t))|
    return batch_mean(l1_distance(target, cycled), replica_sum)
