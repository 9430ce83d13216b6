"""The identity encoder: ArcFace on ResNet50, built; and any one, loaded and applied."""

from pathlib import Path

import keras
import tensorflow as tf
from keras import layers

from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_unit
from facedancer.utils.weights.keras_files import load_keras_model, load_keras_weights
from facedancer.utils.weights.kinds import Kind, ModelFile
from facedancer.utils.weights.legacy_h5 import read_legacy_file
from facedancer.utils.weights.published import download_command
from facedancer.utils.weights.reading import KERAS_FORMS, NetworkReader

from . import mirrored as mirrored  # A file may hold its layers, which Keras finds if registered.
from .block_names import BLOCK_NAMES
from .interface import (
    float32_policy,
    has_interface,
    input_side,
)
from .origin import UNTRAINED_SMALL
from .published_weights import import_encoder
from .sizes import EMBEDDING_SIZE, IMAGE_SIZE
from .small_encoder import get_small_encoder

_ACCEPTED = (
    f"give the published ArcFace-Res50.h5 ({download_command('arcface')} gets it), a .keras "
    "or .weights.h5 file of facedancer's encoder, a SavedModel folder of it from "
    f"export/savedmodel.py, or {UNTRAINED_SMALL} (a stand-in that knows no identity)"
)


@float32_policy()
def get_encoder() -> keras.Model:
    """The published ArcFace-ResNet50 with fresh weights, in float32, see `build_resnet50`."""
    return build_resnet50(IMAGE_SIZE)


def build_resnet50(side: int) -> keras.Model:
    """ArcFace-ResNet50 with fresh weights: ``[B, S, S, 3]`` unit RGB -> the interface's dict.

    The five layers of the head keep the names that they have in the published file.
    """
    image = keras.Input((side, side, 3), name="image")
    backbone = keras.applications.ResNet50(include_top=False, weights=None, input_tensor=image)
    x = layers.BatchNormalization(name="batch_normalization")(backbone.output)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(EMBEDDING_SIZE, name="dense")(x)
    # In float32 under any policy: small angles matter.
    embedding = layers.BatchNormalization(name="batch_normalization_1", dtype="float32")(x)
    blocks = {name: backbone.get_layer(name).output for name in BLOCK_NAMES}
    return keras.Model(image, {"embedding": embedding, **blocks}, name="arcface_resnet50")


def encode(encoder: keras.Model, images: tf.Tensor) -> dict[str, tf.Tensor]:
    """The identity and the feature maps of aligned face crops, in one pass.

    Differentiable in ``images``; BatchNorm and dropout are in inference mode.

    Args:
        encoder: from `load_encoder` or `get_encoder`.
        images: ``[B, S, S, 3]`` signed RGB, resized bilinearly to the encoder's own side.

    Returns:
        ``{"embedding": [B, 512], block name: [B, h, w, C], ...}``, all float32; the embedding is
        not normalised.
    """
    images = tf.image.resize(tf.cast(images, tf.float32), [input_side(encoder)] * 2)
    codes = encoder(signed_to_unit(images), training=False)
    return {name: tf.cast(code, tf.float32) for name, code in codes.items()}


def describe_encoder(path: str | Path) -> str:
    """Describes what `load_encoder` finds at a path, for people.

    Raises:
        UserError: nothing that could be an encoder.
    """
    if str(path) == UNTRAINED_SMALL:
        return f"{UNTRAINED_SMALL}, a stand-in that knows nothing of identity"
    return str(READER.find(path))


def load_encoder(path: str | Path) -> keras.Model:
    """A frozen encoder with the weights of a file; what kind of file it is, its content tells.

    Args:
        path: the published Keras 2 ``.h5``; our ``.keras``, ``.weights.h5`` or SavedModel folder;
            or ``"untrained_small"``, the stand-in for demo and tests.

    Raises:
        UserError: there is no such file, or it does not hold exactly this network's weights.
    """
    encoder = get_small_encoder() if str(path) == UNTRAINED_SMALL else _read(Path(path))
    encoder.trainable = False
    return encoder


def _read(path: Path) -> keras.Model:
    encoder = READER.read(READER.find(path))
    if not has_interface(encoder):
        raise UserError(f"{path} holds a Keras model that is not an identity encoder; {_ACCEPTED}")
    return encoder


def _read_published(found: ModelFile) -> keras.Model:
    encoder = get_encoder()
    import_encoder(read_legacy_file(found.path), encoder)
    return encoder


READER = NetworkReader(
    "identity encoder",
    _ACCEPTED,
    {
        Kind.PUBLISHED: _read_published,
        Kind.WEIGHTS: lambda found: load_keras_weights(found.path, lambda name: get_encoder()),
        **dict.fromkeys(KERAS_FORMS, load_keras_model),
    },
    {Kind.LITE: "has no blocks and no gradients, and can only be used for swapping"},
)
