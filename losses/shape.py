"""The loss of the face's shape: the swap's head must be the source's, as far as a regressor sees.

The paper has no such term: it leaves the face's shape open. HifiFace (Wang et al. 2021) compares
landmarks of a 3D model; here a network tells them that has learnt from heads of known shape.
"""

import tensorflow as tf

from .reduction import ReplicaSum, batch_mean

# Decimetres: an error that is smaller counts as this, so that nothing is divided by 0.
_LEAST_ERROR = 1e-4


def shape_loss(
    source_shape: tf.Tensor,
    changed_shape: tf.Tensor,
    error: tf.Tensor,
    replica_sum: ReplicaSum = tf.identity,
) -> tf.Tensor:
    """Distance of two shapes beyond the regressor's own error, in units of that error.

    Args:
        source_shape: S(X_s), ``[B, K]`` places of landmarks, decimetres; a constant of the
            gradient.
        changed_shape: S(X_c), the same shape.
        error: ``[B, K]`` how far off S is on people whom it does not know, decimetres; what is
            nearer than that is right, as far as it knows.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch, 0 or more.
    """
    # mean_k max(0, |S_k(X_s) - S_k(X_c)| / e_k - 1)
    source, changed, error = (tf.cast(x, tf.float32) for x in (source_shape, changed_shape, error))
    away = tf.abs(tf.stop_gradient(source) - changed) / tf.maximum(error, _LEAST_ERROR)
    return batch_mean(tf.reduce_mean(tf.maximum(away - 1.0, 0.0), axis=-1), replica_sum)
