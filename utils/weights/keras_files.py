"""Reads Keras models and weights of ours, so that a hostile file is refused and nothing worse.

A ``.keras`` archive is unpacked within bounds; its description is built by `keras_description`; its
HDF5, and that of a ``.weights.h5``, is read as `hdf5_tree` does. Keras itself opens nothing but a
clean copy.
"""

import errno
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import keras

from ..archives import open_archive, read_member
from ..bounded_json import MEGABYTE, parse_json
from .ahead import WEIGHTS, unpack_weights
from .hdf5_tree import ArrayHead, Hdf5Tree, read_hdf5
from .keras_description import SPARE_NUMBERS, Adapt, build_described, limited_weights
from .keras_layout import assign_by_layout
from .kinds import Kind, ModelFile
from .mapping import check_finite
from .saved_model.model import read_saved_model

_CONFIG, _METADATA = "config.json", "metadata.json"
# Descriptions of ours have up to 250 kB, anything else a few hundred bytes.
_MOST_DESCRIPTION = 2 * MEGABYTE
# Keras writes but names of layers and types.
_MOST_ATTRIBUTE = 10_000


def load_keras_model(found: ModelFile, adapt: Adapt | None = None) -> keras.Model:
    """The model of a ``.keras`` file, of a run, of a checkpoint or of a SavedModel of ours.

    Args:
        found: the file.
        adapt: see `build_described`; a SavedModel is what it is.

    Raises:
        ValueError: it is damaged or larger than any of ours, holds what Keras can't build or what
            no network of faces has, or weights that are not finite.
    """
    if found.kind is Kind.SAVED_MODEL:
        return read_saved_model(found.path)
    with tempfile.TemporaryDirectory() as folder:
        with open_archive(found.path) as archive:
            description = parse_json(
                read_member(archive, _CONFIG, _MOST_DESCRIPTION), _MOST_DESCRIPTION
            )
            for name in archive.namelist():
                if name not in (WEIGHTS, _CONFIG):
                    content = read_member(archive, name, MEGABYTE)
                    if name == _METADATA:
                        parse_json(content)
        weights = unpack_weights(found.path, Path(folder) / WEIGHTS)
        return _read(
            weights,
            lambda heads, tree: build_described(description, _numbers(heads), adapt),
            folder,
        )


def load_keras_weights(path: Path, build: Callable[[str], keras.Model]) -> keras.Model:
    """A model with the weights of a ``.weights.h5``, all of them.

    Args:
        path: of the file.
        build: makes the model, given the name that it had when it was saved.

    Raises:
        ValueError: the file is damaged, or not of that model, or holds weights that are not finite.
    """

    def build_named(heads: Mapping[str, ArrayHead], tree: Hdf5Tree) -> keras.Model:
        with limited_weights(_numbers(heads) + SPARE_NUMBERS):
            return build(str(tree.attributes.get("vars", {}).get("name", "")))

    with tempfile.TemporaryDirectory() as folder:
        return _read(path, build_named, folder)


def _read(
    path: Path,
    build: Callable[[Mapping[str, ArrayHead], Hdf5Tree], keras.Model],
    folder: str,
) -> keras.Model:
    """Reads the arrays of a file once there is a model that has as many weights."""
    model: keras.Model | None = None

    def accept(heads: Mapping[str, ArrayHead], tree: Hdf5Tree) -> None:
        nonlocal model
        for place, attributes in tree.attributes.items():
            for name, value in attributes.items():
                if len(str(value)) > _MOST_ATTRIBUTE:
                    raise ValueError(f"the attribute {name} of {place or 'the file'} is too large")
        model = build(heads, tree)

    tree = read_hdf5(path, accept=accept)
    if not assign_by_layout(model, tree.arrays):
        copy = Path(folder) / "copy.weights.h5"
        _write(tree, copy)
        _load(model, copy)
    check_finite((weight.path, weight.numpy()) for weight in model.weights)
    return model


def _load(model: keras.Model, path: Path) -> None:
    """Keras's own way, which knows every layout, with a clean file."""
    with warnings.catch_warnings():
        # Keras only warns where it leaves layers at their random weights.
        warnings.simplefilter("error", UserWarning)
        try:
            model.load_weights(path)
        # The file alone decides what Keras stumbles over: there is no list of what that raises.
        except Exception as error:
            raise ValueError(str(error)) from error


def _write(tree: Hdf5Tree, path: Path) -> None:
    try:
        tree.write(path)
    # What h5py raises for names and attributes that it can't write.
    except (ValueError, TypeError, KeyError, RuntimeError, OSError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ValueError(f"the file is damaged: {error}") from error


def _numbers(heads: Mapping[str, ArrayHead]) -> int:
    return sum(head.count for head in heads.values())
