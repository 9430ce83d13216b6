"""The view that encoders and regressors get of a swap, and of its target, while they teach.

Marks at one place can please a frozen encoder, although no other encoder, and nobody, sees a face
in them. Such marks do not please in many views: moved, scaled, mirrored, recoloured and partly
covered at random. A face does. Random views also make adversarial examples carry over to other
networks (Xie et al., "Improving Transferability of Adversarial Examples with Input Diversity",
2019).
"""

import tensorflow as tf

from .supervised.augmentation import jitter, mirror_some


def encoder_view(images: tf.Tensor, strength: float, seed: int, number: tf.Tensor) -> tf.Tensor:
    """One random view of each picture; the same views for the same seed and number.

    Args:
        images: ``[B, S, S, 3]`` signed RGB.
        strength: of `jitter`, 0 to 1; 0 gives the very images.
        seed: of the run.
        number: of the batch, scalar int64.

    Returns:
        The same shape and range, float32. Image n of any batch of this shape gets view n, so swaps
        and their targets stay alike where they are.
    """
    if not strength:
        return images
    unit = tf.cast(images, tf.float32) / 2.0 + 0.5
    mirrored, _ = mirror_some(unit, seed, number)
    return 2.0 * jitter(mirrored, strength, seed, number) - 1.0
