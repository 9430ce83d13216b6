"""The identity that a swap should have: its source's (paper eq. 3), or its known answer's.

Encoders see more than a face. A picture of the source also shows hair, glasses and light that the
swap should not have; a known answer shows the source's face and nothing else of the source.
"""

import tensorflow as tf

from .distances import unit_length

# Swaps fall short of what is asked. So it is more than the answer: this much of the way from target
# to answer, on which the face alone changes, is added.
_BEYOND = 1.0


def wanted_identity(
    source_embedding: tf.Tensor,
    target_embedding: tf.Tensor,
    answer_embedding: tf.Tensor,
    answered: tf.Tensor,
) -> tf.Tensor:
    """Direction of the answer's embedding, away from the target's; if unknown, the source's.

    Args:
        source_embedding: I(X_s), ``[B, D]``, any length.
        target_embedding: I(X_t), the same shape.
        answer_embedding: I(X_a), the same shape.
        answered: ``[B]``, 1 where the answer is known, else 0.

    Returns:
        ``[B, D]`` float32 of unit length; a constant of the gradient.
    """
    source, target, answer = (
        unit_length(tf.cast(one, tf.float32), [1])
        for one in (source_embedding, target_embedding, answer_embedding)
    )
    beyond = unit_length(answer + _BEYOND * (answer - target), [1])
    is_known = tf.cast(answered, tf.bool)[:, None]
    return tf.stop_gradient(tf.where(is_known, beyond, source))
