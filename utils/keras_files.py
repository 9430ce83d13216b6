"""Reads Keras models and weights of ours, so that a damaged file is refused and nothing worse.

A ``.keras`` archive is compared with its own checksums before Keras looks into it; the HDF5 of a
``.weights.h5`` is read as `hdf5_tree` does, and Keras gets a clean copy.
"""

import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import keras

from .hdf5_tree import read_hdf5
from .model_files import Kind, ModelFile
from .saved_model import read_saved_model

# What the standard library raises for an archive whose tables are damaged.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, IndexError),
)


def load_keras_model(found: ModelFile) -> keras.Model:
    """The model of a ``.keras`` file, of a run, of a checkpoint or of a SavedModel of ours.

    Raises:
        ValueError: it is damaged, or holds what Keras can't build.
    """
    if found.kind is Kind.SAVED_MODEL:
        return read_saved_model(found.path)
    _check_archive(found.path)
    try:
        return keras.saving.load_model(found.path, compile=False)
    # What Keras raises for a foreign file and an unknown layer.
    except (TypeError, KeyError, AttributeError, OSError) as error:
        raise ValueError(str(error)) from error


def load_keras_weights(path: Path, build: Callable[[str], keras.Model]) -> keras.Model:
    """A model with the weights of a ``.weights.h5``, all of them.

    Args:
        path: of the file.
        build: makes the model, given the name that it had when it was saved.

    Raises:
        ValueError: the file is damaged, or not of that model.
    """
    tree = read_hdf5(path)
    model = build(str(tree.attributes.get("vars", {}).get("name", "")))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.weights.h5"
        tree.write(copy)
        with warnings.catch_warnings():
            # Keras only warns where it leaves layers at their random weights.
            warnings.simplefilter("error", UserWarning)
            try:
                model.load_weights(copy)
            except (UserWarning, TypeError, KeyError, OSError) as error:
                raise ValueError(str(error)) from error
    return model


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except _DAMAGE as error:
        raise ValueError(f"the file is damaged: {error}") from error
    if damaged is not None:
        raise ValueError(f"the file is damaged: {damaged} in it fails its checksum")
