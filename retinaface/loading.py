"""Reads a detector's network from every kind of file that is accepted."""

import warnings
from pathlib import Path

import h5py
import keras

from facedancer.utils.cli import UserError
from facedancer.utils.legacy_h5 import read_legacy_file
from facedancer.utils.model_files import Kind, ModelFile, recognise

from .backbones import BACKBONES
from .model import get_retinaface
from .published_weights import import_detector

_ACCEPTED = (
    "give the published RetinaFace-Res50.h5 (python model_zoo/download.py retinaface gets it), or "
    f"a .keras or .weights.h5 file of one of our detectors ({', '.join(BACKBONES)})"
)


def describe_detector(path: str | Path) -> str:
    """What `load_retinaface` finds at a path, for people.

    Raises:
        UserError: nothing that could be a detector.
    """
    return str(recognise(path, "detector", _ACCEPTED))


def load_retinaface(path: str | Path) -> keras.Model:
    """The network of `get_retinaface` with trained weights; the content tells what file it is.

    Args:
        path: the published Keras 2 ``.h5``; our ``.keras``; or our ``.weights.h5``, which names its
            backbone.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    found = recognise(path, "detector", _ACCEPTED)
    try:
        if found.kind is Kind.PUBLISHED:
            return import_detector(read_legacy_file(found.path))[0]
        if found.kind is Kind.KERAS:
            return _read_keras(found)
        if found.kind is Kind.WEIGHTS:
            return _read_weights(found)
    # What Keras and h5py raise for a damaged file, a foreign network and an unknown layer.
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise UserError(f"{path} is not a detector ({error}); {_ACCEPTED}") from error
    raise UserError(f"{found} is no detector; {_ACCEPTED}")


def _read_keras(found: ModelFile) -> keras.Model:
    model = keras.saving.load_model(found.path, compile=False)
    if model.name not in _backbones():
        raise UserError(
            f"{found.path} holds the Keras model {model.name!r}, which is no detector; {_ACCEPTED}"
        )
    return model


def _read_weights(found: ModelFile) -> keras.Model:
    # Keras writes the model's name into its weights files.
    with h5py.File(found.path) as file:
        name = file["vars"].attrs["name"]
    if name not in _backbones():
        raise UserError(
            f"{found.path} holds weights of {name!r}, which is no detector; {_ACCEPTED}"
        )
    model = get_retinaface(_backbones()[name])
    with warnings.catch_warnings(action="ignore"):  # what Keras warns of, it then refuses
        model.load_weights(found.path)
    return model


def _backbones() -> dict[str, str]:
    """By the name of a detector's model, its backbone's."""
    return {f"retinaface_{backbone}": backbone for backbone in BACKBONES}
