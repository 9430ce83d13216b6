"""The attributes term (FaceShifter, Li et al. 2019): the swap's attributes are the target's.

What an attribute is, the generator's own encoder of them learns.
"""

from collections.abc import Sequence

import tensorflow as tf

from .reduction import ReplicaSum, batch_mean


def attributes_loss(
    target_maps: Sequence[tf.Tensor],
    changed_maps: Sequence[tf.Tensor],
    replica_sum: ReplicaSum = tf.identity,
) -> tf.Tensor:
    """Half the squared distance of the attributes' maps, both of which learn.

    Args:
        target_maps: z_k(X_t), each ``[B, H, W, C]``.
        changed_maps: z_k(X_c), the same shapes.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch.
    """
    # 1/2 sum_k mean (z_k(X_t) - z_k(X_c))^2
    distances = [
        tf.reduce_mean(tf.math.squared_difference(*_wide(target, changed)), [1, 2, 3])
        for target, changed in zip(target_maps, changed_maps, strict=True)
    ]
    return batch_mean(tf.add_n(distances), replica_sum) / 2.0


def _wide(*maps: tf.Tensor) -> tuple[tf.Tensor, ...]:
    return tuple(tf.cast(one, tf.float32) for one in maps)
