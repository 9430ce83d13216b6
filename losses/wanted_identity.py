"""The identity that a swap should have: its source's (paper eq. 3), or its known answer's.

Encoders see more than a face. A picture of the source also shows hair, glasses and light that the
swap should not have; a known answer shows the source's face and nothing else of the source.
"""

import tensorflow as tf

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
        _unit_length(one) for one in (source_embedding, target_embedding, answer_embedding)
    )
    beyond = _unit_length(answer + _BEYOND * (answer - target))
    is_known = tf.cast(answered, tf.bool)[:, None]
    return tf.stop_gradient(tf.where(is_known, beyond, source))


def _unit_length(embeddings: tf.Tensor) -> tf.Tensor:
    return tf.math.l2_normalize(tf.cast(embeddings, tf.float32), axis=-1)
