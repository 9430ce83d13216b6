"""Identities that belong to nobody, drawn where an encoder's real ones lie: to anonymise faces."""

import keras
import numpy as np
from keras import layers

from facedancer.arcface_model.dlib_resnet import LENGTH, NAME
from facedancer.arcface_model.interface import EMBEDDING_SIZE
from facedancer.arcface_model.lite_encoder import LiteEncoder
from facedancer.utils.errors import UserError

from .choosing import NOBODY

# Of one seed, how many are drawn: a face that is like the first gets the next.
_CANDIDATES = 8


def draw_nobody(encoder: keras.Model | LiteEncoder, seed: int) -> np.ndarray:
    """Draws identities by the encoder's own last layers, without a picture of anybody.

    An embedding is ``BatchNorm(W^T f)`` of features f. Real faces spread f where training made W
    tell people apart, so identities are drawn with the covariance of ``W^T W`` squared about the
    mean that the normalisation gives, and are as long as it makes them. dlib's encoder has no
    normalisation: its mean is 0, and its identities' length is known.

    Args:
        encoder: a Keras model whose embedding a dense layer makes.
        seed: equal for equal identities.

    Returns:
        ``[8, 512]`` float32.

    Raises:
        UserError: the encoder has no such layer, as LiteRT files and SavedModels.
    """
    dense = [
        layer
        for layer in getattr(encoder, "layers", ())
        if isinstance(layer, layers.Dense) and layer.units == EMBEDDING_SIZE
    ]
    if not dense:
        raise UserError(
            f"--source={NOBODY} needs the encoder's last layers, which this file does not expose: "
            "give its .keras or .h5 file"
        )
    kernel = dense[-1].kernel.numpy().astype(np.float64)
    after = encoder.layers[encoder.layers.index(dense[-1]) + 1 :]
    norm = next((layer for layer in after if isinstance(layer, layers.BatchNormalization)), None)
    middle, spread = np.zeros(EMBEDDING_SIZE), np.linalg.norm(kernel, axis=0)
    if norm is not None:
        kernel = kernel / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
        spread = np.ones(EMBEDDING_SIZE)
        if norm.scale:
            spread = np.abs(norm.gamma.numpy().astype(np.float64))
            kernel = kernel * spread
        if norm.center:
            middle = norm.beta.numpy().astype(np.float64)
    length = LENGTH if encoder.name == NAME else np.linalg.norm(spread)
    drawn = np.random.default_rng(seed).normal(size=(_CANDIDATES, EMBEDDING_SIZE))
    drawn = drawn @ (kernel.T @ kernel)
    drawn *= length / np.linalg.norm(drawn, axis=1, keepdims=True)
    return (middle + drawn).astype(np.float32)
