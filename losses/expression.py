"""The loss of the expression: the swap's must be the target's, as far as an embedder sees.

The paper has no such term; it measures expressions so (section 4.1), and leaves them to IFSR.
"""

import tensorflow as tf

from .distances import cosine_distance
from .reduction import ReplicaSum, batch_mean


def expression_loss(
    target_expression: tf.Tensor,
    changed_expression: tf.Tensor,
    replica_sum: ReplicaSum = tf.identity,
) -> tf.Tensor:
    """1 - cos of the two embeddings.

    Args:
        target_expression: E(X_t), ``[B, D]``, any length; a constant of the gradient.
        changed_expression: E(X_c), the same shape.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar in [0, 2] over the global batch.
    """
    # mean(1 - cos(E(X_t), E(X_c)))
    distance = cosine_distance(tf.stop_gradient(target_expression), changed_expression)
    return batch_mean(distance, replica_sum)
