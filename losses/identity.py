"""The identity loss: the swap must carry the source's face (paper eq. 3)."""

import tensorflow as tf

from .distances import cosine_distance
from .reduction import ReplicaSum, batch_mean


def identity_loss(
    source_embedding: tf.Tensor, changed_embedding: tf.Tensor, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """1 - cos of the two embeddings; the same in both profiles.

    Args:
        source_embedding: I(X_s), or see `wanted_identity`; ``[B, D]``, any length; a constant of
            the gradient.
        changed_embedding: I(X_c), the same shape.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar in [0, 2] over the global batch.
    """
    # mean(1 - cos(I(X_s), I(X_c)))
    distance = cosine_distance(tf.stop_gradient(source_embedding), changed_embedding)
    return batch_mean(distance, replica_sum)
