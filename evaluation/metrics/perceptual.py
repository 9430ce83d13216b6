"""Distances of deep features: outside of the face, of what should not change, and everywhere.

In the manner of LPIPS (Zhang et al., "The Unreasonable Effectiveness of Deep Features as a
Perceptual Metric", 2018), without its learned weights for each channel: all count alike.
"""

import functools
from collections.abc import Callable

import cv2
import numpy as np
import tensorflow as tf

from facedancer.networks.feature_extractor import get_feature_extractor
from facedancer.utils.images import uint8_to_signed

from .background import outside_mask

_EPSILON = 1e-10


def perceptual_outside(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """The distance outside of the face, by the MobileNetV2 that ships.

    Over the extractor's five maps, the sum of the mean squared distance of the unit vectors at each
    place, places weighted by how far they lie outside of the face.

    Args:
        target: ``[P, S, S, 3]`` uint8 RGB, S >= 32.
        changed: the same, of the swaps.

    Returns:
        ``[P]``, 0 for equal pictures.
    """
    compare, weights = _comparison(target.shape[1])
    return compare(uint8_to_signed(target), uint8_to_signed(changed), weights).numpy()


def perceptual_everywhere(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The distance with all places alike: ``[P, S, S, 3]`` uint8 RGB twice, S >= 32 -> ``[P]``."""
    compare, weights = _comparison(one.shape[1])
    everywhere = [np.ones_like(weight) for weight in weights]
    return compare(uint8_to_signed(one), uint8_to_signed(other), everywhere).numpy()


@functools.cache
def _comparison(side: int) -> tuple[Callable[..., tf.Tensor], list[np.ndarray]]:
    """The graph, and each map's weights, for pictures of a side."""
    extractor = get_feature_extractor("mobilenet_v2", "paper")

    @tf.function(autograph=False, reduce_retracing=True)
    def compare(target: tf.Tensor, changed: tf.Tensor, weights: list[tf.Tensor]) -> tf.Tensor:
        maps = zip(extractor(target), extractor(changed), weights, strict=True)
        return tf.add_n([_weighted(a, b, weight) for a, b, weight in maps])

    shapes = extractor.compute_output_shape((None, side, side, 3))
    mask = outside_mask(side).astype(np.float32)
    weights = [
        cv2.resize(mask, (shape[2], shape[1]), interpolation=cv2.INTER_AREA) for shape in shapes
    ]
    return compare, weights


def _weighted(a: tf.Tensor, b: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """``[P, H, W, C]`` twice and ``[H, W]`` -> ``[P]``."""
    a, b = (x * tf.math.rsqrt(tf.reduce_sum(x**2, -1, keepdims=True) + _EPSILON) for x in (a, b))
    distance = tf.reduce_sum((a - b) ** 2, -1)
    return tf.reduce_sum(distance * weight, [1, 2]) / tf.reduce_sum(weight)
