"""The loss of the head's pose: the swap's must be the target's, as far as a regressor sees.

The paper has no such term. It leaves the pose to IFSR, which only limits how far the features of a
recognition network may move.
"""

import tensorflow as tf

from .reduction import ReplicaSum, batch_mean

# Degrees. Regressors err by about this much, so what is nearer pulls less and less.
_UNIT = 3.0


def pose_loss(
    target_pose: tf.Tensor, changed_pose: tf.Tensor, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """Distance of two poses, quadratic when small and linear when large, in units of 3 degrees.

    Args:
        target_pose: P(X_t), ``[B, 3]`` yaw, pitch and roll in degrees; a constant of the gradient.
        changed_pose: P(X_c), the same shape.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch, 0 or more.
    """
    # mean sqrt(1 + (P(X_t) - P(X_c))^2 / u^2) - 1
    target, changed = (tf.cast(x, tf.float32) for x in (target_pose, changed_pose))
    away = (tf.stop_gradient(target) - changed) / _UNIT
    return batch_mean(tf.reduce_mean(tf.sqrt(1.0 + away**2) - 1.0, axis=-1), replica_sum)
