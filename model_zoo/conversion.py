"""The conversion of a published Keras 2 file into a file of ours."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from facedancer.arcface_model.encoder import get_encoder, load_encoder
from facedancer.arcface_model.expression_embedder import check_embedder, load_expression_embedder
from facedancer.arcface_model.origin import PUBLISHED_ENCODER, encoder_origin
from facedancer.arcface_model.plain_layers import build_plain_model
from facedancer.arcface_model.published_weights import import_encoder
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.networks.published_weights import import_generator
from facedancer.retinaface.loading import load_retinaface
from facedancer.retinaface.published_weights import import_detector
from facedancer.utils.commands import start_of
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_bytes, written_whole
from facedancer.utils.weights.kinds import Kind, recognise
from facedancer.utils.weights.legacy_h5 import LegacyFile, read_legacy_file
from facedancer.utils.weights.mapping import Assignment, WeightMappingError
from facedancer.utils.weights.origins import COPY_OF, ENCODER, Origin, write_notes


@dataclasses.dataclass(frozen=True, eq=False)
class Converted:
    """A published network in our form.

    Attributes:
        description: what it is, for people.
        model: with the file's weights.
        assignments: where each weight went.
        load: reads it back from a file of ours.
        suffixes: the forms in which ours is read.
        notes: what the ``.keras`` form says of its origin, see `utils.weights.origins`.
    """

    description: str
    model: keras.Model
    assignments: tuple[Assignment, ...]
    load: Callable[[Path], keras.Model]
    suffixes: tuple[str, ...] = (".keras", ".weights.h5")
    notes: dict[str, Origin] = dataclasses.field(default_factory=dict)


def convert(source: Path, target: Path, report: Path | None = None) -> Converted:
    """Writes the network of a published file to ``target``, which appears whole or not at all.

    Args:
        source: Keras 2's HDF5.
        target: ``.keras``; of an encoder or a detector ``.weights.h5`` as well.
        report: where the table of all weights is written, if anywhere; of a file that does not fit,
            what is left over on either side.

    Raises:
        UserError: ``source`` is no such file, or ``target`` has another ending or is ``source``.
    """
    usage = f"usage: {start_of('model_zoo/convert.py')} IN.h5 OUT.keras [--report=FILE]"
    found = recognise(source, "model file", usage)
    if found.kind is not Kind.PUBLISHED:
        raise UserError(f"{found} is not a published Keras 2 file: there is nothing to convert")
    for path in (target, report):
        if path is not None and path.exists() and path.samefile(source):
            raise UserError(f"{path} is the input file: give another name for the output")
    try:
        converted = _import(read_legacy_file(source))
    except ValueError as error:
        if report is not None and isinstance(error, WeightMappingError):
            rows = [f"{name}\t\tleft over" for name in error.unused]
            _write(report, "\n".join([*rows, *(f"not set\t\t{name}" for name in error.unset), ""]))
        raise UserError(f"{source} is not one of the published networks ({error})") from error
    if not target.name.endswith(converted.suffixes):
        raise UserError(
            f"{target}: {converted.description} must be written as "
            f"{' or '.join(converted.suffixes)}"
        )
    if report is not None:
        rows = [f"{a.source}\t{list(a.shape)}\t{a.target}\n" for a in converted.assignments]
        _write(report, "source\tshape\ttarget\n" + "".join(rows))
    _save(converted, target)
    return converted


def _import(file: LegacyFile) -> Converted:
    """Tells by the classes in a file's graph, and by its names, which network it holds."""
    classes = _classes(file.model_config)
    if classes & {"AdaIN", "AdaptiveAttention"}:
        generator = import_generator(file)
        graph = generator.graph
        return Converted(
            f"a FaceDancer generator, configuration {generator.configuration}, mapping depth "
            f"{graph.mapping_depth}, {graph.image_size} px",
            generator.model,
            generator.assignments,
            load_keras_generator,
            (".keras",),
            {ENCODER: Origin(PUBLISHED_ENCODER)},
        )
    if classes & {"FPN", "SSH"}:
        model, assignments = import_detector(file)
        return Converted("a RetinaFace detector", model, assignments, load_retinaface)
    if any(name.endswith("conv5_block3_3_conv/kernel") for name in file.weights):
        encoder = get_encoder()
        assignments = import_encoder(file, encoder)
        return Converted(
            "an ArcFace identity encoder",
            encoder,
            assignments,
            load_encoder,
            notes={COPY_OF: encoder_origin(file.path)},
        )
    model, assignments = build_plain_model(file)
    check_embedder(model, file.path)
    return Converted(
        "an embedder made of plain Keras layers",
        model,
        assignments,
        load_expression_embedder,
        (".keras",),
    )


def _classes(description: object) -> set[str]:
    """All class names in a model's description, nested models included."""
    if isinstance(description, dict):
        named = description.get("class_name")
        own = {named.rsplit(">", 1)[-1]} if isinstance(named, str) else set()
        return own.union(*(_classes(value) for value in description.values()))
    if isinstance(description, list):
        return set().union(*(_classes(value) for value in description))
    return set()


def _save(converted: Converted, target: Path) -> None:
    suffix = next(suffix for suffix in converted.suffixes if target.name.endswith(suffix))
    with written_whole(target, suffix, within=target.parent) as unfinished:
        if suffix == ".keras":
            converted.model.save(unfinished)
            write_notes(unfinished, converted.notes)
        else:
            converted.model.save_weights(unfinished)
        again = converted.load(unfinished)
        for ours, read in zip(converted.model.weights, again.weights, strict=True):
            if not np.array_equal(ours.numpy(), read.numpy()):
                raise RuntimeError(f"{ours.path} was not written as it is")


def _write(path: Path, text: str) -> None:
    write_bytes(path, text.encode(), within=path.parent)
