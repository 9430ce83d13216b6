"""Weights from a Keras 2 HDF5 file, by name: only numbers are read, no stored code is run."""

import h5py
import keras
import numpy as np


def is_legacy(file: h5py.File) -> bool:
    """Whether Keras 2's ``Model.save`` or ``save_weights`` wrote the file."""
    return "layer_names" in _root(file).attrs


def assign_legacy_weights(model: keras.Model, file: h5py.File) -> None:
    """Sets every weight of ``model`` from the weight of the same name, using each exactly once.

    Raises:
        ValueError: a weight is missing, left over, given twice or of another shape. The model is
            then unchanged.
    """
    stored = _stored_weights(_root(file))
    variables = {variable.path: variable for variable in model.weights}
    if unmatched := sorted(stored.keys() ^ variables.keys()):
        raise ValueError(
            f"{len(stored.keys() - variables.keys())} weights of the file are left over and "
            f"{len(variables.keys() - stored.keys())} of the network's {len(variables)} not set, "
            f"{unmatched[0]!r} first"
        )
    for name, variable in variables.items():
        if stored[name].shape != variable.shape:
            raise ValueError(f"{name} is {stored[name].shape}, not {variable.shape}")
    for name, variable in variables.items():
        variable.assign(stored[name])


def _root(file: h5py.File) -> h5py.Group:
    # Model.save puts the weights into a group of their own, save_weights at the top.
    return file.get("model_weights", file)


def _stored_weights(root: h5py.Group) -> dict[str, np.ndarray]:
    """``{"conv1_conv/kernel": values}``; the groups, one for each nested model, are flattened."""
    stored: dict[str, np.ndarray] = {}
    for group in _names(root, "layer_names"):
        for name in _names(root[group], "weight_names"):
            key = name.removesuffix(":0")
            if key in stored:
                raise ValueError(f"the file holds {key} twice")
            stored[key] = root[group][name][()]
    return stored


def _names(group: h5py.Group, attribute: str) -> list[str]:
    return [name.decode() if isinstance(name, bytes) else name for name in group.attrs[attribute]]
