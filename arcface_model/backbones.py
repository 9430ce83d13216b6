"""The networks that an identity encoder can be trained on, by name."""

from collections.abc import Callable

import keras
from keras import layers

from .compact_resnet import get_compact_encoder
from .encoder import build_resnet50
from .fast_normalisation import FastBatchNormalization
from .interface import dtype_policy


def get_backbone(name: str, side: int, precision: str = "float32") -> keras.Model:
    """A network of the encoders' interface with fresh weights, made for training.

    Args:
        name: of `choices.BACKBONES`.
        side: of its input; the paper's ResNet50 has 112.
        precision: dtype policy of all but the embedding, which is float32.
    """
    with dtype_policy(precision):
        return _build(name, side, FastBatchNormalization)


def finished(name: str, side: int, trained: keras.Model) -> keras.Model:
    """The same encoder in float32 and of Keras's own layers alone: what is saved and used."""
    with dtype_policy("float32"):
        encoder = _build(name, side, layers.BatchNormalization)
    encoder.set_weights(trained.get_weights())
    return encoder


def _build(name: str, side: int, normalisation: Callable) -> keras.Model:
    if name == "resnet50":
        return build_resnet50(side)
    return get_compact_encoder(name, side, normalisation)
