"""Margin heads: what makes a softmax over identities leave room between them.

Both take cosines of an embedding and every identity's weight vector and handicap the true one,
theta being its angle, s a scale, m a margin; cross-entropy with softmax follows.
"""

import math
from collections.abc import Callable

import tensorflow as tf

from facedancer.utils.late_imports import function_at

from .choices import HEADS

# An arc cosine's slope is infinite at 1: so near to it cosines are cut.
_MOST_COSINE = 1.0 - 1e-6


def arcface_logits(
    cosines: tf.Tensor, labels: tf.Tensor, margin: tf.Tensor | float = 0.5, scale: float = 64.0
) -> tf.Tensor:
    """The additive angular margin: s cos(theta + m) for the true identity, s cos(theta) else.

    Deng, Guo, Xue, Zafeiriou, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition",
    CVPR 2019, eq. 3. Beyond theta = pi - m, cos(theta + m) would rise again, and reward a worse
    angle; there cos(theta) - m sin(pi - m) takes its place, which falls on. Of the two it is the
    lower one just there, so nothing but the slope tells where it begins.

    Args:
        cosines: ``[B, N]`` float32, see `cosines_of`.
        labels: ``[B]`` integers, the true identities.
        margin: m in radians, 0 to pi / 2; with 0 this is a plain normalised softmax.
        scale: s, above 0.

    Returns:
        ``[B, N]`` float32.
    """
    true = _cosines_at(cosines, labels)
    sine = tf.sqrt(1.0 - tf.square(true))
    margin = tf.cast(margin, tf.float32)
    shifted = true * tf.cos(margin) - sine * tf.sin(margin)
    beyond = true - margin * tf.sin(margin)
    handicapped = tf.where(true > tf.cos(math.pi - margin), shifted, beyond)
    return scale * _replace(cosines, labels, handicapped)


def cosface_logits(
    cosines: tf.Tensor, labels: tf.Tensor, margin: tf.Tensor | float = 0.35, scale: float = 64.0
) -> tf.Tensor:
    """The additive cosine margin: s (cos(theta) - m) for the true identity, s cos(theta) else.

    Wang et al., "CosFace: Large Margin Cosine Loss for Deep Face Recognition", CVPR 2018, eq. 4.
    Arguments as in `arcface_logits`; m is a cosine.
    """
    true = _cosines_at(cosines, labels)
    return scale * _replace(cosines, labels, true - margin)


def margin_head(name: str) -> Callable[..., tf.Tensor]:
    """The head of that name, of `choices.HEADS`: arguments as in `arcface_logits`."""
    return function_at(HEADS[name], __package__)


def cosines_of(embeddings: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Cosines of embeddings ``[B, D]`` and identities' weight vectors ``[D, N]``: ``[B, N]``.

    All in float32, whatever the network computed in.
    """
    embeddings = tf.math.l2_normalize(tf.cast(embeddings, tf.float32), axis=1)
    return embeddings @ tf.math.l2_normalize(tf.cast(weights, tf.float32), axis=0)


def margin_loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Each face's cross-entropy of its identity, ``[B]``."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)


def _cosines_at(cosines: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    true = tf.gather(cosines, labels, batch_dims=1)
    return tf.clip_by_value(true, -_MOST_COSINE, _MOST_COSINE)


def _replace(cosines: tf.Tensor, labels: tf.Tensor, true: tf.Tensor) -> tf.Tensor:
    is_true = tf.one_hot(labels, tf.shape(cosines)[1], on_value=True, off_value=False, dtype=bool)
    return tf.where(is_true, true[:, None], cosines)
