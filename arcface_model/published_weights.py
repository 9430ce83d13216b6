"""The published ArcFace-Res50.h5: the weights of a Keras 2 file in our encoder."""

import keras
import numpy as np

from facedancer.utils.weights.legacy_h5 import LegacyFile
from facedancer.utils.weights.mapping import Assignment, assign_all

# The head's layers, which Keras numbered as it went, by what only they have: shapes.
_HEAD = {
    ("gamma", (2048,)): "batch_normalization",
    ("kernel", (32768, 512)): "dense",
    ("gamma", (512,)): "batch_normalization_1",
}


def import_encoder(file: LegacyFile, encoder: keras.Model) -> tuple[Assignment, ...]:
    """Sets every weight of ``encoder`` from the file.

    ResNet50's layers go by their names, which keras.applications fixes.

    Args:
        file: a Keras 2 file, of a model or of weights alone; nested models are flattened.
        encoder: from `encoder.get_encoder`.

    Raises:
        ValueError: a weight is missing, left over, given twice or of another shape. The encoder is
            then unchanged; the message does not name the file.
    """
    ours = {variable.path for variable in encoder.weights}
    backbone = {path.split("/")[0] for path in ours} - set(_HEAD.values())
    pairs = []
    for group, weights in file.layers.items():
        heads = _head_names(weights, backbone)
        for name in weights:
            layer, _, leaf = name.rpartition("/")
            pairs.append((f"{group}/{name}", f"{heads.get(layer, layer)}/{leaf}"))
    return assign_all(encoder.weights, file.weights, pairs)


def _head_names(weights: dict[str, np.ndarray], backbone: set[str]) -> dict[str, str]:
    """The head's layers among those of a group, ``{name in the file: our name}``."""
    found = {}
    for name, values in weights.items():
        layer, _, leaf = name.rpartition("/")
        if layer not in backbone and (leaf, values.shape) in _HEAD:
            found[layer] = _HEAD[leaf, values.shape]
    return found
