"""Networks that tell how a face is posed, where it looks and what it expresses, whoever it is.

They judge: evaluation compares a swap's pose, gaze and expression with its target's.
"""

from pathlib import Path

import keras
import tensorflow as tf
from keras import layers

from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_unit
from facedancer.utils.late_imports import function_at
from facedancer.utils.weights.keras_files import load_keras_model
from facedancer.utils.weights.kinds import Kind
from facedancer.utils.weights.reading import NetworkReader

from .choices import TARGETS
from .compact_resnet import Normalisation, embed, residual_blocks
from .fast_normalisation import FastBatchNormalization
from .interface import dtype_policy, input_side, takes_square_pictures
from .layouts import LAYOUTS

POSE, GAZE, EXPRESSION, EMBEDDING = "pose", "gaze", "expression", "embedding"
POSE_SIZE, GAZE_SIZE, EXPRESSION_SIZE, FEATURE_SIZE = 3, 2, 52, 128
# The network's own unit of an angle, so that its last layer's numbers are about 1.
_DEGREES = 30.0
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
        yaw and pitch in the head, degrees. For ``expression``: ``"expression"``,
        ``[B, 52]`` in 0..1, and the ``"embedding"`` that it is read from, ``[B, 128]``, to be
        compared by its angle.
    """
    with dtype_policy(precision):
        return _build(target, side, FastBatchNormalization)


def finished_regressor(target: str, side: int, trained: keras.Model) -> keras.Model:
    """The same regressor in float32 and of Keras's own layers alone: what is saved and used."""
    with dtype_policy("float32"):
        regressor = _build(target, side, layers.BatchNormalization)
    regressor.set_weights(trained.get_weights())
    return regressor


def load_regressor(path: str | Path) -> keras.Model:
    """A frozen regressor from its ``.keras`` file.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    model = _READER.read(_READER.find(path))
    outputs = getattr(model, "output", None)
    known = ({POSE}, {GAZE}, {EXPRESSION, EMBEDDING})
    if not isinstance(outputs, dict) or set(outputs) not in known:
        raise UserError(f"{path} holds a Keras model that is no face regressor; {_ACCEPTED}")
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


def _angles(features: keras.KerasTensor, name: str, count: int) -> keras.KerasTensor:
    x = layers.ReLU(name="embedding_relu")(embed(features, FEATURE_SIZE))
    x = layers.Dense(count, dtype="float32", name="turns")(x)
    return layers.Rescaling(_DEGREES, dtype="float32", name=name)(x)


def expression_head(features: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
    """Units and embedding of the deepest block's maps, see `get_regressor`."""
    embedding = embed(features, FEATURE_SIZE)
    units = layers.Dense(EXPRESSION_SIZE, "sigmoid", dtype="float32", name=EXPRESSION)(embedding)
    return {EXPRESSION: units, EMBEDDING: embedding}
