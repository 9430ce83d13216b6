"""Anchors, and the decoding of what the network says about them, in pixels of its input.

Everything is TensorFlow and takes any picture size, so that it can stand inside a `tf.function`.
"""

import numpy as np
import tensorflow as tf

STRIDES = (8, 16, 32)
# Sides in pixels of the square anchors in every cell of a level.
ANCHOR_SIZES = ((16, 32), (64, 128), (256, 512))
ANCHORS_PER_CELL = 2

# Regression targets were divided by these "variances" in training: positions, logarithms of sides.
_POSITION_VARIANCE = 0.1
_SIZE_VARIANCE = 0.2

# Pixels. A candidate whose box or landmarks span less is a dot, from which no face can be aligned.
_SMALLEST_EXTENT = 1e-3


def make_anchors(height: tf.Tensor | int, width: tf.Tensor | int) -> tf.Tensor:
    """The anchors of a picture of ``height`` x ``width`` pixels.

    Returns:
        ``[N, 3]`` float32: centre x, centre y, side; ordered by level, row, column, side, with
        ``ceil(height / stride)`` rows and ``ceil(width / stride)`` columns per level.
    """
    levels = []
    for stride, sizes in zip(STRIDES, ANCHOR_SIZES, strict=True):
        rows, columns = -(-height // stride), -(-width // stride)
        y = (tf.range(rows, dtype=tf.float32) + 0.5) * stride
        x = (tf.range(columns, dtype=tf.float32) + 0.5) * stride
        y, x, side = tf.meshgrid(y, x, tf.constant(sizes, tf.float32), indexing="ij")
        levels.append(tf.reshape(tf.stack([x, y, side], -1), [-1, 3]))
    return tf.concat(levels, 0)


def decode(
    boxes: tf.Tensor, landmarks: tf.Tensor, anchors: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Offsets from anchors -> pixels.

    Args:
        boxes: ``[..., N, 4]``, as the network gives them.
        landmarks: ``[..., N, 10]``, likewise.
        anchors: ``[N, 3]`` from `make_anchors`.

    Returns:
        Boxes ``[..., N, 4]`` (left, top, right, bottom) and landmarks ``[..., N, 5, 2]`` (x, y).
    """
    centres, sides = anchors[:, :2], anchors[:, 2:]
    middle = centres + boxes[..., :2] * (_POSITION_VARIANCE * sides)
    half = 0.5 * sides * tf.exp(boxes[..., 2:] * _SIZE_VARIANCE)
    points = tf.reshape(landmarks, tf.concat([tf.shape(landmarks)[:-1], [5, 2]], 0))
    points = centres[:, None] + points * (_POSITION_VARIANCE * sides[:, None])
    return tf.concat([middle - half, middle + half], -1), points


def usable(boxes: tf.Tensor, landmarks: tf.Tensor, scores: tf.Tensor) -> tf.Tensor:
    """Finds candidates that could be faces: all finite, neither box nor landmarks a dot.

    Args:
        boxes: ``[..., 4]`` left, top, right, bottom in pixels.
        landmarks: ``[..., 5, 2]`` in pixels.
        scores: ``[...]``.

    Returns:
        ``[...]`` bool.
    """
    finite = tf.math.is_finite(scores)
    finite &= tf.reduce_all(tf.math.is_finite(boxes), -1)
    finite &= tf.reduce_all(tf.math.is_finite(landmarks), [-2, -1])
    box_extent = tf.reduce_min(boxes[..., 2:] - boxes[..., :2], -1)
    spans = tf.reduce_max(landmarks, -2) - tf.reduce_min(landmarks, -2)
    # A profile's landmarks may lie on an upright line, so the larger span decides.
    landmark_extent = tf.reduce_max(spans, -1)
    return finite & (box_extent >= _SMALLEST_EXTENT) & (landmark_extent >= _SMALLEST_EXTENT)


def suppress(boxes: np.ndarray, scores: np.ndarray, max_iou: float) -> np.ndarray:
    """Non-maximum suppression for one picture.

    Args:
        boxes: ``[N, 4]`` float32: left, top, right, bottom.
        scores: ``[N]`` float32.
        max_iou: of two boxes that overlap more than this, the one that scores lower goes.

    Returns:
        ``[K]``, which of them stay, best first.
    """
    return tf.image.non_max_suppression(boxes, scores, len(scores), max_iou).numpy()
