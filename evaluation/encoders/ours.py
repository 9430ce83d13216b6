"""Encoders in files of this project: identity, pose, expression, and the features that ship."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.arcface_model.face_regressor import EMBEDDING, GAZE, POSE, load_regressor, regress
from facedancer.networks.feature_extractor import MOBILENET_V2_WEIGHTS, get_feature_extractor
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed

from ..files import sha256_of
from ..resizing import resize_exactly
from .interface import FaceEncoder

_FEATURES_SIDE = 224


def identity_encoder(path: str) -> FaceEncoder:
    """Any file that `arcface_model.encoder.load_encoder` takes; ``[B, 512]``."""
    encoder = load_encoder(path)
    embed = _graph(lambda images: encode(encoder, images)["embedding"])
    name = encoder.name if path == UNTRAINED_SMALL else f"{encoder.name} ({_name(path)})"
    return FaceEncoder(name, _origin(path), embed)


def pose_regressor(path: str) -> FaceEncoder:
    """A file of ``training/train_regressor.py``: yaw, pitch, roll in degrees, ``[B, 3]``."""
    model = _regressor(path, POSE)
    measure = _graph(lambda images: regress(model, images)[POSE])
    return FaceEncoder(f"{model.name} ({_name(path)})", _origin(path), measure)


def gaze_regressor(path: str) -> FaceEncoder:
    """A file of ``training/train_regressor.py``: the eyes' yaw and pitch, degrees, ``[B, 2]``."""
    model = _regressor(path, GAZE)
    measure = _graph(lambda images: regress(model, images)[GAZE])
    return FaceEncoder(f"{model.name} ({_name(path)})", _origin(path), measure)


def expression_embedder(path: str) -> FaceEncoder:
    """A file of ``training/train_regressor.py``: the expression's embedding, ``[B, D]``.

    Of unit length, for it is made to be compared by its angle.
    """
    model = _regressor(path, EMBEDDING)
    measure = _graph(lambda images: tf.nn.l2_normalize(regress(model, images)[EMBEDDING], -1))
    return FaceEncoder(f"{model.name} ({_name(path)})", _origin(path), measure)


def mobilenet_v2_features(path: str = "") -> FaceEncoder:
    """The ImageNet MobileNetV2 that ships: its last map's mean over places, ``[B, 320]``.

    Resized to 224 px by clean-fid's rule. A stand-in for Inception's features.
    """
    extractor = get_feature_extractor("mobilenet_v2", "paper")

    @tf.function(input_signature=[tf.TensorSpec([None, _FEATURES_SIDE, _FEATURES_SIDE, 3])])
    def pooled(images: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(extractor(images / 127.5 - 1.0)[-1], [1, 2])

    return FaceEncoder(
        "MobileNetV2, ImageNet",
        _origin(MOBILENET_V2_WEIGHTS),
        lambda images: pooled(resize_exactly(images, _FEATURES_SIDE)).numpy(),
    )


def _regressor(path: str, output: str) -> keras.Model:
    model = load_regressor(path)
    if output not in model.output:
        raise UserError(
            f"{path} predicts {', '.join(model.output)}, not {output}: train such a network with "
            "training/train_regressor.py"
        )
    return model


def _graph(measure: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[np.ndarray], np.ndarray]:
    graph = tf.function(measure, autograph=False, reduce_retracing=True)
    return lambda images: graph(uint8_to_signed(images)).numpy()


def _name(path: str) -> str:
    """A run's folder names its network better than the file in it does."""
    return Path(path).resolve().parent.name


def _origin(path: str | Path) -> dict[str, object]:
    return {"file": Path(path).name, "sha256": sha256_of(path)}
