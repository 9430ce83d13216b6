"""A network as a TensorFlow SavedModel, verified before it takes its name."""

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import tensorflow as tf

from facedancer.arcface_model.encoder import describe_encoder, load_encoder
from facedancer.networks.loading.generator import SIGNATURE, describe_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.retinaface.loading import describe_detector, load_retinaface
from facedancer.utils.errors import UserError
from facedancer.utils.files import put_in_place
from facedancer.utils.naming import beside
from facedancer.utils.weights.origins import Origin, write_notes
from facedancer.utils.weights.saved_model.model import write_saved_model

from .graph_check import difference_of, example_inputs, outputs_of
from .measures import Measure, largest, root_mean_square
from .model_card import CARD_FILE, describe_network, write_card
from .origin import encoder_notes, generator_notes
from .served_check import example_requests, signature_differences, write_warmup
from .signatures import Signatures, embed_signatures, swap_signatures

# Of an output's largest magnitude. A graph optimiser that fuses and reorders float32 sums moves
# results by the order of 1e-6; computing in half precision would, by 1e-3 and more.
TOLERANCE = 1e-5
# Of a signature's pictures: a value between two grey levels may be rounded either way.
_ONE_LEVEL = 1.01 / 255
# Fusing in bfloat16 moves values by its steps of 1/256, single ones by several: of their root mean
# square.
_BFLOAT16 = 0.02

# All that a SavedModel's folder may hold.
_OWN_ENTRIES = {
    *("saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"),
    CARD_FILE,
}


class ExportMismatchError(Exception):
    """The written SavedModel does not compute what the Keras model computes."""


@dataclasses.dataclass(frozen=True)
class Network:
    """A kind of network that can be exported.

    Attributes:
        name: for people.
        describe: what lies at a path, for people.
        load: the Keras model of a path.
        pixels: the range of its pictures' values.
        notes: what an export says of the origin of what lies at a path, see
            `utils.weights.origins`.
    """

    name: str
    describe: Callable[[str | Path], str]
    load: Callable[[str | Path], keras.Model]
    pixels: tuple[float, float]
    notes: Callable[[str | Path], dict[str, Origin]]


GENERATOR = Network("generator", describe_generator, load_keras_generator, (-1, 1), generator_notes)
ENCODER = Network("identity encoder", describe_encoder, load_encoder, (0, 1), encoder_notes)
DETECTOR = Network("detector", describe_detector, load_retinaface, (0, 255), lambda _: {})


@dataclasses.dataclass(frozen=True)
class Served:
    """The makings of a SavedModel for a server: signatures from pictures to pictures, and papers.

    Attributes:
        card: see `model_card.model_card`.
        encoder: of a generator: the path of the encoder that it was trained with; "": none, so that
            identities must be given.
        precision: of a generator's convolutions, ``"float32"`` or ``"bfloat16"``.
    """

    card: dict[str, object]
    encoder: str = ""
    precision: str = "float32"


def export_saved_model(
    network: Network, path: str | Path, output: str | Path, served: Served | None = None
) -> float:
    """Writes a network as a SavedModel, reloads it and compares it with the Keras model.

    The signature ``serving_default`` has the model's own inputs and outputs by name, a generator's
    output as ``changed``: all float32, any batch, whatever precision it was trained in. The Keras
    model can be read from it again: see `saved_model`. With ``served`` those of `signatures` stand
    next to it, and a warm-up file and a model card in the folder.

    Args:
        network: what kind it is.
        path: what ``network.load`` takes.
        output: the SavedModel's folder. It appears whole and verified, or not at all; a
            SavedModel that lies there is replaced.
        served: None: the network alone.

    Returns:
        The largest difference of any output of ``serving_default``, over that output's largest
        magnitude: of the graph and of the Keras model read from the folder, each from the original.

    Raises:
        UserError: no such network, or ``output`` holds something that is not a SavedModel.
        ExportMismatchError: the difference, or that of ``embed``, exceeds `TOLERANCE`, or a picture
            of another signature is off by more than a grey level; in bfloat16, a generator's root
            mean square by 2 %.
    """
    folder = Path(output).resolve()
    _refuse_foreign(folder)
    notes = network.notes(path)
    is_half = served is not None and served.precision == "bfloat16"
    model = load_keras_generator(path, "bfloat16") if is_half else network.load(path)
    measure = root_mean_square if is_half else largest
    unfinished = beside(folder, ".", ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        if served is None:
            _write(model, unfinished)
            write_notes(unfinished, notes)
        else:
            tolerance = _BFLOAT16 if is_half else _ONE_LEVEL
            _write_served(network, model, unfinished, served, measure, tolerance, notes)
        difference = difference_of(model, unfinished, network.pixels, measure)
        _refuse_mismatch(SIGNATURE, difference, _BFLOAT16 if is_half else TOLERANCE)
        put_in_place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return difference


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--output={folder} is a file: give a folder")
    entries = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if entries and ("saved_model.pb" not in entries or entries - _OWN_ENTRIES):
        raise UserError(
            f"{folder} holds something else than a SavedModel: give a new or an empty folder"
        )


def _write(
    model: keras.Model,
    folder: Path,
    signatures: Signatures | None = None,
    others: Sequence[keras.Model] = (),
) -> None:
    specs = [tf.TensorSpec(tensor.shape, tf.float32, tensor.name) for tensor in model.inputs]
    answer = tf.function(lambda *inputs: outputs_of(model, inputs), input_signature=specs)
    write_saved_model(folder, model, {SIGNATURE: answer, **(signatures or {})}, others)


def _write_served(
    network: Network,
    model: keras.Model,
    folder: Path,
    served: Served,
    measure: Measure,
    tolerance: float,
    notes: dict[str, Origin],
) -> None:
    """Writes all that a server needs, and asks every signature.

    Raises:
        ExportMismatchError: one of them does not answer as Python does.
    """
    generator = model if network is GENERATOR else None
    encoder = model if network is ENCODER else None
    if served.encoder:
        encoder = load_encoder(served.encoder)
    others = [encoder] if generator and encoder else []
    signatures: Signatures = {}
    if generator:
        signatures = swap_signatures(generator, encoder)
    elif encoder:
        signatures = embed_signatures(encoder)
    _write(model, folder, signatures, others)
    requests = example_requests(generator, encoder)
    differences = signature_differences(folder, generator, encoder, requests, measure)
    for name, difference in differences.items():
        # An encoder's answer is float32 numbers, no picture; it is in float32 always.
        _refuse_mismatch(name, difference, TOLERANCE if name == "embed" else tolerance)
    own = {name: value.numpy() for name, value in example_inputs(model, 1, network.pixels).items()}
    write_warmup(folder, {SIGNATURE: own, **requests})
    write_notes(folder, notes)
    facts = {"network": describe_network(model)}
    if others:
        facts["identity_encoder"] = describe_network(encoder)
    write_card(folder, {**served.card, **facts})


def _refuse_mismatch(signature: str, difference: float, tolerance: float) -> None:
    # "not below", so that NaN fails.
    if not difference <= tolerance:
        raise ExportMismatchError(
            f"{signature}: the SavedModel's output differs from the Keras model's by "
            f"{difference:.1e} of its magnitude, more than {tolerance:.0e}; nothing was written"
        )
