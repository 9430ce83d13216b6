"""Exact labels of held-out people: what a regressor or an expression embedder is worth."""

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from facedancer.arcface_model.face_regressor import EMBEDDING, EXPRESSION, GAZE, POSE, SHAPE
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.evaluation.metrics.verification import Pairs, auc, draw_pairs, similarities
from facedancer.utils.errors import UserError

from .faces_input import held_out_faces
from .labels import find_labels, true_pose

_PAIRS = 10_000
_MILLIMETRES = 100.0  # of a decimetre
_FEW_MOODS = (
    "--validation_data has no two people of one mood, or none of two different moods: take more"
)


class HeldOutLabels:
    """Held-out faces with what is known of them.

    Args:
        target: of `choices.TARGETS`.
        faces: with labels.
        side: of the pictures that the regressor takes.

    Raises:
        UserError: the faces lack the labels, or no pairs of expressions can be made of them.
    """

    def __init__(self, target: str, faces: LabelledFaces, side: int) -> None:
        self._columns = find_labels("validation_data", target, faces)
        self._target = target
        self._faces = held_out_faces(faces, side)
        if target == EXPRESSION:
            self._pairs = self._pairs_of_two_people()

    def measure(self, regress: Callable[[np.ndarray], Mapping[str, tf.Tensor]]) -> dict[str, float]:
        """By log name.

        For pose and gaze: mean distances in degrees; the score is their mean's negative. For the
        shape: landmarks' mean distances along an axis in millimetres. To know what an error of
        gaze or shape is worth, that of an answer which is always the mean. For expression: how
        well the embeddings' angle tells two people of one mood from two of different moods, and the
        activations' mean distance; the score is the area under the ROC curve.

        Args:
            regress: ``[B, side, side, 3]`` uint8 RGB -> a regressor's outputs.
        """
        predicted = self._predicted(regress)
        if self._target == POSE:
            return self._measure_pose(predicted[POSE])
        if self._target == GAZE:
            return self._measure_gaze(predicted[GAZE])
        if self._target == SHAPE:
            return self._measure_shape(predicted[SHAPE])
        return self._measure_expression(predicted[EXPRESSION], predicted[EMBEDDING])

    def shape_errors(self, regress: Callable[[np.ndarray], Mapping[str, tf.Tensor]]) -> np.ndarray:
        """``[204]`` mean distances of the shape's numbers from the truth, decimetres."""
        truth = self._labels()[:, self._columns[SHAPE]]
        return np.abs(self._predicted(regress)[SHAPE] - truth).mean(0)

    def _predicted(
        self, regress: Callable[[np.ndarray], Mapping[str, tf.Tensor]]
    ) -> dict[str, np.ndarray]:
        outputs = [regress(batch["image"]) for batch in self._faces]
        return {name: np.concatenate([each[name] for each in outputs]) for name in outputs[0]}

    def _measure_pose(self, predicted: np.ndarray) -> dict[str, float]:
        truth = np.concatenate([true_pose(batch, self._columns) for batch in self._faces])
        errors = np.abs(predicted - truth).mean(0)
        measures = dict(zip(("yaw", "pitch", "roll"), errors.tolist(), strict=True))
        mean = float(errors.mean())
        return {
            **{f"validation/{name}_error": error for name, error in measures.items()},
            "validation/pose_error": mean,
            "validation/score": -mean,
        }

    def _measure_gaze(self, predicted: np.ndarray) -> dict[str, float]:
        truth = self._labels()[:, self._columns[GAZE]]
        error = float(np.abs(predicted - truth).mean())
        return {
            "validation/gaze_error": error,
            "validation/gaze_error_of_the_mean": float(np.abs(truth - truth.mean(0)).mean()),
            "validation/score": -error,
        }

    def _measure_shape(self, predicted: np.ndarray) -> dict[str, float]:
        truth = self._labels()[:, self._columns[SHAPE]]
        error = float(np.abs(predicted - truth).mean()) * _MILLIMETRES
        of_the_mean = float(np.abs(truth - truth.mean(0)).mean()) * _MILLIMETRES
        return {
            "validation/shape_error": error,
            "validation/shape_error_of_the_mean": of_the_mean,
            "validation/score": -error,
        }

    def _measure_expression(self, units: np.ndarray, embeddings: np.ndarray) -> dict[str, float]:
        truth = self._labels()[:, self._columns[EXPRESSION]]
        area = auc(similarities(embeddings, self._pairs), self._pairs.same)
        return {
            "validation/same_expression_auc": area,
            "validation/unit_error": float(np.abs(units - truth).mean()),
            "validation/score": area,
        }

    def _pairs_of_two_people(self) -> Pairs:
        """Faces of one mood and of two, the same ones at every measurement."""
        identities = np.concatenate([batch["identity"] for batch in self._faces])
        moods = self._labels()[:, self._columns["mood"]].ravel().astype(int)
        try:
            pairs = draw_pairs(moods, _PAIRS, seed=0)
        except ValueError as error:
            raise UserError(_FEW_MOODS) from error
        of_two = identities[pairs.first] != identities[pairs.second]
        pairs = Pairs(pairs.first[of_two], pairs.second[of_two], pairs.same[of_two])
        if len(set(pairs.same)) < 2:
            raise UserError(_FEW_MOODS)
        return pairs

    def _labels(self) -> np.ndarray:
        return np.concatenate([batch["labels"] for batch in self._faces])
