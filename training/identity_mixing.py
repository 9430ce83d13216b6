"""Identities that nobody has, so that a generator learns to draw people unlike those of its data.

Photographs' embeddings are more varied than rendered people's. The difference of two people's
embeddings, added to a third's, gives an embedding farther from all of them.
"""

import tensorflow as tf


def mix_identities(embeddings: tf.Tensor, strength: float, kept: tf.Tensor) -> tf.Tensor:
    """Moves each embedding by the difference of the next two of the batch.

    Args:
        embeddings: I(X_s), ``[B, D]`` of any length.
        strength: what that difference is multiplied by; 0 gives the very embeddings. Those of the
            data vary by (1 + 2 ``strength``^2) times as much afterwards.
        kept: ``[B]``, 1 where the embedding must stay, because the right answer is known.

    Returns:
        The same shape. Where a batch has fewer than three pictures, some stay what they were.
    """
    if not strength:
        return embeddings
    difference = tf.roll(embeddings, -1, 0) - tf.roll(embeddings, -2, 0)
    moved = embeddings + tf.cast(strength, embeddings.dtype) * difference
    return tf.where(tf.cast(kept, tf.bool)[:, None], embeddings, moved)
