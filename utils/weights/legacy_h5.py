"""Model files that Keras 2 wrote (HDF5): read as numbers and plain JSON, nothing is executed.

No pickle, no custom object, no Lambda: whatever a file asks Keras to build, only its arrays and the
text of its graph are taken. A file can't point outside itself either: links are refused. Nor can a
damaged one end the process: see `hdf5_tree`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..bounded_json import MEGABYTE, parse_json
from .hdf5_tree import Hdf5Error, Hdf5Tree, read_hdf5

# RetinaFace's graph, the largest, has 400 kB.
_MOST_DESCRIPTION = 4 * MEGABYTE


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


def is_legacy(tree: Hdf5Tree) -> bool:
    """Tells whether the old format's ``Model.save`` or ``save_weights`` wrote a file."""
    attributes = tree.attributes[_root(tree)]
    return "layer_names" in attributes or "layer_names0" in attributes


def keras_version(tree: Hdf5Tree) -> str:
    """The version of Keras that a file names; empty where it names none."""
    inner, outer = tree.attributes[_root(tree)], tree.attributes[""]
    return str(inner.get("keras_version", outer.get("keras_version", "")))


def read_legacy_file(path: Path) -> LegacyFile:
    """Reads a whole file and makes sure that it is sound.

    Raises:
        LegacyFileError: it is no such file, was cut short, names a weight twice or one that it
            lacks, holds arrays that nothing names, or values that are not finite.
    """
    try:
        tree = read_hdf5(path)
    except Hdf5Error as error:
        raise LegacyFileError(f"the file is damaged or cut short: {error}") from error
    if not is_legacy(tree):
        raise LegacyFileError("no model or weights of Keras 2 are in it")
    if tree.links:
        raise LegacyFileError(f"{min(tree.links)} is a link, which Keras never writes")
    config = tree.attributes[""].get("model_config")
    return LegacyFile(
        path,
        keras_version(tree),
        None if config is None else _json_object(str(config)),
        _read_layers(tree),
    )


def _root(tree: Hdf5Tree) -> str:
    # Model.save puts the weights into a group of their own, save_weights at the top.
    return "model_weights" if tree.is_group("model_weights") else ""


def _read_layers(tree: Hdf5Tree) -> dict[str, dict[str, np.ndarray]]:
    layers: dict[str, dict[str, np.ndarray]] = {}
    unlisted = dict(tree.arrays)
    for layer in _names(tree, _root(tree), "layer_names"):
        if layer in layers:
            raise LegacyFileError(f"the layer {layer} is listed twice")
        group = _joined(_root(tree), layer)
        if not tree.is_group(group):
            raise LegacyFileError(f"{group} is listed but missing")
        layers[layer] = {}
        for name in _names(tree, group, "weight_names"):
            key = name.removesuffix(":0")
            if key in layers[layer]:
                raise LegacyFileError(f"the weight {layer}/{key} is listed twice")
            values = unlisted.pop(_joined(group, name), None)
            if values is None:
                raise LegacyFileError(f"{group}/{name} is listed but missing")
            if not np.isfinite(values).all():
                raise LegacyFileError(f"{layer}/{key} holds values that are not finite")
            layers[layer][key] = values
    if unlisted:
        raise LegacyFileError(
            f"{len(unlisted)} arrays are in no list of weights, {min(unlisted)} first"
        )
    return layers


def _names(tree: Hdf5Tree, path: str, attribute: str) -> list[str]:
    """A list of names; Keras cuts one that exceeds HDF5's 64 KB into numbered pieces."""
    attributes = tree.attributes[path]
    if attribute in attributes:
        pieces = [attributes[attribute]]
    else:
        pieces = []
        while f"{attribute}{len(pieces)}" in attributes:
            pieces.append(attributes[f"{attribute}{len(pieces)}"])
        if not pieces:
            raise LegacyFileError(f"{path} has no list {attribute}")
    return [str(name) for piece in pieces for name in np.atleast_1d(piece)]


def _joined(group: str, name: str) -> str:
    """The path of a member; HDF5 passes over doubled slashes and dots."""
    return "/".join(step for step in (*group.split("/"), *name.split("/")) if step not in ("", "."))


def _json_object(text: str) -> dict:
    try:
        found = parse_json(text, _MOST_DESCRIPTION)
    except ValueError as error:
        raise LegacyFileError(f"the model's description is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise LegacyFileError("the model's description is no JSON object")
    return found
