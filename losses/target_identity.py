"""The loss of what a swap keeps of its target's identity, which the paper leaves to eq. 3 alone.

A swap may resemble its source in the encoder's eyes and its target still more. Judges of a swap ask
which of the two it is nearer to.
"""

from collections.abc import Iterable

import tensorflow as tf

from .distances import cosine_distance
from .facts import Embeddings
from .reduction import ReplicaSum, batch_mean


def target_identity_loss(
    embeddings: Iterable[Embeddings], replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """Likeness of swap and target beyond that of source and target, summed over the encoders.

    The source itself, or the known answer, sets the limit, so two pictures of one person, or of two
    people who look alike, are not driven apart.

    Args:
        embeddings: of each encoder; all but the swap's are constants of the gradient.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar, 0 or more, over the global batch.
    """
    # mean sum_I max(0, cos(I(X_c), I(X_t)) - cos(I(X_s), I(X_t)))
    kept = [
        tf.nn.relu(
            tf.stop_gradient(cosine_distance(one.wanted, one.target))
            - cosine_distance(one.changed, tf.stop_gradient(one.target))
        )
        for one in embeddings
    ]
    return batch_mean(tf.add_n(kept), replica_sum)
