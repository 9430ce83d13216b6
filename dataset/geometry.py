"""Random moves of a face within its crop: what an imperfect alignment does, and mirroring."""

import math

import tensorflow as tf

# At full strength: shift (of the side), change of size, turn in radians. Landmarks of a detector
# put a face about a third as far from its place.
_SHIFT, _ZOOM, _TURN = 0.03, 0.08, math.radians(6)


def move(image: tf.Tensor, strength: float, key: tf.Tensor) -> tf.Tensor:
    """Shifts, scales and turns a picture, and mirrors every other one.

    Args:
        image: ``[S, S, 3]`` float32, of static shape.
        strength: 0, which gives the very image, to 1.
        key: ``[2]`` int64; the same key does the same to any picture of this size.

    Returns:
        ``[S, S, 3]`` float32 in the same range; what comes in repeats the edge.
    """
    if not strength:
        return image
    side = image.shape[0]
    draws = tf.random.stateless_uniform([5], key, -1.0, 1.0)
    amounts = strength * draws[:4] * (_SHIFT * side, _SHIFT * side, _ZOOM, _TURN)
    across, down, zoom, turn = tf.unstack(amounts)
    mirror = tf.where(draws[4] < 0.0, -1.0, 1.0)
    cos, sin = (1.0 + zoom) * tf.cos(turn), (1.0 + zoom) * tf.sin(turn)
    # Where each pixel of the result comes from, about the middle.
    a, b, c, d = cos * mirror, -sin, sin * mirror, cos
    middle = (side - 1) / 2
    row = [
        *(a, b, middle - a * middle - b * middle + across),
        *(c, d, middle - c * middle - d * middle + down),
        *(0.0, 0.0),
    ]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=tf.stack(row)[None],
        output_shape=[side, side],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
    return tf.ensure_shape(moved[0], image.shape)
