"""Per-image distances, computed in float32 whatever the inputs' precision."""

import tensorflow as tf

# Below this squared length a vector has no direction.
_TINY = 1e-12


def l1_distance(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of each image or feature map: ``[B, ...]`` twice -> ``[B]`` float32.

    Raises:
        ValueError: the static shapes differ; they would broadcast silently.
    """
    a, b, axes = _prepare(a, b)
    return tf.reduce_mean(tf.abs(a - b), axes)


def cosine_distance(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """1 - cos of each pair of flattened maps: ``[B, ...]`` twice -> ``[B]`` float32 in [0, 2].

    A zero vector has no direction: its distance is 1 and its gradient 0, never NaN.

    Raises:
        ValueError: the static shapes differ; they would broadcast silently.
    """
    # 1 - <a, b> / (|a| |b|)
    a, b, axes = _prepare(a, b)
    return 1.0 - tf.reduce_sum(unit_length(a, axes) * unit_length(b, axes), axes)


def unit_length(vectors: tf.Tensor, axes: list[int]) -> tf.Tensor:
    """Vectors scaled to length 1 along ``axes``; a zero vector stays, and its gradient is 0."""
    squares = tf.reduce_sum(tf.square(vectors), axes, keepdims=True)
    is_zero = squares <= _TINY
    # The inner `where` keeps rsqrt away from 0: its infinite slope times 0 would be NaN.
    scale = tf.math.rsqrt(tf.where(is_zero, 1.0, squares))
    return tf.where(is_zero, 0.0, vectors * scale)


def _prepare(a: tf.Tensor, b: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, list[int]]:
    """Both as float32, and every axis but the first."""
    a, b = tf.cast(a, tf.float32), tf.cast(b, tf.float32)
    if not a.shape.is_compatible_with(b.shape):
        raise ValueError(f"want two tensors of one shape, got {a.shape} and {b.shape}")
    return a, b, list(range(1, a.shape.rank))
