"""Learning pose, gaze, shape or expression from the exact labels of rendered faces."""

from collections.abc import Mapping
from types import MappingProxyType

import tensorflow as tf

from facedancer.arcface_model.face_regressor import (
    EMBEDDING,
    EXPRESSION,
    FEATURE_SIZE,
    GAZE,
    POSE,
    SHAPE,
    finished_regressor,
    get_regressor,
    with_error,
)
from facedancer.arcface_model.margin_classifier import MarginClassifier
from facedancer.arcface_model.margins import cosface_logits, cosines_of, margin_loss
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.utils.weights.origins import Origin

from ..settings.regressor import RegressorConfig
from .augmentation import jitter
from .faces_input import to_input
from .held_out_labels import HeldOutLabels
from .labels import SHAPE_UNIT, find_labels, true_pose
from .step import Batch

# Degrees, and units of the face: what makes gradients as large as those of a margin
# loss, for which the learning rates are meant. A mean over 52 units would hardly move.
_POSE_UNIT, _GAZE_UNIT = 10.0, 5.0
_EXPRESSION_UNITS = 5.0
# Of the margin head that sets moods apart: weak, for many moods differ by little.
_MOOD_MARGIN, _MOOD_SCALE = 0.1, 16.0
# Above what any pool of moods has: numbers that no face bears cost their vectors alone.
_MOST_MOODS = 1_000


class RegressorTask:
    """See `step.Task`; to be made in the strategy's scope.

    Args:
        config: the run.
        faces: to learn from.
        held_out: other people.

    Raises:
        UserError: the faces lack the labels, or held-out ones make no pairs of expressions.
    """

    file_name = "regressor.keras"
    loss_weights: Mapping[str, float] = MappingProxyType({})
    notes: Mapping[str, Origin] = MappingProxyType({})

    def __init__(
        self, config: RegressorConfig, faces: LabelledFaces, held_out: LabelledFaces
    ) -> None:
        self._config = config
        self._columns = find_labels("data", config.target, faces)
        self._held_out = HeldOutLabels(config.target, held_out, config.image_size)
        self._regressor = get_regressor(config.target, config.image_size, config.precision)
        self.network = self._regressor
        if config.target == EXPRESSION:
            self.network = MarginClassifier(self._regressor, FEATURE_SIZE, _MOST_MOODS)
        self._regress = tf.function(
            lambda images: self.network(to_input(images, config.image_size), training=False),
            autograph=False,
        )

    def losses(self, batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """See `step.Task`; pictures are never mirrored, as that is another expression."""
        config = self._config
        images = to_input(batch["image"], config.image_size)
        images = jitter(images, config.jitter, config.seed, step)
        outputs = self.network(images, training=True)
        if config.target == POSE:
            errors = tf.abs(outputs[POSE] - true_pose(batch, self._columns))
            return {"loss/pose": tf.reduce_mean(errors) / _POSE_UNIT}
        if config.target == GAZE:
            errors = tf.abs(outputs[GAZE] - batch["labels"][:, self._columns[GAZE]])
            return {"loss/gaze": tf.reduce_mean(errors) / _GAZE_UNIT}
        if config.target == SHAPE:
            errors = tf.abs(outputs[SHAPE] - batch["labels"][:, self._columns[SHAPE]])
            return {"loss/shape": tf.reduce_mean(errors) / SHAPE_UNIT}
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
        """See `step.Task` and `HeldOutLabels.measure`."""
        return self._held_out.measure(self._regress)

    def save(self, path: str) -> None:
        """See `step.Task`."""
        config = self._config
        regressor = finished_regressor(config.target, config.image_size, self._regressor)
        if config.target == SHAPE:
            regressor = with_error(regressor, self._held_out.shape_errors(self._regress))
        regressor.save(path)
