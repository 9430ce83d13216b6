"""Means over the GLOBAL batch: what one replica that held the whole batch would compute.

Some terms are not linear in a mean (a hinge on the batch mean, a flagged mean with its own count),
so the average of what each replica finds would be another loss. Here the sums and the count are
added up over the replicas first, in one collective, and every replica holds the same scalar.
"""

from collections.abc import Callable

import tensorflow as tf

from .profiles import is_released

# Adds a tensor up over all replicas; with one replica it is tf.identity. In training it is
# `training.networks.player.sum_over_replicas`, differentiable. Each replica differentiates
# loss / number of replicas, and the gradients are added up.
ReplicaSum = Callable[[tf.Tensor], tf.Tensor]

_RELEASED_COUNT_OFFSET = 1e-3


def batch_mean(values: tf.Tensor, replica_sum: ReplicaSum = tf.identity) -> tf.Tensor:
    """Mean over the images of all replicas: ``[B]`` -> scalar, ``[B, K]`` -> ``[K]``, float32."""
    values = tf.cast(values, tf.float32)
    count = tf.cast(tf.shape(values)[0], tf.float32)
    total, count = _add_up(tf.reduce_sum(values, 0), count, replica_sum)
    return total / count


def flagged_mean(
    values: tf.Tensor, flags: tf.Tensor, profile: str, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """Mean over the flagged images of all replicas; 0 where none is flagged.

    Args:
        values: ``[B]``, one value an image.
        flags: ``[B]``, 0 or 1.
        profile: ``paper``: sum / max(count, 1); ``released``: sum / (count + 1e-3).
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar.
    """
    values = tf.cast(values, tf.float32)
    # [B, 1] flags against [B] values would broadcast to [B, B].
    flags = tf.ensure_shape(tf.cast(flags, tf.float32), values.shape)
    total, count = _add_up(tf.reduce_sum(values * flags), tf.reduce_sum(flags), replica_sum)
    if is_released(profile):
        return total / (count + _RELEASED_COUNT_OFFSET)
    return total / tf.maximum(count, 1.0)


def _add_up(
    total: tf.Tensor, count: tf.Tensor, replica_sum: ReplicaSum
) -> tuple[tf.Tensor, tf.Tensor]:
    both = replica_sum(tf.concat([tf.reshape(total, [-1]), [count]], 0))
    return tf.reshape(both[:-1], total.shape), both[-1]
