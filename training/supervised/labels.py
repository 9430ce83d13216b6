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
                f"--{flag} has no label {name!r} of {size} numbers, which --target={target} "
                "is learnt from: lab/render_faces.py draws faces that have"
            )
        columns[name] = found
    return columns


def true_pose(batch: Batch, columns: Mapping[str, slice]) -> tf.Tensor:
    """``[B, 3]`` yaw, pitch and roll in the crop, degrees."""
    pose, points = (tf.convert_to_tensor(batch["labels"][:, columns[n]]) for n in _LABELS[POSE])
    return pose_in_crop(pose, tf.reshape(points, [-1, 5, 2]), batch["landmarks"])
