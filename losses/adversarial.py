"""The adversarial terms: hinge (paper) or softplus (released), for both players.

Every function takes logits ``[B, 1]`` or ``[B]``, any float dtype, high for real, and returns the
float32 mean over the global batch.
"""

import tensorflow as tf

from .profiles import is_released
from .reduction import ReplicaSum, batch_mean


def generator_adversarial_loss(
    changed_logits: tf.Tensor, profile: str, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """The generator's term: low where the discriminator takes swaps for real."""
    logits = _per_image(changed_logits)
    # paper: mean(-D(X_c)); released: mean(log(1 + exp(-D(X_c))))
    values = tf.nn.softplus(-logits) if is_released(profile) else -logits
    return batch_mean(values, replica_sum)


def discriminator_real_loss(
    real_logits: tf.Tensor, profile: str, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """The discriminator's term of real images: low where their logits are high."""
    logits = _per_image(real_logits)
    # paper: mean(max(0, 1 - D(X))); released: mean(log(1 + exp(-D(X))))
    values = tf.nn.softplus(-logits) if is_released(profile) else tf.nn.relu(1.0 - logits)
    return batch_mean(values, replica_sum)


def discriminator_fake_loss(
    fake_logits: tf.Tensor, profile: str, replica_sum: ReplicaSum = tf.identity
) -> tf.Tensor:
    """The discriminator's term of swaps: low where their logits are low."""
    logits = _per_image(fake_logits)
    # paper: mean(max(0, 1 + D(X_c))); released: mean(log(1 + exp(D(X_c))))
    values = tf.nn.softplus(logits) if is_released(profile) else tf.nn.relu(1.0 + logits)
    return batch_mean(values, replica_sum)


def _per_image(logits: tf.Tensor) -> tf.Tensor:
    # float32 first: softplus and the mean lose digits in half precision.
    return tf.reshape(tf.cast(logits, tf.float32), [-1])
