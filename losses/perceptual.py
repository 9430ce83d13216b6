"""The perceptual loss: a reconstruction must match its target in a classifier's features too."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from .distances import l1_distance
from .profiles import is_released
from .reduction import ReplicaSum, flagged_mean

# [N, S, S, 3] signed -> feature maps [N, ...], shallow to deep.
Extractor = Callable[[tf.Tensor], Sequence[tf.Tensor]]

_RELEASED_FEATURE_SCALE = 0.85


def perceptual_loss(
    target: tf.Tensor,
    changed: tf.Tensor,
    same: tf.Tensor,
    extractor: Extractor,
    profile: str,
    replica_sum: ReplicaSum = tf.identity,
) -> tf.Tensor:
    """L1 between the feature maps of same pairs, summed over the maps (paper eq. 5).

    Only same pairs pass through the extractor. Their number is a shape that the data decides, so
    this does not compile under XLA (`jit_compile=True`).

    Args:
        target: X_t, ``[B, S, S, 3]`` signed.
        changed: X_c, the same shape and range.
        same: ``[B]``, 1 where X_t = X_s, else 0; other pairs do not count.
        extractor: frozen; must have the taps of the profile (`networks.feature_extractor`).
        profile: ``paper`` or ``released``.
        replica_sum: adds up over the replicas.

    Returns:
        float32 scalar over the global batch, 0 where no pair is the same.
    """
    same = tf.cast(same, tf.float32)
    # Flagged images first. Where none is, one image passes with its flag of 0: an empty batch is a
    # corner case that not every convolution kernel has thought of.
    count = tf.maximum(tf.math.count_nonzero(same, dtype=tf.int32), 1)
    chosen = tf.argsort(same, direction="DESCENDING")[:count]
    target, changed, flags = (tf.gather(x, chosen) for x in (target, changed, same))

    # Two passes: the target's needs no backward pass.
    wanted = [tf.stop_gradient(features) for features in extractor(target)]
    found = extractor(changed)
    # sum_i mean |P_i(X_t) - P_i(X_c)|; released: both maps are scaled by 0.85 first
    values = tf.add_n([l1_distance(a, b) for a, b in zip(wanted, found, strict=True)])
    if is_released(profile):
        values *= _RELEASED_FEATURE_SCALE
    return flagged_mean(values, flags, profile, replica_sum)
