"""Measures of how far two programs' results lie apart, and the arithmetic to compare them in."""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

# Differences -> one number.
Measure = Callable[[np.ndarray], float]


@contextlib.contextmanager
def full_float32() -> Iterator[None]:
    """Without TF32, the default on current GPUs.

    It keeps 10 bits of what is multiplied: two right networks would differ by 1e-3, or 60 dB.
    """
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def largest(differences: np.ndarray) -> float:
    """The largest of them, without sign."""
    return float(np.abs(differences).max())


def root_mean_square(differences: np.ndarray) -> float:
    """Their root mean square, which a few large ones hardly move."""
    return float(np.sqrt(np.mean(np.square(differences))))


def psnr(found: np.ndarray, wanted: np.ndarray) -> float:
    """20 log10(range of ``wanted`` / root mean squared error), infinite where they are equal."""
    error = np.mean(np.square(found.astype(np.float64) - wanted))
    span = float(wanted.max()) - float(wanted.min())
    return float(20 * np.log10(span) - 10 * np.log10(error)) if error else np.inf
