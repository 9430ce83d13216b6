"""A convolution and the pooling after it in one, for what is halved on the way down."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="facedancer")
class PooledConv(keras.layers.Conv2D):
    """A convolution that keeps the side, then 2x2 means, as ONE convolution of stride 2.

    Both are linear, so a kernel one larger each way, the mean of the kernel's four shifts by 0 or 1
    pixel, gives the same for an even side: for 3x3 with 16/36 of the products, and without the map
    of full side in memory. Weights and names are those of the `keras.layers.Conv2D` it stands for.
    """

    def __init__(self, filters: int, kernel_size: int | Sequence[int], **kwargs: object) -> None:
        super().__init__(filters, kernel_size, **{**kwargs, "padding": "same"})

    def add_weight(self, *args: object, **kwargs: object) -> keras.Variable:
        """As the base class does, but read in float32 under every policy, see `call`."""
        return super().add_weight(*args, **{**kwargs, "autocast": False})

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """``[B, H, W, C]``, H and W even -> ``[B, H/2, W/2, filters]``."""
        # The shifts are summed in float32 and the sum is rounded, once, to the policy's dtype.
        kernel = ops.cast(self._wide_kernel(), self.compute_dtype)
        bias = ops.cast(self.bias, self.compute_dtype)
        return ops.conv(inputs, kernel, strides=2, padding="same") + bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Half of each side."""
        batch, *sides, _ = input_shape
        return (batch, *(side and side // 2 for side in sides), self.filters)

    def _wide_kernel(self) -> keras.KerasTensor:
        height, width, *channels = self.kernel.shape
        # A matrix product over the flattened sides: gentler on memory than four padded copies.
        shifts = np.kron(_pair_means(height), _pair_means(width))
        flat = ops.reshape(self.kernel, (height * width, -1))
        return ops.reshape(ops.matmul(shifts, flat), (height + 1, width + 1, *channels))


def _pair_means(length: int) -> np.ndarray:
    """``[length + 1, length]``: takes a kernel's side to the mean of its two shifts."""
    return (np.eye(length + 1, length) + np.eye(length + 1, length, -1)).astype(np.float32) / 2
