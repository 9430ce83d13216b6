"""The discriminator's gradient penalty: WGAN-GP (paper) or R1 (released).

Both are scaled so that the weight 10 gives the published term.
"""

from collections.abc import Callable

import tensorflow as tf

from .profiles import is_released
from .reduction import ReplicaSum, batch_mean

# Keeps the slope of the norm finite where the gradient is exactly 0.
_NORM_EPSILON = 1e-12


def penalised_images(
    real: tf.Tensor, fake: tf.Tensor, profile: str, mix: tf.Tensor | None = None
) -> tf.Tensor:
    """The images at which the discriminator's slope is judged.

    Args:
        real: ``[B, S, S, 3]`` signed; the source images.
        fake: ``[B, S, S, 3]`` signed; the swaps.
        profile: ``paper``: a random point between each real image and its swap; ``released``: the
            real images.
        mix: ``[B]`` uniform in [0, 1), the share of the real image; the paper profile needs it.

    Returns:
        ``[B, S, S, 3]`` float32, constant for the generator.
    """
    real = tf.cast(real, tf.float32)
    if is_released(profile):
        return real
    if mix is None:
        raise ValueError("the paper profile's gradient penalty needs `mix`, one number an image")
    mix = tf.reshape(tf.cast(mix, tf.float32), [-1, 1, 1, 1])
    # mix * X_s + (1 - mix) * X_c
    return mix * real + (1.0 - mix) * tf.stop_gradient(tf.cast(fake, tf.float32))


def gradient_penalty(
    discriminator: Callable[..., tf.Tensor],
    images: tf.Tensor,
    profile: str,
    loss_scale: tf.Tensor | float = 1.0,
    replica_sum: ReplicaSum = tf.identity,
    due: tf.Tensor | None = None,
    when_not_due: Callable[..., tf.Tensor] | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Measures how far the discriminator's slope at each image is from what the profile wants.

    Args:
        discriminator: ``[B, S, S, 3]`` signed -> ``[B, 1]`` logits, each of its own image alone.
        images: what `penalised_images` returned.
        profile: ``paper``: slope 1, two-sided; ``released``: slope 0.
        loss_scale: the optimizer's current loss scale under float16, else 1.
        replica_sum: adds up over the replicas.
        due: scalar bool, for a penalty that is not taken in every step: where it is False, the
            penalty is 0. None: it is taken.
        when_not_due: the discriminator as it is called where the penalty is not due; None: itself.

    Returns:
        The raw penalty, a float32 scalar over the global batch, and the images' logits (``paper``,
        not due: 0, as nobody needs a discriminator's word on interpolated images).
    """

    def look() -> tuple[tf.Tensor, tf.Tensor]:
        return _slopes(discriminator, images, profile, loss_scale)

    def look_away() -> tuple[tf.Tensor, tf.Tensor]:
        nothing = tf.zeros(tf.shape(images)[:1])
        if is_released(profile):
            return nothing, (when_not_due or discriminator)(images, training=True)
        return nothing, nothing[:, None]

    # What adds up over the replicas stays outside the condition.
    values, logits = look() if due is None else tf.cond(due, look, look_away)
    return batch_mean(values, replica_sum), logits


def _slopes(
    discriminator: Callable[..., tf.Tensor],
    images: tf.Tensor,
    profile: str,
    loss_scale: tf.Tensor | float,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Each image's penalty ``[B]`` float32 and logit."""
    # The slope along one pixel is small, and float16 rounds to 0 what is below 6e-8. Scaling the
    # outer loss cannot help this inner backward pass, so the logits are scaled here. The outer pass
    # begins at the slope divided by that scale: the square root gives both passes the same room.
    scale = tf.sqrt(tf.cast(loss_scale, tf.float32))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = discriminator(images, training=True)
        scaled = tf.reduce_sum(tf.cast(logits, tf.float32)) * scale
    slope = tf.cast(tape.gradient(scaled, images), tf.float32) / scale
    squares = tf.reduce_sum(tf.square(slope), [1, 2, 3])
    if is_released(profile):
        # R1: mean(1/2 |grad D(X_s)|^2)
        return 0.5 * squares, logits
    # WGAN-GP: mean((|grad D(X)| - 1)^2)
    return tf.square(tf.sqrt(squares + _NORM_EPSILON) - 1.0), logits
