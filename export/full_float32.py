"""Float32 as it is written, for what two programs' results are compared by."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf


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
