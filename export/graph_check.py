"""Compares a written SavedModel's ``serving_default`` with the model that it was made from."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.inference.loading import OUTPUT, SIGNATURE
from facedancer.utils.saved_model import read_saved_model

# Differences -> one number.
Measure = Callable[[np.ndarray], float]
# Where a network takes pictures of any size: the side of those it is compared on.
_ANY_SIDE = 96


def outputs_of(model: keras.Model, inputs: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
    """What a model answers, by the signature's names."""
    found = model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)
    return found if isinstance(found, dict) else {OUTPUT: found}


def largest(differences: np.ndarray) -> float:
    """The largest of them, without sign."""
    return float(np.abs(differences).max())


def root_mean_square(differences: np.ndarray) -> float:
    """What a few large ones hardly move."""
    return float(np.sqrt(np.mean(np.square(differences))))


def difference_of(
    model: keras.Model, folder: Path, pixels: tuple[float, float], measure: Measure
) -> float:
    """How far the graph, and the Keras model read from the folder, lie from the original.

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
    again = read_saved_model(folder)
    names = [tensor.name for tensor in model.inputs]
    draw = np.random.default_rng(0)
    # TF32, the default on current GPUs, keeps 10 bits: two right graphs would differ by 1e-3.
    tf32 = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    differences = []
    for batch in (1, 3):
        inputs = tuple(_example(draw, batch, tensor.shape, pixels) for tensor in model.inputs)
        expected = outputs_of(model, inputs)
        from_graph = exported.signatures[SIGNATURE](**dict(zip(names, inputs, strict=True)))
        from_keras = outputs_of(again, inputs)
        for name, values in expected.items():
            magnitude = max(np.abs(values).max(), np.finfo(np.float32).tiny)
            for found in (from_graph[name], from_keras[name]):
                differences.append(measure(found - values) / magnitude)
    tf.config.experimental.enable_tensor_float_32_execution(tf32)
    return float(np.max(differences))


def _example(
    draw: np.random.Generator,
    batch: int,
    shape: tuple[int | None, ...],
    pixels: tuple[float, float],
) -> tf.Tensor:
    """A random input: pictures where it has four axes, else a vector each."""
    shape = (batch, *(side or _ANY_SIDE for side in shape[1:]))
    values = draw.uniform(*pixels, shape) if len(shape) == 4 else draw.standard_normal(shape)
    return tf.constant(values, tf.float32)
