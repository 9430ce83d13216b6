"""Gives a network its weights from where Keras puts them in a ``.weights.h5``, without a detour.

Keras's own way would write the file anew, open it, and look through every attribute of every layer:
three times as long, which a command that swaps one picture notices.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import keras
import numpy as np

Stores = list[tuple[keras.Layer, dict[str, np.ndarray]]]


def assign_by_layout(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> bool:
    """Sets every weight, if each array stands at the place of exactly one layer.

    Args:
        model: its layers may hold layers as attributes, but no models and no lists of layers.
        arrays: by their path in the file.

    Returns:
        False where arrays are left over or lacking, so that it is another network, or one that is
        laid out in another way; nothing was assigned then.

    Raises:
        ValueError: a weight has another shape than its array.
    """
    stores: Stores = []
    used = 0
    for place, layer in _places(model):
        store = _store(layer, arrays, f"{place}/vars/")
        if store is None:
            return False
        used += len(store)
        if store:
            stores.append((layer, store))
    if used != len(arrays):
        return False
    for layer, store in stores:
        layer.load_own_variables(store)
    return True


def _places(model: keras.Model) -> Iterator[tuple[str, keras.Layer]]:
    """The path of each layer in a file, with the layers that layers hold."""
    seen: Counter[str] = Counter()
    for layer in model.layers:
        name = _snake_case(type(layer).__name__)
        number = seen[name]
        seen[name] += 1
        yield from _within(layer, f"layers/{name}_{number}" if number else f"layers/{name}")


def _within(layer: keras.Layer, place: str) -> Iterator[tuple[str, keras.Layer]]:
    yield place, layer
    if isinstance(layer, keras.Model):
        return
    for name, value in vars(layer).items():
        if isinstance(value, keras.Layer) and not name.startswith("__"):
            yield from _within(value, f"{place}/{name}")


def _store(
    layer: keras.Layer, arrays: Mapping[str, np.ndarray], place: str
) -> dict[str, np.ndarray] | None:
    """The arrays of a layer's own weights, by their numbers; None where one is lacking."""
    own: dict[str, np.ndarray] = {}
    layer.save_own_variables(own)
    if any(f"{place}{number}" not in arrays for number in own):
        return None
    return {number: arrays[f"{place}{number}"] for number in own}


def _snake_case(name: str) -> str:
    """A class's name as Keras writes it: ``Conv2D`` is ``conv2d``, ``ReLU`` is ``re_lu``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
