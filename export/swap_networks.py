"""The three networks of a swap, with real inputs: what is converted to other programs' files.

The generator, the identity encoder that it was trained with, and the detector: with them a device
runs the whole chain.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.interface import input_side
from facedancer.arcface_model.pairing import check_encoder
from facedancer.evaluation.swaps.face_set import faces_of_records
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.detector import load_detector
from facedancer.retinaface.loading import describe_detector, load_retinaface
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, uint8_to_signed
from facedancer.utils.weights.origins import Origin

from .measures import full_float32
from .origin import encoder_notes, generator_notes

PHOTOGRAPHS = Path(__file__).parents[1] / "assets" / "photos"
# Inputs: the last are compared on, what goes before them shows int8 its ranges.
CALIBRATION, COMPARED = 64, 16
MARKING_DUTY = (
    "Pictures made with this network are synthetic: mark them as such, visibly or by metadata and "
    "watermark, as EU AI Act Art. 50 and the C2PA guidance ask; facedancer.inference does it."
)
_RGB_SIGNED = "RGB, pixel / 127.5 - 1"
_RGB_UNIT = "RGB, pixel / 255"


@dataclasses.dataclass(frozen=True, eq=False)
class SwapNetwork:
    """A network about to be converted.

    Attributes:
        name: of its file and its signature.
        description: for people.
        path: where it came from.
        model: computing in float32.
        answer: its inputs in order -> its outputs by name.
        samples: single inputs by name, of real crops.
        facts: of inputs and outputs, for the file's metadata.
        notes: of the network's origin, see `utils.weights.origins`.
    """

    name: str
    description: str
    path: str
    model: keras.Model
    answer: Callable[..., dict[str, tf.Tensor]]
    samples: list[dict[str, np.ndarray]]
    facts: dict[str, object]
    notes: dict[str, Origin]


def load_networks(
    generator: str,
    encoder: str,
    detector: str,
    data: str = "",
    any_encoder: bool = False,
) -> list[SwapNetwork]:
    """The networks that are named, with real inputs.

    Args:
        generator: its path; "": none. It needs ``encoder``, which gives identities.
        encoder: an identity encoder's path; "": none.
        detector: a detector's path; "": none.
        data: folder of shards that inputs come from; see `sample_crops`.
        any_encoder: take an encoder that the generator was not trained with, too.

    Raises:
        UserError: a file is missing or holds something else, or the generator was trained with
            another encoder.
    """
    if generator and encoder:
        check_encoder(generator, encoder, any_encoder)
    if detector:
        describe_detector(detector)  # refused before the others are loaded, if at all
    swapper = load_keras_generator(generator) if generator else None
    embedder = load_encoder(encoder) if encoder else None
    side = swapper.inputs[0].shape[1] if swapper else 112
    crops = sample_crops(data, CALIBRATION + COMPARED, side)
    signed = uint8_to_signed(crops)
    networks = []
    if embedder is not None:
        networks.append(_encoder(embedder, encoder, signed))
    if swapper is not None:
        if not embedder:
            raise ValueError("a generator needs identities")
        identities = _embeddings(networks[0])
        networks.append(_generator(swapper, generator, signed, identities))
    if detector:
        networks.append(_detector(load_retinaface(detector), detector, crops))
    return networks


def sample_crops(data: str, count: int, side: int) -> np.ndarray:
    """Real face crops, aligned.

    Args:
        data: folder of shards, whose crops are taken evenly; "": the two sample photographs, and
            their mirror images.
        count: how many at most.
        side: of the crops of photographs; records' have their own.

    Returns:
        ``[N, S, S, 3]`` uint8 RGB.

    Raises:
        UserError: no readable shards, or a checkout without the photographs.
    """
    if data:
        faces = faces_of_records(data)
        numbers = np.unique(np.linspace(0, faces.count - 1, min(count, faces.count)).astype(int))
        return faces.read(numbers.tolist())
    paths = sorted(path for path in PHOTOGRAPHS.glob("*/*.*") if path.suffix in (".png", ".jpg"))
    if not paths:
        raise UserError("the sample photographs are missing: give --data, a folder of shards")
    detector = load_detector()
    pictures = [read_image(path) for path in paths]
    crops = np.stack([align_face(p, detector.detect(p)[0].landmarks, side)[0] for p in pictures])
    return np.concatenate([crops, crops[:, :, ::-1]])[:count]


def _encoder(encoder: keras.Model, path: str, signed: tf.Tensor) -> SwapNetwork:
    unit = (tf.image.resize(signed, [input_side(encoder)] * 2) + 1) / 2
    return SwapNetwork(
        "embed",
        "FaceDancer: identity encoder",
        path,
        encoder,
        lambda image: {"embedding": encoder(image, training=False)["embedding"]},
        [{"image": unit[n : n + 1].numpy()} for n in range(len(unit))],
        {
            "inputs": {
                encoder.inputs[0].name: f"{_RGB_UNIT}; a face aligned to ArcFace's template"
            },
            "outputs": {"embedding": "512 numbers, not normalised"},
        },
        encoder_notes(path),
    )


def _generator(
    generator: keras.Model, path: str, signed: tf.Tensor, identities: np.ndarray
) -> SwapNetwork:
    side = generator.inputs[0].shape[1]
    targets = tf.image.resize(signed, [side, side]).numpy()
    # Each face gets another's identity.
    sources = np.roll(identities, 1, axis=0)
    return SwapNetwork(
        "swap",
        f"FaceDancer: generator, {side} px",
        path,
        generator,
        lambda target, identity: {"changed": generator([target, identity], training=False)},
        [
            {"target": targets[n : n + 1], "identity": sources[n : n + 1]}
            for n in range(len(targets))
        ],
        {
            "inputs": {
                "target": f"{_RGB_SIGNED}; a face aligned to ArcFace's template",
                "identity": "the source's embedding, as the encoder gives it",
            },
            "outputs": {"changed": "RGB, (value + 1) * 127.5, clipped to 0..255"},
            "marking": MARKING_DUTY,
        },
        generator_notes(path),
    )


def _detector(detector: keras.Model, path: str, crops: np.ndarray) -> SwapNetwork:
    # Crops show the face alone: with a border, its size is as in a picture.
    pictures = np.pad(crops, ((0, 0), *(((crops.shape[1] // 2,) * 2,) * 2), (0, 0)), mode="edge")
    pictures = tf.image.resize(pictures, [256, 256]).numpy()
    return SwapNetwork(
        "detect",
        "FaceDancer: face detector",
        path,
        detector,
        lambda image: dict(detector(image, training=False)),
        [{"image": pictures[n : n + 1]} for n in range(len(pictures))],
        {
            "inputs": {"image": "RGB, 0..255, both sides multiples of 32"},
            "outputs": {
                "boxes": "offsets to the anchors of retinaface/anchors.py",
                "landmarks": "the same of five points",
                "scores": "0..1",
            },
        },
        {},
    )


def _embeddings(network: SwapNetwork) -> np.ndarray:
    images = np.concatenate([sample["image"] for sample in network.samples])
    with full_float32():
        return np.asarray(network.answer(images)["embedding"])
