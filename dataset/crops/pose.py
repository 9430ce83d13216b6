"""The turn of a head in its crop, from its turn in the photograph."""

import tensorflow as tf


def pose_in_crop(
    pose: tf.Tensor, landmarks_in_photograph: tf.Tensor, landmarks_in_crop: tf.Tensor
) -> tf.Tensor:
    """Takes the alignment's rotation off a pose: it changes the roll alone.

    The rotation is that of the similarity that fits the five points of the photograph best to those
    of the crop (Umeyama 1991), in the plane: the angle of the sum of all points' products.

    Args:
        pose: ``[B, 3]`` yaw, pitch and roll in degrees; roll is clockwise as seen.
        landmarks_in_photograph: ``[B, 5, 2]`` pixels, x to the right and y down.
        landmarks_in_crop: ``[B, 5, 2]`` pixels, of the same points in the same order.

    Returns:
        ``[B, 3]``; roll within -180 to 180.
    """
    before, after = (
        points - tf.reduce_mean(points, axis=1, keepdims=True)
        for points in (landmarks_in_photograph, landmarks_in_crop)
    )
    along = tf.reduce_sum(before * after, axis=(1, 2))
    across = tf.reduce_sum(before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0], axis=1)
    # With y down, from x to y is clockwise.
    clockwise = tf.atan2(across, along) * (180.0 / 3.141592653589793)
    roll = tf.math.floormod(pose[:, 2] + clockwise + 180.0, 360.0) - 180.0
    return tf.concat([pose[:, :2], roll[:, None]], axis=1)
