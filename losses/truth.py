"""The loss of pairs whose right answer is known: the swap must be that picture.

The paper has no such pairs. Where a renderer gives them, the picture itself teaches what no
identity encoder sees: the shape of a face, and what is not face at all.
"""

import tensorflow as tf

from .distances import l1_distance
from .perceptual import Extractor, perceptual_loss
from .reduction import ReplicaSum, flagged_mean

# Of the perceptual part next to L1: the ratio of the paper's two weights for same pairs.
PERCEPTUAL_SHARE = 0.2 / 5.0


def truth_loss(
    answer: tf.Tensor,
    changed: tf.Tensor,
    answered: tf.Tensor,
    extractor: Extractor,
    profile: str,
    replica_sum: ReplicaSum = tf.identity,
) -> tf.Tensor:
    """L1 and perceptual distance of the swap to the known answer.

    Args:
        answer: ``[B, S, S, 3]`` signed.
        changed: X_c, the same shape and range.
        answered: ``[B]``, 1 where the answer is known, else 0; other pairs do not count.
        extractor: see `perceptual_loss`.
        profile: ``paper`` or ``released``: the extractor's, and the perceptual part's.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch, 0 where no answer is known.
    """
    # mean |X_a - X_c| + 0.04 sum_i mean |P_i(X_a) - P_i(X_c)|
    pixels = flagged_mean(l1_distance(answer, changed), answered, "paper", replica_sum)
    features = perceptual_loss(answer, changed, answered, extractor, profile, replica_sum)
    return pixels + PERCEPTUAL_SHARE * features
