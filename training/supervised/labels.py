"""The exact labels that regressors learn from and are measured by."""

from collections.abc import Mapping

import tensorflow as tf

from facedancer.arcface_model.face_regressor import EXPRESSION, GAZE, POSE, SHAPE, SHAPE_SIZE
from facedancer.dataset.crops.pose import pose_in_crop
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.utils.errors import UserError

from .step import Batch

# By target, and how many numbers each has.
_LABELS = {
    POSE: {"pose": 3, "landmarks": 10},
    GAZE: {"gaze": 2},
    SHAPE: {"shape": SHAPE_SIZE},
    EXPRESSION: {"expression": 52, "mood": 1},
}

# Decimetres: what makes gradients of a shape as large as those of a margin loss.
SHAPE_UNIT = 0.02
# iBUG's 68 landmarks, each one's place on the mirrored face: jaw, brows, nose, eyes, lips.
_MIRRORED = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *range(54, 47, -1),
    *range(59, 54, -1),
    *range(64, 59, -1),
    *range(67, 64, -1),
]


def find_labels(flag: str, target: str, faces: LabelledFaces) -> dict[str, slice]:
    """Finds the columns of a face's labels that ``target`` needs.

    Args:
        flag: the one that names the faces, ``data`` or ``validation_data``.
        target: of `choices.TARGETS`.
        faces: with their labels.

    Raises:
        UserError: they lack one.
    """
    columns = {}
    for name, size in _LABELS[target].items():
        found = faces.columns(name)
        if found is None or found.stop - found.start != size:
            raise UserError(
                f"--{flag} has no label {name!r} of {size} numbers, which --target={target} needs: "
                "lab/render_faces.py renders faces with it"
            )
        columns[name] = found
    return columns


def true_pose(batch: Batch, columns: Mapping[str, slice]) -> tf.Tensor:
    """``[B, 3]`` yaw, pitch and roll in the crop, degrees."""
    pose, points = (tf.convert_to_tensor(batch["labels"][:, columns[n]]) for n in _LABELS[POSE])
    return pose_in_crop(pose, tf.reshape(points, [-1, 5, 2]), batch["landmarks"])


def mirrored_shape(shape: tf.Tensor) -> tf.Tensor:
    """``[B, 204]`` label ``shape`` of the faces -> of their mirror images, decimetres."""
    points = tf.gather(tf.reshape(shape, [-1, len(_MIRRORED), 3]), _MIRRORED, axis=1)
    return tf.reshape(points * tf.constant([-1.0, 1.0, 1.0]), [-1, SHAPE_SIZE])
