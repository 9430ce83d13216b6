"""Interpreted Feature Similarity Regularization (paper section 3.3, eq. 2).

The identity encoder's shallow blocks hold pose, expression, light and occlusion. There the swap
must stay as close to the target as an ordinary swap does, and no closer: a hinge with a margin for
each block.
"""

from collections.abc import Iterable, Mapping

import tensorflow as tf

from .distances import cosine_distance
from .margins import MARGIN_SCALE, MARGINS
from .profiles import is_released
from .reduction import ReplicaSum, batch_mean


def ifsr_distances(
    target_codes: Mapping[str, tf.Tensor],
    changed_codes: Mapping[str, tf.Tensor],
    blocks: Iterable[str] = tuple(MARGINS),
) -> tf.Tensor:
    """1 - cos of the flattened feature maps, ``[B, K]`` float32, in the order of the K ``blocks``.

    Args:
        target_codes: the encoder's block outputs for X_t by name; constants of the gradient.
        changed_codes: the same for X_c.
        blocks: which of them.
    """
    distances = [
        cosine_distance(tf.stop_gradient(target_codes[block]), changed_codes[block])
        for block in blocks
    ]
    return tf.stack(distances, 1)


def ifsr_limits(
    margins: Mapping[str, float],
    margin_scale: tf.Tensor | float = MARGIN_SCALE,
    target_codes: Mapping[str, tf.Tensor] | None = None,
    source_codes: Mapping[str, tf.Tensor] | None = None,
) -> tf.Tensor:
    """The distances beyond which the hinge of eq. 2 pulls, in the order of the K ``margins``.

    Without a swapper to measure m_i by, a pair's own two faces say how far apart they are in a
    block: the limit is then a share of that. It never is a share of the swap's own distance, which
    would follow the swap wherever it goes.

    Args:
        margins: block -> m_i; where the source is given, block -> share r_i.
        margin_scale: s of eq. 2; lower is stricter.
        target_codes: the encoder's block outputs for X_t by name; read with the source's alone.
        source_codes: the same for X_s; None: the limits are the same for every pair.

    Returns:
        s m_i, ``[K]`` float32; or with a source s r_i d_i(X_t, X_s), ``[B, K]``, a constant of
        the gradient.
    """
    scales = margin_scale * tf.constant(list(margins.values()), tf.float32)
    if source_codes is None:
        return scales
    return tf.stop_gradient(scales * ifsr_distances(target_codes, source_codes, margins))


def ifsr_loss(
    target_codes: Mapping[str, tf.Tensor],
    changed_codes: Mapping[str, tf.Tensor],
    profile: str,
    margin_scale: tf.Tensor | float = MARGIN_SCALE,
    replica_sum: ReplicaSum = tf.identity,
    margins: Mapping[str, float] = MARGINS,
    source_codes: Mapping[str, tf.Tensor] | None = None,
) -> tf.Tensor:
    """Sums over the blocks how far the swap's features leave the target's beyond the margins.

    Args:
        target_codes: the encoder's block outputs for X_t by name; constants of the gradient.
        changed_codes: the same for X_c.
        profile: ``paper``: each image has its own hinge; ``released``: one hinge on the mean over
            the global batch. Eq. 2 prints min(., 0), a misprint of max: min would reward distance.
        margin_scale: s of eq. 2; lower is stricter.
        replica_sum: adds up over the replicas.
        margins: block -> m_i, or r_i where the source is given; only these blocks count.
        source_codes: the encoder's block outputs for X_s: each pair has limits of its own, see
            `ifsr_limits`. None: s m_i for all.

    Returns:
        float32 scalar over the global batch.
    """
    # d_i = 1 - cos(I_i(X_t), I_i(X_c)), l_i = s m_i or s r_i (1 - cos(I_i(X_t), I_i(X_s)))
    distances = ifsr_distances(target_codes, changed_codes, margins)
    limits = ifsr_limits(margins, margin_scale, target_codes, source_codes)
    if is_released(profile):
        # sum_i max(0, mean(d_i) - mean(l_i))
        limits = limits if source_codes is None else batch_mean(limits, replica_sum)
        hinges = tf.nn.relu(batch_mean(distances, replica_sum) - limits)
    else:
        # sum_i mean(max(0, d_i - l_i))
        hinges = batch_mean(tf.nn.relu(distances - limits), replica_sum)
    return tf.reduce_sum(hinges)
