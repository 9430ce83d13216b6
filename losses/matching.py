"""Weak feature matching (SimSwap, Chen et al. 2020): the discriminator sees in both the same.

Only its later maps are compared. The early ones hold the pixels, which a swap is to change.
"""

from collections.abc import Sequence

import tensorflow as tf

from .distances import l1_distance
from .reduction import ReplicaSum, batch_mean


def matching_loss(
    target_maps: Sequence[tf.Tensor],
    changed_maps: Sequence[tf.Tensor],
    replica_sum: ReplicaSum = tf.identity,
) -> tf.Tensor:
    """L1 distance of the discriminator's maps of the swap to those of the target.

    Args:
        target_maps: D_i(X_t), each ``[B, H, W, C]``; constants of the gradient.
        changed_maps: D_i(X_c), the same shapes.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch.
    """
    # sum_i mean |D_i(X_t) - D_i(X_c)|
    distances = [
        l1_distance(tf.stop_gradient(target), changed)
        for target, changed in zip(target_maps, changed_maps, strict=True)
    ]
    return batch_mean(tf.add_n(distances), replica_sum)
