"""Networks that tell how a face is posed, where it looks, what it expresses and how it is shaped.

The first three judge: evaluation compares a swap's pose, gaze and expression with its target's.
That of the shape teaches: a training compares a swap's shape with its source's. Those of
pose and expression may teach too; those that do must not judge.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_unit
from facedancer.utils.late_imports import function_at
from facedancer.utils.weights.keras_files import load_keras_model
from facedancer.utils.weights.kinds import Kind
from facedancer.utils.weights.reading import NetworkReader

from .choices import LOSS_REGRESSORS, TARGETS
from .compact_resnet import Normalisation, embed, residual_blocks
from .fast_normalisation import FastBatchNormalization
from .interface import dtype_policy, input_side, takes_square_pictures
from .layouts import LAYOUTS

POSE, GAZE, EXPRESSION, EMBEDDING = "pose", "gaze", "expression", "embedding"
SHAPE, SHAPE_ERROR = "shape", "shape_error"
POSE_SIZE, GAZE_SIZE, EXPRESSION_SIZE, SHAPE_SIZE, FEATURE_SIZE = 3, 2, 52, 204, 128
# The network's own unit of an angle, so that its last layer's numbers are about 1.
_DEGREES = 30.0
# The same of a landmark's place: how far people's lie apart, in decimetres.
_DECIMETRES = 0.03
_ACCEPTED = "give the regressor.keras of a run of training/train_regressor.py"
_READER = NetworkReader("face regressor", _ACCEPTED, {Kind.KERAS: load_keras_model})


def get_regressor(target: str, side: int, precision: str = "float32") -> keras.Model:
    """A regressor with fresh weights, made for training.

    Args:
        target: of `choices.TARGETS`.
        side: of its input.
        precision: dtype policy of its blocks; heads are float32.

    Returns:
        ``[B, side, side, 3]`` unit RGB -> a dict, all float32. For ``pose``: ``"pose"``,
        ``[B, 3]``, yaw, pitch and roll in degrees. For ``gaze``: ``"gaze"``, ``[B, 2]``, the eyes'
        yaw and pitch in the head, degrees. For ``shape``: ``"shape"``, ``[B, 204]``, x, y, z of 68
        landmarks of the head at rest, less a middle head's, decimetres. For ``expression``:
        ``"expression"``, ``[B, 52]`` in 0..1, and the ``"embedding"`` that it is read from,
        ``[B, 128]``, to be compared by its angle.
    """
    with dtype_policy(precision):
        return _build(target, side, FastBatchNormalization)


def finished_regressor(target: str, side: int, trained: keras.Model) -> keras.Model:
    """The same regressor in float32 and of Keras's own layers alone: what is saved and used."""
    with dtype_policy("float32"):
        regressor = _build(target, side, layers.BatchNormalization)
    regressor.set_weights(trained.get_weights())
    return regressor


def with_error(regressor: keras.Model, errors: np.ndarray) -> keras.Model:
    """A regressor of the shape that tells with each answer how far off it is on unknown people.

    Args:
        regressor: for ``shape``.
        errors: ``[204]`` mean distances, decimetres.

    Returns:
        The same with the output ``"shape_error"``, ``[B, 204]``, of these numbers.
    """
    shape = regressor.output[SHAPE]
    told = layers.Rescaling(0.0, offset=errors.tolist(), dtype="float32", name=SHAPE_ERROR)(shape)
    outputs = {SHAPE: shape, SHAPE_ERROR: told}
    return keras.Model(regressor.input, outputs, name=regressor.name)


def load_loss_regressor(target: str, path: str | Path) -> keras.Model:
    """A frozen regressor for a loss of the swapper.

    Args:
        target: of `choices.LOSS_REGRESSORS`. That of the shape must know its own error, see
            `with_error`.
        path: of its ``.keras`` file.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    model = load_regressor(path)
    if LOSS_REGRESSORS[target] not in model.output:
        raise UserError(
            f"{path} predicts {', '.join(model.output)}, not the {target}: give the "
            f"regressor.keras of a run of training/train_regressor.py --target={target}"
        )
    return model


def load_regressor(path: str | Path) -> keras.Model:
    """A frozen regressor from its ``.keras`` file.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    model = _READER.read(_READER.find(path))
    outputs = getattr(model, "output", None)
    known = ({POSE}, {GAZE}, {EXPRESSION, EMBEDDING}, {SHAPE, SHAPE_ERROR})
    if not isinstance(outputs, dict) or set(outputs) not in known:
        raise UserError(f"{path} holds a Keras model that is not a face regressor; {_ACCEPTED}")
    if not takes_square_pictures(model):
        raise UserError(f"{path} does not take square RGB pictures; {_ACCEPTED}")
    model.trainable = False
    return model


def regress(regressor: keras.Model, images: tf.Tensor) -> dict[str, tf.Tensor]:
    """Runs a regressor over aligned crops.

    Args:
        regressor: from `load_regressor`.
        images: ``[B, S, S, 3]`` signed RGB, resized bilinearly to the regressor's own side.

    Returns:
        See `get_regressor`.
    """
    images = tf.image.resize(tf.cast(images, tf.float32), [input_side(regressor)] * 2)
    return regressor(signed_to_unit(images), training=False)


def _build(target: str, side: int, normalisation: Normalisation) -> keras.Model:
    image = keras.Input((side, side, 3), name="image")
    blocks = residual_blocks(image, LAYOUTS["compact"], normalisation)
    head = function_at(TARGETS[target], __package__)
    outputs = head(list(blocks.values())[-1])
    return keras.Model(image, outputs, name=f"{target}_regressor")


def pose_head(features: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
    """Yaw, pitch and roll of the deepest block's maps, see `get_regressor`."""
    return {POSE: _angles(features, POSE, POSE_SIZE)}


def gaze_head(features: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
    """The eyes' yaw and pitch of the deepest block's maps, see `get_regressor`."""
    return {GAZE: _angles(features, GAZE, GAZE_SIZE)}


def shape_head(features: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
    """Places of the head's landmarks of the deepest block's maps, see `get_regressor`."""
    return {SHAPE: _numbers(features, SHAPE, SHAPE_SIZE, "places", _DECIMETRES)}


def _angles(features: keras.KerasTensor, name: str, count: int) -> keras.KerasTensor:
    return _numbers(features, name, count, "turns", _DEGREES)


def _numbers(
    features: keras.KerasTensor, name: str, count: int, layer: str, unit: float
) -> keras.KerasTensor:
    x = layers.ReLU(name="embedding_relu")(embed(features, FEATURE_SIZE))
    x = layers.Dense(count, dtype="float32", name=layer)(x)
    return layers.Rescaling(unit, dtype="float32", name=name)(x)


def expression_head(features: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
    """Units and embedding of the deepest block's maps, see `get_regressor`."""
    embedding = embed(features, FEATURE_SIZE)
    units = layers.Dense(EXPRESSION_SIZE, "sigmoid", dtype="float32", name=EXPRESSION)(embedding)
    return {EXPRESSION: units, EMBEDDING: embedding}
