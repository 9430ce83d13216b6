"""Signatures of a served swap: pictures in and out, with all arithmetic in the graph."""

from collections.abc import Callable

import keras
import tensorflow as tf

from facedancer.arcface_model.encoder import encode as embed_faces
from facedancer.arcface_model.interface import EMBEDDING_SIZE, input_side
from facedancer.networks.loading.keras_generator import OUTPUT
from facedancer.utils.images import signed_to_uint8, uint8_to_signed

from . import encoded_pictures

IDENTITY = "identity"
# TF Serving's REST interface gives strings as base64 where the name ends so, else as UTF-8.
OUTPUT_FILES = f"{OUTPUT}_bytes"
Signatures = dict[str, Callable[..., dict[str, tf.Tensor]]]


def swap_signatures(generator: keras.Model, encoder: keras.Model | None) -> Signatures:
    """The signatures of a generator, and with its encoder those that take a source's face.

    * ``swap_with_identity``: ``target`` ``[B, S, S, 3]`` uint8, ``identity`` ``[B, 512]`` float32.
    * ``swap``: ``target`` as before, ``source`` ``[B, H, W, 3]`` uint8.
    * ``swap_encoded``: ``target`` and ``source`` ``[B]`` strings, JPEG or PNG.
    * ``embed``: ``source`` as before -> ``identity`` ``[B, 512]`` float32.

    All pictures are aligned crops in RGB; one identity or source serves any number of targets. The
    first two give ``changed`` ``[B, S, S, 3]`` uint8, the third ``changed_bytes``, ``[B]`` PNG.

    Args:
        generator: ``([target, identity]) -> changed``.
        encoder: the one that it was trained with; None: the first signature alone.
    """
    side = generator.inputs[0].shape[1]
    target_spec = tf.TensorSpec([None, side, side, 3], tf.uint8, "target")
    identity_spec = tf.TensorSpec([None, EMBEDDING_SIZE], tf.float32, IDENTITY)

    def changed(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        identity = _for_each(target, _finite(identity))
        picture = generator([uint8_to_signed(target), identity], training=False)
        return signed_to_uint8(picture)

    @tf.function(input_signature=[target_spec, identity_spec])
    def swap_with_identity(target: tf.Tensor, identity: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: changed(target, identity)}

    signatures: Signatures = {"swap_with_identity": swap_with_identity}
    if encoder is None:
        return signatures

    @tf.function(input_signature=[target_spec, _source_spec()])
    def swap(target: tf.Tensor, source: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: changed(target, _identity(encoder, source))}

    files = [tf.TensorSpec([None], tf.string, name) for name in ("target", "source")]

    @tf.function(input_signature=files)
    def swap_encoded(target: tf.Tensor, source: tf.Tensor) -> dict[str, tf.Tensor]:
        targets = encoded_pictures.decode(target, side, "target")
        sources = encoded_pictures.decode(source, input_side(encoder), "source")
        pictures = changed(targets, _identity(encoder, sources))
        return {OUTPUT_FILES: encoded_pictures.encode(pictures)}

    return {
        **signatures,
        "swap": swap,
        "swap_encoded": swap_encoded,
        **embed_signatures(encoder),
    }


def embed_signatures(encoder: keras.Model) -> Signatures:
    """``embed``: ``source`` ``[B, H, W, 3]`` uint8, aligned crops in RGB -> ``identity``."""

    @tf.function(input_signature=[_source_spec()])
    def embed(source: tf.Tensor) -> dict[str, tf.Tensor]:
        return {IDENTITY: _identity(encoder, source)}

    return {"embed": embed}


def _source_spec() -> tf.TensorSpec:
    return tf.TensorSpec([None, None, None, 3], tf.uint8, "source")


def _identity(encoder: keras.Model, source: tf.Tensor) -> tf.Tensor:
    sides, most = tf.shape(source)[1:3], encoded_pictures.MOST_SIDE
    check = tf.debugging.Assert(
        tf.reduce_all((sides >= 1) & (sides <= most)),
        [f"source: height and width from 1 to {most}, not", sides],
    )
    with tf.control_dependencies([check]):
        return embed_faces(encoder, uint8_to_signed(source))["embedding"]


def _finite(identity: tf.Tensor) -> tf.Tensor:
    """AdaIN would make a picture of NaN, too."""
    check = tf.debugging.Assert(
        tf.reduce_all(tf.math.is_finite(identity)), [f"{IDENTITY}: holds NaN or infinity"]
    )
    with tf.control_dependencies([check]):
        return tf.identity(identity)


def _for_each(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
    """An identity for each target: their own, or the one that there is."""
    targets, identities = tf.shape(target)[0], tf.shape(identity)[0]
    check = tf.debugging.Assert(
        (identities == 1) | (identities == targets),
        [
            "one source for all targets or one for each; targets and sources are",
            targets,
            identities,
        ],
    )
    with tf.control_dependencies([check]):
        return tf.broadcast_to(identity, [targets, EMBEDDING_SIZE])
