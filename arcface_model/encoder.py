"""The identity encoder: ArcFace on ResNet50, built, loaded and applied."""

import warnings
from pathlib import Path

import keras
import tensorflow as tf
from keras import layers

from facedancer.utils.cli import UserError
from facedancer.utils.images import signed_to_unit
from facedancer.utils.legacy_h5 import read_legacy_file
from facedancer.utils.model_files import Kind, recognise

from .interface import BLOCK_NAMES, EMBEDDING_SIZE, IMAGE_SIZE, float32_policy, has_interface
from .published_weights import import_encoder
from .small_encoder import get_small_encoder

UNTRAINED_SMALL = "untrained_small"
_ACCEPTED = (
    "give the published ArcFace-Res50.h5 (python model_zoo/download.py arcface gets it), a .keras "
    f"or .weights.h5 file of facedancer's encoder, or {UNTRAINED_SMALL} (a stand-in that knows "
    "nothing of identity)"
)


@float32_policy()
def get_encoder() -> keras.Model:
    """ArcFace-ResNet50 with fresh weights: ``[B, 112, 112, 3]`` unit RGB -> the interface's dict.

    The five layers of the head keep the names that they have in the published file.
    """
    image = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3), name="image")
    backbone = keras.applications.ResNet50(include_top=False, weights=None, input_tensor=image)
    x = layers.BatchNormalization(name="batch_normalization")(backbone.output)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(EMBEDDING_SIZE, name="dense")(x)
    embedding = layers.BatchNormalization(name="batch_normalization_1")(x)
    blocks = {name: backbone.get_layer(name).output for name in BLOCK_NAMES}
    return keras.Model(image, {"embedding": embedding, **blocks}, name="arcface_resnet50")


def encode(encoder: keras.Model, images: tf.Tensor) -> dict[str, tf.Tensor]:
    """The identity and the feature maps of aligned face crops, in one pass.

    Differentiable in ``images``; BatchNorm and dropout are in inference mode.

    Args:
        encoder: from `load_encoder` or `get_encoder`.
        images: ``[B, S, S, 3]`` signed RGB, resized bilinearly to 112.

    Returns:
        ``{"embedding": [B, 512], block name: [B, h, w, C], ...}``, all float32; the embedding is
        not normalised.
    """
    images = tf.image.resize(tf.cast(images, tf.float32), (IMAGE_SIZE, IMAGE_SIZE))
    return encoder(signed_to_unit(images), training=False)


def describe_encoder(path: str | Path) -> str:
    """What `load_encoder` finds at a path, for people.

    Raises:
        UserError: nothing that could be an encoder.
    """
    if str(path) == UNTRAINED_SMALL:
        return f"{UNTRAINED_SMALL}, a stand-in that knows nothing of identity"
    return str(recognise(path, "identity encoder", _ACCEPTED))


def load_encoder(path: str | Path) -> keras.Model:
    """A frozen encoder with the weights of a file; what kind of file it is, its content tells.

    Args:
        path: the published Keras 2 ``.h5``; our ``.keras`` or ``.weights.h5``; or
            ``"untrained_small"``, the stand-in for demo and tests.

    Raises:
        UserError: there is no such file, or it does not hold exactly this network's weights.
    """
    encoder = get_small_encoder() if str(path) == UNTRAINED_SMALL else _read(Path(path))
    encoder.trainable = False
    return encoder


def _read(path: Path) -> keras.Model:
    found = recognise(path, "identity encoder", _ACCEPTED)
    try:
        if found.kind is Kind.PUBLISHED:
            encoder = get_encoder()
            import_encoder(read_legacy_file(path), encoder)
        elif found.kind is Kind.KERAS:
            encoder = keras.saving.load_model(path, compile=False)
        elif found.kind is Kind.WEIGHTS:
            encoder = _read_weights(path)
        else:
            raise UserError(f"{found} is no identity encoder; {_ACCEPTED}")
    # What Keras and h5py raise for a damaged file, a foreign network and an unknown layer.
    except (ValueError, TypeError, KeyError, OSError, UserWarning) as error:
        raise UserError(f"{path} is not an identity encoder ({error}); {_ACCEPTED}") from error
    if not has_interface(encoder):
        raise UserError(f"{path} holds a Keras model that is no identity encoder; {_ACCEPTED}")
    return encoder


def _read_weights(path: Path) -> keras.Model:
    encoder = get_encoder()
    with warnings.catch_warnings():
        # Keras only warns where it leaves layers at their random weights.
        warnings.simplefilter("error", UserWarning)
        encoder.load_weights(path)
    return encoder
