"""Compares a written SavedModel's ``serving_default`` with the model that it was made from."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.networks.loading.generator import SIGNATURE
from facedancer.networks.loading.keras_generator import OUTPUT
from facedancer.utils.weights.saved_model.model import read_own_saved_model

from .measures import Measure, full_float32

# Where a network takes pictures of any size: the side of those it is compared on.
_ANY_SIDE = 96


def outputs_of(model: keras.Model, inputs: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
    """Asks a model, and names its answers as the signature does."""
    found = model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)
    return found if isinstance(found, dict) else {OUTPUT: found}


def difference_of(
    model: keras.Model, folder: Path, pixels: tuple[float, float], measure: Measure
) -> float:
    """Measures how far the graph, and the Keras model read from the folder, lie from the original.

    Args:
        model: the original.
        folder: of the SavedModel.
        pixels: the range of its pictures' values.
        measure: of the differences.

    Returns:
        Over random inputs at two batch sizes, the most of any output over that output's largest
        magnitude; NaN if any holds one.
    """
    exported = tf.saved_model.load(str(folder))  # owns the variables: to be kept while in use
    again = read_own_saved_model(folder)
    differences = []
    for batch in (1, 3):
        inputs = example_inputs(model, batch, pixels)
        given = tuple(inputs.values())
        with full_float32():
            expected = outputs_of(model, given)
            from_graph = exported.signatures[SIGNATURE](**inputs)
            from_keras = outputs_of(again, given)
        for name, values in expected.items():
            magnitude = max(np.abs(values).max(), np.finfo(np.float32).tiny)
            for found in (from_graph[name], from_keras[name]):
                differences.append(measure(found - values) / magnitude)
    return float(np.max(differences))


def example_inputs(
    model: keras.Model, batch: int, pixels: tuple[float, float]
) -> dict[str, tf.Tensor]:
    """Random inputs by name: pictures in ``pixels`` where one has four axes, else a vector each."""
    draw = np.random.default_rng(batch)
    inputs = {}
    for tensor in model.inputs:
        shape = (batch, *(side or _ANY_SIDE for side in tensor.shape[1:]))
        values = draw.uniform(*pixels, shape) if len(shape) == 4 else draw.standard_normal(shape)
        inputs[tensor.name] = tf.constant(values, tf.float32)
    return inputs
