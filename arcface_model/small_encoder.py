"""A stand-in for the identity encoder, UNTRAINED: it knows nothing of who a person is.

For demo and tests, where no ArcFace weights can be had. It has the interface and the feature map
sides of ArcFace-ResNet50 at about 1/75 of its size, and fixed random weights, so no file ships.
What it does offer: pictures that differ get embeddings that differ, and a small shift, rotation or
change of light moves an embedding little, so a loss built on it can be seen to fall.
"""

import zlib

import keras
import numpy as np
from keras import layers

from .block_names import STAGES
from .interface import float32_policy
from .sizes import EMBEDDING_SIZE, IMAGE_SIZE

_WIDTHS = {"conv2": 16, "conv3": 24, "conv4": 32, "conv5": 48}


@float32_policy()
def get_small_encoder() -> keras.Model:
    """The stand-in, always the same: ``[B, 112, 112, 3]`` unit RGB -> the interface's dict.

    An untrained network gives nearly the same vector to all faces, since what they share outweighs
    what they don't. Normalising each channel over the one picture, last before the embedding too,
    takes most of the shared part away; sampling down by averages keeps small shifts small.
    """
    image = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3), name="image")
    x = layers.AveragePooling2D(2)(image)
    x = _convolution(_WIDTHS["conv2"], 3, "conv1_conv")(x)
    x = layers.LeakyReLU(0.2)(_normalisation("conv1_norm")(x))
    blocks = {}
    for stage, count in STAGES.items():
        x = layers.AveragePooling2D(2, padding="same")(x)
        for number in range(1, count + 1):
            name = f"{stage}_block{number}"
            x = _residual_block(x, _WIDTHS[stage], name)
            blocks[f"{name}_out"] = x
    x = layers.Flatten()(_normalisation("embedding_norm")(x))
    embedding = layers.Dense(EMBEDDING_SIZE, use_bias=False, name="embedding")(x)
    encoder = keras.Model(image, {"embedding": embedding, **blocks}, name="untrained_small_encoder")
    _set_fixed_weights(encoder)
    return encoder


def _residual_block(x: keras.KerasTensor, width: int, name: str) -> keras.KerasTensor:
    shortcut = x if x.shape[-1] == width else _convolution(width, 1, f"{name}_0_conv")(x)
    residual = _normalisation(f"{name}_1_norm")(_convolution(width, 3, f"{name}_1_conv")(x))
    return layers.LeakyReLU(0.2, name=f"{name}_out")(layers.Add()([shortcut, residual]))


def _convolution(width: int, size: int, name: str) -> layers.Conv2D:
    return layers.Conv2D(width, size, padding="same", use_bias=False, name=name)


def _normalisation(name: str) -> layers.GroupNormalization:
    return layers.GroupNormalization(groups=-1, epsilon=1e-3, name=name)


def _set_fixed_weights(encoder: keras.Model) -> None:
    """He-scaled noise from NumPy's frozen legacy stream, seeded by each kernel's own name."""
    for variable in encoder.weights:
        if not variable.path.endswith("kernel"):
            continue
        draw = np.random.RandomState(zlib.crc32(variable.path.encode()))
        fan_in = np.prod(variable.shape[:-1])
        # The embedding has no activation that halves its variance: its entries shall be about 1.
        gain = 1.0 if variable.path.startswith("embedding") else 2.0
        variable.assign(draw.standard_normal(variable.shape) * np.sqrt(gain / fan_in))
