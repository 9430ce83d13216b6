"""Reads a detector's network from every kind of file that is accepted."""

from pathlib import Path

import keras

from facedancer.utils.errors import UserError
from facedancer.utils.weights.keras_files import load_keras_model, load_keras_weights
from facedancer.utils.weights.kinds import Kind, ModelFile
from facedancer.utils.weights.legacy_h5 import read_legacy_file
from facedancer.utils.weights.published import download_command
from facedancer.utils.weights.reading import KERAS_FORMS, NetworkReader

from .backbones import BACKBONES
from .model import get_retinaface
from .published_weights import import_detector

_ACCEPTED = (
    f"give the published RetinaFace-Res50.h5 ({download_command('retinaface')} gets it), a "
    f".keras or .weights.h5 file of one of our detectors ({', '.join(BACKBONES)}), or a SavedModel "
    "folder of it from export/savedmodel.py"
)


def describe_detector(path: str | Path) -> str:
    """Describes what `load_retinaface` finds at a path, for people.

    Raises:
        UserError: nothing that could be a detector.
    """
    return str(READER.find(path))


def load_retinaface(path: str | Path) -> keras.Model:
    """The network of `get_retinaface` with trained weights; the content tells what file it is.

    Args:
        path: the published Keras 2 ``.h5``; our ``.keras`` or SavedModel folder; or our
            ``.weights.h5``, which names its backbone.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    found = READER.find(path)
    model = READER.read(found)
    if model.name not in _backbones():
        raise UserError(
            f"{found.path} holds the Keras model {model.name!r}, which is not a detector; "
            f"{_ACCEPTED}"
        )
    return model


def _build(name: str) -> keras.Model:
    if name not in _backbones():
        raise ValueError(f"it holds weights of {name!r}, which is not a detector")
    return get_retinaface(_backbones()[name])


def _backbones() -> dict[str, str]:
    """By the name of a detector's model, its backbone's."""
    return {f"retinaface_{backbone}": backbone for backbone in BACKBONES}


def _read_published(found: ModelFile) -> keras.Model:
    return import_detector(read_legacy_file(found.path))[0]


READER = NetworkReader(
    "detector",
    _ACCEPTED,
    {
        Kind.PUBLISHED: _read_published,
        Kind.WEIGHTS: lambda found: load_keras_weights(found.path, _build),
        **dict.fromkeys(KERAS_FORMS, load_keras_model),
    },
)
