"""Model files that Keras 2 wrote (HDF5): read as numbers and plain JSON, nothing is executed.

No pickle, no custom object, no Lambda: whatever a file asks Keras to build, only its arrays and the
text of its graph are taken. A file can't point outside itself either: links are refused.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

# What h5py raises for a file that is cut short, scrambled or lies about itself.
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, MemoryError)


class LegacyFileError(ValueError):
    """A file is not what Keras 2 writes, or damaged. The message does not name the file."""


@dataclass(frozen=True, eq=False)
class LegacyFile:
    """The content of a Keras 2 HDF5 file.

    Attributes:
        path: where it lies.
        keras_version: who wrote it, ``"2.15.0"``; empty where the file does not say.
        model_config: the model's graph as Keras describes it; None in a file of weights alone.
        layers: ``{layer: {weight: values}}``, both in the file's order. A nested model is one
            layer. Names lack Keras's ``:0``.
    """

    path: Path
    keras_version: str
    model_config: dict | None
    layers: dict[str, dict[str, np.ndarray]]

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Every weight by ``layer/weight``, in the file's order."""
        return {
            f"{layer}/{name}": values
            for layer, weights in self.layers.items()
            for name, values in weights.items()
        }


def is_legacy(file: h5py.File) -> bool:
    """Whether the old format's ``Model.save`` or ``save_weights`` wrote an open file."""
    return "layer_names" in _root(file).attrs or "layer_names0" in _root(file).attrs


def keras_version(file: h5py.File) -> str:
    """The version of Keras that an open file names; empty where it names none."""
    return _text(_root(file).attrs.get("keras_version", file.attrs.get("keras_version", "")))


def read_legacy_file(path: Path) -> LegacyFile:
    """Reads a whole file and makes sure that it is sound.

    Raises:
        LegacyFileError: it is no such file, was cut short, names a weight twice or one that it
            lacks, holds arrays that nothing names, or values that are not finite.
    """
    try:
        with h5py.File(path, "r") as file:
            if not is_legacy(file):
                raise LegacyFileError("no model or weights of Keras 2 are in it")
            config = file.attrs.get("model_config")
            return LegacyFile(
                path,
                keras_version(file),
                None if config is None else _json_object(_text(config)),
                _read_layers(_root(file), path.stat().st_size),
            )
    except LegacyFileError:
        raise
    except _DAMAGE as error:
        raise LegacyFileError(f"the file is damaged or cut short: {error}") from error


def _root(file: h5py.File) -> h5py.Group:
    # Model.save puts the weights into a group of their own, save_weights at the top.
    root = file.get("model_weights", file)
    if not isinstance(root, h5py.Group):
        raise LegacyFileError("model_weights is no group")
    return root


def _read_layers(root: h5py.Group, file_size: int) -> dict[str, dict[str, np.ndarray]]:
    layers: dict[str, dict[str, np.ndarray]] = {}
    paths = []
    # Keras never compresses: an array larger than its file would only fill the memory.
    left = file_size
    for layer in _names(root, "layer_names"):
        if layer in layers:
            raise LegacyFileError(f"the layer {layer} is listed twice")
        group = _member(root, layer, h5py.Group)
        layers[layer] = {}
        for name in _names(group, "weight_names"):
            key = name.removesuffix(":0")
            if key in layers[layer]:
                raise LegacyFileError(f"the weight {layer}/{key} is listed twice")
            dataset = _member(group, name, h5py.Dataset)
            left -= dataset.nbytes
            if left < 0:
                raise LegacyFileError(f"{layer}/{key} is larger than the whole file")
            layers[layer][key] = _values(dataset, f"{layer}/{key}")
            paths.append(dataset.name)
    if len(set(paths)) < len(paths):
        raise LegacyFileError("two names stand for one array")
    if unlisted := sorted(set(_dataset_paths(root)) - set(paths)):
        raise LegacyFileError(
            f"{len(unlisted)} arrays are in no list of weights, {unlisted[0]} first"
        )
    return layers


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names; Keras cuts one that exceeds HDF5's 64 KB into numbered pieces."""
    if attribute in group.attrs:
        pieces = [group.attrs[attribute]]
    else:
        pieces = []
        while f"{attribute}{len(pieces)}" in group.attrs:
            pieces.append(group.attrs[f"{attribute}{len(pieces)}"])
        if not pieces:
            raise LegacyFileError(f"{group.name} has no list {attribute}")
    return [_text(name) for piece in pieces for name in np.atleast_1d(piece)]


def _member(group: h5py.Group, name: str, kind: type) -> h5py.Group | h5py.Dataset:
    """What a group holds under a path, reached by plain links alone."""
    steps = [step for step in name.split("/") if step not in ("", ".")]
    member: h5py.Group | h5py.Dataset = group
    for step in steps:
        link = member.get(step, getlink=True) if isinstance(member, h5py.Group) else None
        if link is None:
            raise LegacyFileError(f"{group.name}/{name} is listed but missing")
        if not isinstance(link, h5py.HardLink):
            raise LegacyFileError(f"{group.name}/{name} is a link, which Keras never writes")
        member = member[step]
    if not isinstance(member, kind):
        raise LegacyFileError(f"{group.name}/{name} is no {kind.__name__.lower()}")
    return member


def _dataset_paths(group: h5py.Group) -> Iterator[str]:
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise LegacyFileError(f"{group.name}/{name} is a link, which Keras never writes")
        member = group[name]
        if isinstance(member, h5py.Group):
            yield from _dataset_paths(member)
        else:
            yield member.name


def _values(dataset: h5py.Dataset, name: str) -> np.ndarray:
    if dataset.external:
        raise LegacyFileError(f"{name} lies in another file")
    if dataset.dtype.kind not in "fiu":
        raise LegacyFileError(f"{name} holds {dataset.dtype}, not numbers")
    values = np.asarray(dataset[()])
    if not np.isfinite(values).all():
        raise LegacyFileError(f"{name} holds values that are not finite")
    return values


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _json_object(text: str) -> dict:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LegacyFileError(f"the model's description is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise LegacyFileError("the model's description is no JSON object")
    return found
