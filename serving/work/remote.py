"""A swapper whose generator runs on TF Serving: for more faces than one machine can compute."""

import numpy as np
import tensorflow as tf

from facedancer.arcface_model import encoder as arcface
from facedancer.arcface_model.interface import input_side
from facedancer.arcface_model.lite_encoder import load_embedder
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.swapper import Swapper
from facedancer.networks.loading.generator import Generator
from facedancer.retinaface.detector import load_detector
from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_uint8, uint8_to_signed

from ..errors import RefusedError, UnreachableError
from ..grpc_client import GrpcClient
from ..retrying import Patience
from .errors import BusyError

_SIGNATURE = "swap_with_identity"
# Of the cosine between two encoders' identities of one picture: roundings aside they are equal.
_LEAST_COSINE = 0.999


def served_swapper(address: str, given: SwapFlags, patience: Patience | None = None) -> Swapper:
    """A swapper with the generator of a server, and encoder and detector of this machine.

    Args:
        address: of TF Serving over gRPC, ``localhost:8500``, with a model of
            ``export/savedmodel.py``.
        given: names encoder and detector.
        patience: see `Patience`.

    Raises:
        UserError: no encoder is named, the server cannot be reached, serves something else, or was
            exported with another encoder.
    """
    if not given.encoder:
        raise UserError(
            "--tf_serving needs --encoder: the one that the served generator was trained with"
        )
    client = GrpcClient(address, patience=patience or Patience(attempts=2))
    side = client.side_of(_SIGNATURE, "target")
    encoder = load_embedder(given.encoder)
    _check_encoder(client, encoder, address)

    def swap(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        # Crops were uint8: nothing is lost.
        inputs = {"target": signed_to_uint8(target).numpy(), "identity": np.asarray(identity)}
        try:
            return uint8_to_signed(client.predict(_SIGNATURE, inputs))
        except UnreachableError as error:
            raise BusyError("the networks' server does not answer: ask again later", 10) from error
        except RefusedError as error:  # Nobody who asks us can put that right.
            raise RuntimeError(str(error)) from error

    generator = Generator(side, f"served by {address}, {side} px", swap)
    swapper = Swapper(generator, encoder, load_detector(given.detector or None))
    swapper.encoder_path = given.encoder  # By which saved identities are told to be this one's.
    return swapper


def _check_encoder(client: GrpcClient, encoder: object, address: str) -> None:
    """Refuses an encoder that sees other identities than the one that was exported."""
    side = input_side(encoder)
    probe = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)
    try:
        theirs = client.predict("embed", {"source": probe})[0]
    except RefusedError:
        return  # The export has none: it cannot be told.
    ours = arcface.encode(encoder, uint8_to_signed(probe))["embedding"][0].numpy()
    cosine = np.dot(ours, theirs) / (np.linalg.norm(ours) * np.linalg.norm(theirs))
    if not cosine >= _LEAST_COSINE:
        raise UserError(
            f"{address} serves a generator exported with another encoder: give that as --encoder"
        )
