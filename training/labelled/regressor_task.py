"""Learning pose or expression from the exact labels of rendered faces."""

import numpy as np
import tensorflow as tf

from facedancer.arcface_model.face_regressor import (
    EMBEDDING,
    EXPRESSION,
    FEATURE_SIZE,
    POSE,
    finished_regressor,
    get_regressor,
)
from facedancer.arcface_model.margin_classifier import MarginClassifier
from facedancer.arcface_model.margins import cosface_logits, cosines_of, margin_loss
from facedancer.dataset.crops.crop_pose import pose_in_crop
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.evaluation.metrics.verification import auc, draw_pairs, similarities
from facedancer.utils.cli import UserError

from .face_augmentation import jitter, mirror_some
from .labelled_faces_input import held_out_faces, to_input
from .labelled_step import Batch
from .regressor_config import RegressorConfig

_PAIRS = 10_000
# Degrees, and units of the face: what makes gradients as large as those of a margin loss, for which
# the learning rates are meant. A mean over 52 units would hardly move.
_POSE_UNIT = 10.0
_EXPRESSION_UNITS = 5.0
# What yaw, pitch and roll are multiplied by where a picture is mirrored.
_MIRRORED_POSE = (-1.0, 1.0, -1.0)
# Of the margin head that sets moods apart: weak, for many moods differ by little.
_MOOD_MARGIN, _MOOD_SCALE = 0.1, 16.0
# Above what any pool of moods has: numbers that no face bears cost their vectors alone.
_MOST_MOODS = 1_000
# The labels that each target is read from.
_LABELS = {POSE: {"pose": 3, "landmarks": 10}, EXPRESSION: {"expression": 52, "mood": 1}}


class RegressorTask:
    """See `labelled_step.Task`; to be made in the strategy's scope.

    Args:
        config: the run.
        faces: to learn from.
        held_out: other people.

    Raises:
        UserError: the faces lack the labels.
    """

    file_name = "regressor.keras"

    def __init__(
        self, config: RegressorConfig, faces: LabelledFaces, held_out: LabelledFaces
    ) -> None:
        self._config = config
        self._columns = _find_labels("train", config.target, faces)
        self._held_out_columns = _find_labels("validation", config.target, held_out)
        self._held_out = held_out_faces(held_out, config.image_size)
        self._regressor = get_regressor(config.target, config.image_size, config.precision)
        self.network = self._regressor
        if config.target == EXPRESSION:
            self.network = MarginClassifier(self._regressor, FEATURE_SIZE, _MOST_MOODS)
        self._regress = tf.function(
            lambda images: self.network(to_input(images, config.image_size), training=False),
            autograph=False,
        )

    def losses(self, batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """See `labelled_step.Task`; mirrored for pose alone: it would be another expression."""
        config = self._config
        images = to_input(batch["image"], config.image_size)
        images = jitter(images, config.jitter, config.seed, step)
        if config.target == POSE:
            images, is_mirrored = mirror_some(images, config.seed, step)
            truth = _true_pose(batch, self._columns)
            truth = tf.where(is_mirrored[:, None], truth * _MIRRORED_POSE, truth)
            errors = tf.abs(self.network(images, training=True)[POSE] - truth)
            return {"loss/pose": tf.reduce_mean(errors) / _POSE_UNIT}
        outputs = self.network(images, training=True)
        truth = batch["labels"][:, self._columns[EXPRESSION]]
        predicted = tf.clip_by_value(outputs[EXPRESSION], 1e-4, 1 - 1e-4)
        entropy = truth * tf.math.log(predicted) + (1 - truth) * tf.math.log(1 - predicted)
        total = tf.reduce_mean(tf.reduce_sum(entropy, axis=-1))
        # The units' own loss sees strengths; that two faces share a mood is told by an angle.
        mood = tf.cast(tf.round(batch["labels"][:, self._columns["mood"]][:, 0]), tf.int32)
        tf.debugging.assert_less(mood, _MOST_MOODS)
        cosines = cosines_of(outputs[EMBEDDING], self.network.class_weights)
        logits = cosface_logits(cosines, mood, _MOOD_MARGIN, _MOOD_SCALE)
        return {
            "loss/expression": -total / _EXPRESSION_UNITS,
            "loss/mood": tf.reduce_mean(margin_loss(logits, mood)),
        }

    def validate(self) -> dict[str, float]:
        """See `labelled_step.Task`.

        For pose: mean distances in degrees; the score is their mean's negative. For expression: how
        well the embeddings' angle tells two people of one mood from two of different moods, and the
        activations' mean distance; the score is the area under the ROC curve.
        """
        outputs = [self._regress(batch["image"]) for batch in self._held_out]
        predicted = {name: np.concatenate([each[name] for each in outputs]) for name in outputs[0]}
        if self._config.target == POSE:
            return self._judge_pose(predicted[POSE])
        return self._judge_expression(predicted[EXPRESSION], predicted[EMBEDDING])

    def save(self, path: str) -> None:
        """See `labelled_step.Task`."""
        config = self._config
        finished_regressor(config.target, config.image_size, self._regressor).save(path)

    def _judge_pose(self, predicted: np.ndarray) -> dict[str, float]:
        truth = np.concatenate(
            [_true_pose(batch, self._held_out_columns) for batch in self._held_out]
        )
        errors = np.abs(predicted - truth).mean(0)
        measures = dict(zip(("yaw", "pitch", "roll"), errors.tolist(), strict=True))
        mean = float(errors.mean())
        return {
            **{f"validation/{name}_error": error for name, error in measures.items()},
            "validation/pose_error": mean,
            "validation/score": -mean,
        }

    def _judge_expression(self, units: np.ndarray, embeddings: np.ndarray) -> dict[str, float]:
        labels = np.concatenate([batch["labels"] for batch in self._held_out])
        identities = np.concatenate([batch["identity"] for batch in self._held_out])
        moods = labels[:, self._held_out_columns["mood"]].ravel().astype(int)
        try:
            pairs = draw_pairs(moods, _PAIRS, seed=0)
        except ValueError:
            raise UserError(
                "--validation_data has no two faces of one mood, or of one mood alone: take more"
            ) from None
        of_two = identities[pairs.first] != identities[pairs.second]
        area = auc(similarities(embeddings, pairs)[of_two], pairs.same[of_two])
        errors = np.abs(units - labels[:, self._held_out_columns[EXPRESSION]])
        return {
            "validation/same_expression_auc": area,
            "validation/unit_error": float(errors.mean()),
            "validation/score": area,
        }


def _find_labels(which: str, target: str, faces: LabelledFaces) -> dict[str, slice]:
    columns = {}
    for name, size in _LABELS[target].items():
        found = faces.columns(name)
        if found is None or found.stop - found.start != size:
            raise UserError(
                f"--{which}_data has no label {name!r} of {size} numbers, which --target={target} "
                "is learnt from: lab/render_faces.py draws faces that have"
            )
        columns[name] = found
    return columns


def _true_pose(batch: Batch, columns: dict[str, slice]) -> tf.Tensor:
    pose, points = (tf.convert_to_tensor(batch["labels"][:, columns[n]]) for n in _LABELS[POSE])
    return pose_in_crop(pose, tf.reshape(points, [-1, 5, 2]), batch["landmarks"])
